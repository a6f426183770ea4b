"""What image files say of themselves, remembered: a second run opens no picture to plan."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple
from functools import lru_cache
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
MIN_AHEAD, MAX_AHEAD = 4, 512  # answers that are read at a time; of a place there are two at most
BEHIND_ALL = chr(sys.maxunicode)


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
        self._known: dict[tuple[str, str], Remembered] = {}  # of places from begin to end
        self._begin = self._end = ""
        self._n_asked, self._n_ahead = 0, MAX_AHEAD
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
            file, "is_picture", lambda: source_of(file.place).is_picture(file), _as_bool
        )

    def _answer(
        self,
        file: ImageFile,
        question: str,
        ask: Callable[[], Any],
        read: Callable[[str], Answer],
    ) -> Answer:
        """Return an answer as `read` takes it from JSON, which raises where it is damaged."""
        place = printable(file.place)
        stamp = f"{file.size_bytes} {file.mtime_ns} {file.ctime_ns} {self._readers}"
        if self._ledger is not None:
            with suppress(StorageError, ValueError, TypeError, RecursionError):  # damaged
                told = self._ahead(self._ledger, place).get((place, question))
                if told is not None and told.stamp == stamp:
                    return read(told.answer)
        answer = ask()
        text = json.dumps(answer)
        if answer is not None:  # it may be readable the next time
            self.new.append(Remembered(place, question, stamp, text))
        return read(text)

    def _ahead(self, ledger: Ledger, place: str) -> Mapping[tuple[str, str], Remembered]:
        """Return what is remembered of a place, and of places behind it, which are asked next.

        One by one takes three times as long. Where others are asked, fewer are read.
        """
        if not self._begin <= place < self._end:
            is_of_use = 2 * self._n_asked >= len(self._known)
            self._n_ahead = MAX_AHEAD if is_of_use else max(self._n_ahead // 2, MIN_AHEAD)
            self._n_asked, self._known = 0, {}
            self._begin = self._end = place
            rows = ledger.headers_from(place, self._n_ahead)
            # The last place may have more than was read.
            self._end = rows[-1].place if len(rows) == self._n_ahead else BEHIND_ALL
            self._known = {(row.place, row.question): row for row in rows}
        self._n_asked += 1
        return self._known


@lru_cache(maxsize=1024)  # many pictures are of one size
def _as_header(text: str) -> Header | None:
    """Read an answer; raises ValueError or TypeError where it is none."""
    answer = json.loads(text)
    if answer is None:
        return None
    sizes, since, palettes_since = answer
    header = Header(tuple((width, height) for width, height in sizes), since, palettes_since)
    numbers = [since, palettes_since, *(side for size in header.sizes for side in size)]
    if not header.sizes or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ValueError("no header")
    return header


def _as_bool(text: str) -> bool:
    return bool(json.loads(text))
