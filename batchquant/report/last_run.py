"""What the clock says of the last run ↔ a file of its own."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.stored import as_json, as_record, read_json

LAST_RUN_FILE = "last_run.json"


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the clock says of the last run; all else on the page is the same in every run."""

    started: datetime
    elapsed_s: float | None = None  # None while it goes on, or where it ended without a word
    n_done: int | None = None  # variants made in it
    n_skipped: int | None = None  # variants made before it


def last_run_json(last_run: LastRun) -> bytes:
    """Write down what the clock says of a run, when it begins and again when it ends."""
    return as_json(last_run, indent=2)


def read_last_run(output: Path, shard: str = "") -> LastRun | None:
    """Read what the last run that had something to do wrote down; None where nothing is known.

    `shard` is the folder of one, if it was not all.
    """
    try:
        kept = read_json(read_regular(output / RUN_FOLDER / shard / LAST_RUN_FILE))
        last_run = as_record(LastRun, kept)
        last_run.started.astimezone()  # a date that calendars do not know
        return last_run if math.isfinite(last_run.elapsed_s or 0.0) else None
    except (OSError, ValueError, OverflowError):  # no reason to end a night with an error
        return None
