"""Bytes → path: whole or not at all, also when the power goes."""

from batchquant.files.bringing import part_of, sync_folders
from batchquant.files.outputs import publish_output, why_blocked, withdraw
from batchquant.files.places import inside
from batchquant.files.whole import publish, publish_changed, sweep_parts

__all__ = [
    "inside",
    "part_of",
    "publish",
    "publish_changed",
    "publish_output",
    "sweep_parts",
    "sync_folders",
    "why_blocked",
    "withdraw",
]
