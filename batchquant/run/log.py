"""What happened in the night: a file with a line for each image."""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Self

from batchquant.engine.protocol import Remark
from batchquant.errors import BatchquantError, StorageError
from batchquant.files import inside
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.names import escape
from batchquant.plan.groups import ANIMATION, HISTOGRAM, SHARED_PALETTE
from batchquant.plan.records import Plan, PlannedImage
from batchquant.plan.shard import Shard
from batchquant.run.events import (
    Advanced,
    Compiling,
    Drawn,
    Event,
    Noted,
    Started,
    TakenIn,
    Withdrawn,
)
from batchquant.store import VariantRecord
from batchquant.store.totals import refused_of, totals_of

LOG_FILE = "run.log"  # in the folder of what has a clock or this machine in it
MAX_BYTES, OLDER_FILES = 5_000_000, 3
LINE = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S%z")


DONE = {HISTOGRAM: "counted", SHARED_PALETTE: "found", ANIMATION: "animated"}


class RunLog:
    """Writes down how a run gets on; a context manager.

    Failures and what to look at are warnings; what ends a run before its time is an error.

    Parameters
    ----------
    path : pathlib.Path
        The file; in a folder that is there. It is added to, until it has `MAX_BYTES`: then it goes
        on from an empty one, and the last `OLDER_FILES` are kept as ``NAME.1``, ``NAME.2``, ...

    Raises
    ------
    StorageError
        If the file cannot be opened. What cannot be written later is lost without a word: where
        the disk is full, outputs will tell.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Its own, not one of a name: two runs in one program have two logs, and a program around
        # us has its own words for its own.
        self._logger = logging.Logger(__name__, logging.INFO)
        self._n_left = 0

    def __enter__(self) -> Self:
        try:
            self._handler = _FileHandler(
                self._path,
                maxBytes=MAX_BYTES,
                backupCount=OLDER_FILES,
                encoding="utf-8",
                errors="backslashreplace",
            )
        except OSError as error:
            raise StorageError.of(f"{self._path}: cannot be opened", error) from error
        self._handler.setFormatter(LINE)
        self._logger.addHandler(self._handler)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            how = "stopped before the end" if self._n_left else "ended"
            self._write(logging.INFO, f"{how}, {_count(self._n_left, 'variant')} of this run left")
        elif isinstance(error, BatchquantError):
            self._write(logging.ERROR, f"ended: {error}")
        elif isinstance(error, Exception):
            self._logger.error("ended by a fault", exc_info=error)
        else:
            self._write(logging.WARNING, "interrupted")
        self._logger.removeHandler(self._handler)
        with suppress(OSError):  # about lines that could not be written
            self._handler.close()

    def planned(self, plan: Plan, workers: int) -> None:
        """Write down what a run begins with."""
        totals = totals_of(plan.images)
        what = f"{_count(totals.n_images, 'picture')}, {_count(totals.n_variants, 'variant')}"
        self._write(logging.INFO, f"process {os.getpid()}, {_count(workers, 'worker')}: {what}")
        for note in (*plan.news, *plan.notes):
            self._write(logging.WARNING, note)
        for image in refused_of(plan.images):
            self._write(logging.WARNING, f"{image.label}: {image.refusal}")

    def hear(self, event: Event) -> None:
        """Write down what is worth a line."""
        match event:
            case Remark(text) | Noted(text):
                self._write(logging.WARNING, text)
            case Compiling():
                self._write(logging.INFO, "compiling K-Means for this machine")
            case Started(n_variants, _, n_done):
                self._n_left = n_variants
                n_left = _count(self._n_left, "variant")
                self._write(logging.INFO, f"{n_left} to make, {n_done} done before")
            case Advanced(image, _, records):
                self._advance(image, records)
            case TakenIn(shard):
                self._write(logging.INFO, f"took in shard {shard}")
            case Withdrawn(n_files):
                told = f"{_count(n_files, 'file')} removed, of pictures that are refused now"
                self._write(logging.INFO, told)
            case Drawn(task, record) if record.error is None:
                told = DONE.get(task.step, "drawn")
                self._write(logging.INFO, f"{task.title}: {told}; {record.elapsed_s:.2f} s")
            case Drawn(task, record):
                told = DONE.get(task.step, "drawn")
                self._write(logging.WARNING, f"{task.title}: not {told}: {record.error}")

    def _advance(self, image: PlannedImage, records: Sequence[VariantRecord]) -> None:
        """Write down what became of an image, or of those of its variants that were one task."""
        self._n_left -= len(records)
        if records:  # none: the worker was told to stop before the first
            errors = [record.error for record in records if record.error is not None]
            n_made = len(records) - len(errors)
            told = [f"{n_made} made"] if n_made else []
            told += [f"{len(errors)} failed: {errors[0]}"] if errors else []
            notes = records[0].notes_beside([*records[0].outputs, *records[0].left_out])
            told += [notes] if notes else []
            spent = f"{_seconds(records):.2f} s"
            level = logging.WARNING if errors else logging.INFO
            self._write(level, f"{image.label}: {'; '.join([*told, spent])}")

    def _write(self, level: int, text: str) -> None:
        """Write one line, whatever names of files hold."""
        self._logger.log(level, "%s", escape(text))


def add_line(output: Path, text: str, shard: Shard | None = None) -> None:
    """Add a warning to the log of a run that is over, if there is one.

    Parameters
    ----------
    output : pathlib.Path
        The output folder. Nothing is made in it, and no link is followed out of it. Nobody learns
        of a line that cannot be written, as of those of `RunLog`.
    text : str
        The line. It tells our process first: another run may write to the log by now.
    shard : Shard, optional
        What was run, if not all.
    """
    folder = RUN_FOLDER if shard is None else f"{RUN_FOLDER}/{shard.name}"
    record = logging.makeLogRecord(
        {"levelname": "WARNING", "msg": f"process {os.getpid()}: {text}"}
    )
    # Without waiting: what lies there may be a pipe that nobody reads.
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(OSError, StorageError):
        log = os.open(inside(output, f"{folder}/{LOG_FILE}"), flags)
        with os.fdopen(log, "w", encoding="utf-8") as stream:
            stream.write(f"{LINE.format(record)}\n")


class _FileHandler(RotatingFileHandler):
    """Does not show on the terminal what it cannot write."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Let a line go."""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _seconds(records: Sequence[VariantRecord]) -> float:
    """Add up what the worker spent; reading and decoding it did once for all."""
    return records[0].decode_s + sum(
        (record.cluster_s or 0.0) + (record.encode_s or 0.0) for record in records
    )
