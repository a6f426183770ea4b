"""Bytes → path: whole or not at all, also when the power goes."""

from batchquant.publish.bringing import part_of
from batchquant.publish.places import inside, publish_output, why_blocked
from batchquant.publish.whole import (
    publish,
    publish_changed,
    sweep_parts,
    withdraw,
)

__all__ = [
    "inside",
    "part_of",
    "publish",
    "publish_changed",
    "publish_output",
    "sweep_parts",
    "why_blocked",
    "withdraw",
]
