"""What image files say of themselves, remembered: a second run opens no picture to plan."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from batchquant.errors import StorageError
from batchquant.files.names import printable
from batchquant.images.read.formats import READERS, is_installed
from batchquant.images.read.header import Header
from batchquant.images.read.version import DECODER
from batchquant.sources.registry import source_of
from batchquant.sources.source import ImageFile
from batchquant.store.opening import connect_for_reading

Answer = TypeVar("Answer")


class Remembered(NamedTuple):
    """A row: what was asked of which file, what its folder said of it then, and the answer."""

    place: str
    question: str
    stamp: str
    answer: str


class Headers:
    """Answers by what is remembered of a file that is as it was, and opens all others.

    A file is as it was if its size and times are, and the same readers are installed: what they
    know decides what a header says. Closed by `close`.

    Parameters
    ----------
    ledger : pathlib.Path
        Where it is remembered; may be missing. Only read.

    Attributes
    ----------
    new : list of Remembered
        What was not remembered.
    """

    def __init__(self, ledger: Path) -> None:
        self.new: list[Remembered] = []
        self._readers = " ".join((str(DECODER), *filter(is_installed, READERS)))
        self._connection: sqlite3.Connection | None = None
        try:
            if ledger.exists():
                self._connection = connect_for_reading(ledger)
                self._connection.execute("SELECT * FROM headers LIMIT 1")
        except (OSError, StorageError, sqlite3.Error):  # whoever needs the ledger tells of it
            self.close()

    def close(self) -> None:
        """Let go of the ledger; what is new stays."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def probe(self, file: ImageFile) -> Header | None:
        """Return what `Source.header` says of a file."""

        def ask() -> Any:
            found = source_of(file.place).header(file)
            return found and astuple(found)

        return self._answer(file, "header", ask, _as_header)

    def is_picture(self, file: ImageFile) -> bool:
        """Return what `Source.is_picture` says of a file."""
        return self._answer(
            file, "is_picture", lambda: source_of(file.place).is_picture(file), bool
        )

    def _answer(
        self,
        file: ImageFile,
        question: str,
        ask: Callable[[], Any],
        read: Callable[[Any], Answer],
    ) -> Answer:
        """Return an answer as `read` takes it, which raises where it is damaged."""
        place = printable(file.place)
        stamp = f"{file.size_bytes} {file.mtime_ns} {file.ctime_ns} {self._readers}"
        if self._connection is not None:
            with suppress(sqlite3.Error, ValueError, TypeError, RecursionError):  # damaged
                (told,) = self._connection.execute(
                    "SELECT answer FROM headers WHERE place = ? AND question = ? AND stamp = ?",
                    (place, question, stamp),
                ).fetchone()
                return read(json.loads(told))
        answer = ask()
        if answer is not None:  # it may be readable the next time
            self.new.append(Remembered(place, question, stamp, json.dumps(answer)))
        return read(answer)


def _as_header(answer: Any) -> Header | None:
    """Read an answer; raises ValueError or TypeError where it is none."""
    if answer is None:
        return None
    sizes, since, palettes_since = answer
    header = Header(tuple((width, height) for width, height in sizes), since, palettes_since)
    numbers = [since, palettes_since, *(side for size in header.sizes for side in size)]
    if not header.sizes or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ValueError("no header")
    return header
