"""What image files say of themselves, remembered: a second run opens no picture to plan."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple
from functools import lru_cache
from itertools import islice
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
AT_ONCE = 64  # headers from afar: an answer takes 30 ms, whatever it says
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

    def ahead(self, files: Iterable[ImageFile]) -> Iterator[ImageFile]:
        """Yield files that are probed next; from afar the headers of some come together."""
        waiting = iter(files)
        while some := list(islice(waiting, AT_ONCE)):
            source = source_of(some[0].place)
            if source.is_far:
                asked = [file for file in some if self._remembered(file, "header") is None]
                source.look_ahead(asked)
            yield from some

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
        with suppress(ValueError, TypeError, RecursionError):  # damaged
            if (told := self._remembered(file, question)) is not None:
                return read(told)
        answer = ask()
        text = json.dumps(answer)
        if answer is not None:  # it may be readable the next time
            place = printable(file.place)
            self.new.append(Remembered(place, question, self._stamp(file), text))
        return read(text)

    def _remembered(self, file: ImageFile, question: str) -> str | None:
        """Return an answer as it was noted; None where the file is not as it was, or damage."""
        if self._ledger is not None:
            place = printable(file.place)
            with suppress(StorageError):
                told = self._ahead(self._ledger, place).get((place, question))
                if told is not None and told.stamp == self._stamp(file):
                    return told.answer
        return None

    def _stamp(self, file: ImageFile) -> str:
        return f"{file.size_bytes} {file.mtime_ns} {file.ctime_ns} {self._readers}"

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
