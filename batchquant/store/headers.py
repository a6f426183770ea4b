"""What image files say of themselves, remembered: a second run opens no picture to plan."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

from batchquant.errors import StorageError
from batchquant.files.names import printable
from batchquant.images.read.formats import READERS, is_installed
from batchquant.images.read.header import Header
from batchquant.images.read.version import DECODER
from batchquant.sources.registry import source_of
from batchquant.sources.source import ImageFile
from batchquant.store.ledger import Ledger, Remembered
from batchquant.store.store import IN_RUN_FOLDER, Store

Answer = TypeVar("Answer")


class Headers:
    """Answers by what is remembered of a file that is as it was, and opens all others.

    A file is as it was if its size and times are, and the same readers are installed: what they
    know decides what a header says. Closed by `close`.

    Parameters
    ----------
    output : pathlib.Path
        The output folder whose ledger remembers; there may be none. Only read.
    store : Store
        Where that lies.

    Attributes
    ----------
    new : list of Remembered
        What was not remembered.
    """

    def __init__(self, output: Path, store: Store = IN_RUN_FOLDER) -> None:
        self.new: list[Remembered] = []
        self._readers = " ".join((str(DECODER), *filter(is_installed, READERS)))
        self._ledger: Ledger | None = None
        with suppress(StorageError):  # whoever needs the ledger tells of it
            self._ledger = store.look(output)

    def close(self) -> None:
        """Let go of the ledger; what is new stays."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

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
        if self._ledger is not None:
            with suppress(StorageError, ValueError, TypeError, RecursionError):  # damaged
                told = self._ledger.header(place, question, stamp)
                if told is not None:
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
