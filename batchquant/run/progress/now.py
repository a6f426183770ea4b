"""What a run is at ↔ a small file, for other processes."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Self

from batchquant.files.opening import read_regular
from batchquant.files.stored import as_json, as_record, entries, read_json
from batchquant.run.events import Compiling, Looking, Sharing, Started
from batchquant.run.events import Event as RunEvent
from batchquant.run.progress.records import Progress
from batchquant.run.progress.tracker import Tracker

NOW_FILE = "now.json"  # in the folder of what has a clock or this machine in it
EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Now:
    """What a run is at.

    Attributes
    ----------
    preparing : str or None
        What it does before it makes the first variant.
    progress : Progress
        How far it has come.
    """

    preparing: str | None
    progress: Progress


class NowFile(Tracker):
    """Writes down what a run is at, at most once a second; a context manager.

    The file is gone at the end, and stays behind after a kill: only the lock of the folder says
    whether somebody is at work. What cannot be written is left: where the disk is full, outputs
    will tell.

    Parameters
    ----------
    path : pathlib.Path
        The file, in a folder that is there and that only we write to.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._preparing: str | None = "looking for what is to be done"
        self._has_changed = True
        self._over = Event()
        self._clock = Thread(target=self._write_now_and_then, daemon=True)

    def __enter__(self) -> Self:
        self._write()  # at once: over what a killed run has left
        self._clock.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._clock.join()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def hear(self, event: RunEvent) -> None:
        """Count it, and take note."""
        super().hear(event)
        match event:
            case Looking(n_looked, n_images):
                self._preparing = f"looking at what is there: {n_looked} of {n_images} pictures"
            case Sharing(n_done, n_steps):
                self._preparing = f"finding shared palettes: {n_done} of {n_steps} steps"
            case Compiling():
                self._preparing = "compiling K-Means for this machine, about half a minute"
            case Started():
                self._preparing = None
        self._has_changed = True

    def _write_now_and_then(self) -> None:
        while not self._over.wait(EVERY_S):
            if self._has_changed:
                self._write()

    def _write(self) -> None:
        self._has_changed = False  # before looking: what changes meanwhile is for the next time
        # Whole or not at all, but not durable: after a power cut it is of no use.
        part = self._path.with_name(f"{self._path.name}.part")
        with suppress(OSError):
            part.write_bytes(now_json(Now(self._preparing, self.progress()), datetime.now(UTC)))
            part.replace(self._path)


def now_json(now: Now, written: datetime) -> bytes:
    """Write down what a run is at."""
    return as_json({**entries(now), "written": written})


def read_now(path: Path, at: datetime) -> Now | None:
    """Read what a run is at.

    Parameters
    ----------
    path : pathlib.Path
        Written by `NowFile`.
    at : datetime.datetime
        The present; the file speaks of when it was written.

    Returns
    -------
    Now or None
        None where there is no such file, or another version of batchquant wrote it.
    """
    try:
        kept = read_json(read_regular(path))
        now = as_record(Now, kept)
        age_s = (at - datetime.fromisoformat(kept["written"])).total_seconds()
        return Now(now.preparing, now.progress.after(max(0.0, age_s)))
    except (OSError, ValueError, KeyError, TypeError):
        return None
