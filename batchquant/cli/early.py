"""Worker processes that begin to load before this process has loaded what it needs itself."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from batchquant.engine.compiled import are_compiled
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import MachineError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.steps.step import Step

if TYPE_CHECKING:
    from batchquant.engine.local import Starter

LONGEST = 1 << 16  # bytes of a job file that are looked at
OUTPUT = re.compile(rb"""^output\s*:\s*["']?([^"'#\n]*)""", re.MULTILINE)


@contextmanager
def started_early(job_files: Sequence[str], output: Path | None) -> Iterator["Starter | None"]:
    """Start what starts workers, if there seems to be work: if an output folder is not there.

    A run takes half a second to find out for certain, and workers as long to load numba. Where
    nothing is to be made that would be in vain: so nothing is started beside an output folder.
    """
    starter = None
    if are_compiled() and any(not _has_run(Path(path), output) for path in job_files):
        with held_back(*STOP_SIGNALS):
            from batchquant.engine.local import Starter
        with suppress(MachineError):  # the run will meet it, too, if it comes to that
            starter = Starter(Step)
    try:
        yield starter
    finally:
        if starter is not None:
            starter.end()


def _has_run(path: Path, output: Path | None) -> bool:
    """Tell whether a job file has an output folder, as far as its text tells at a glance."""
    try:
        if output is None:
            found = OUTPUT.search(read_regular(path, LONGEST))
            if found and b"://" in found[1]:
                return True  # which folder has its state, a longer look tells
            output = path.parent / (found[1].decode().strip() if found else "out")
        return (output / RUN_FOLDER).exists()
    except (OSError, ValueError):
        return True  # there will be no run, or one that has a longer look
