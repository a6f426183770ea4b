"""What is drawn ↔ whether it is as it would be drawn today."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from batchquant.run.reasons import what_is_wrong_with
from batchquant.store import OverviewRecord

VERSION = 2  # raised when the same records are shown otherwise than before


def digest(*content: object) -> str:
    """Digest all that something drawn depends on."""
    canonical = json.dumps([VERSION, *content], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_current(
    known: OverviewRecord | None,
    fingerprint: str,
    wanted: Mapping[str, str],
    output: Path,
    *,
    verify: bool,
) -> bool:
    """Tell whether all is there as it would be drawn today; `wanted` are paths by kind."""
    return (
        known is not None
        and known.error is None
        and known.fingerprint == fingerprint
        and not any(
            what_is_wrong_with(path, known.outputs.get(kind), output, verify=verify)
            for kind, path in wanted.items()
        )
    )
