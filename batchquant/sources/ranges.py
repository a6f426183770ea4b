"""A file elsewhere, of which no more comes here than is read: headers are short, pictures long."""

import io
from collections.abc import Callable
from typing import BinaryIO

FIRST_BYTES = 64 * 1024  # the headers of most pictures; each further part is twice as long


class Parts(io.RawIOBase):
    """A file of which parts are fetched when they are read, and kept.

    A part is twice as long as the one before: who reads here and there, as headers at the end and
    lists of frames make readers do, soon has all of it.

    Parameters
    ----------
    fetch : callable
        Returns the bytes from an offset on, so many; raises OSError.
    size_bytes : int
        Of the whole file.

    Attributes
    ----------
    error : OSError or None
        What `fetch` raised, whatever its reader made of that.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size_bytes: int) -> None:
        self.error: OSError | None = None
        self._fetch, self._size = fetch, size_bytes
        self._parts: dict[int, bytes] = {}
        self._next_bytes = FIRST_BYTES
        self._at = 0

    def keep(self, start: int, part: bytes) -> None:
        """Take a part that is here already."""
        if part:
            self._parts[start] = part
            self._next_bytes = max(self._next_bytes, 2 * len(part))

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that its reader can move in it."""
        return True

    def tell(self) -> int:
        """Return where it is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place, from the begin, from here or from the end."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if begin + offset < 0:
            raise ValueError(f"negative place {begin + offset}")
        self._at = begin + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read what there is of a part, as `io.RawIOBase` says."""
        if self._at >= self._size or not len(buffer):
            return 0
        begin = self._part_at(self._at)
        content = self._parts[begin][self._at - begin :][: len(buffer)]
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def readall(self) -> bytes:
        """Read all that follows, by one request where it is not here."""
        self._next_bytes = max(self._next_bytes, self._size - self._at)
        return super().readall() or b""

    def _part_at(self, at: int) -> int:
        """Return where the part begins that holds a place, and fetch it if need be."""
        for begin, part in self._parts.items():
            if begin <= at < begin + len(part):
                return begin
        end = min([self._size, at + self._next_bytes, *(b for b in self._parts if b > at)])
        try:
            part = self._fetch(at, end - at)
            if not part:
                raise OSError("it is shorter than it was")
        except OSError as error:
            self.error = error
            raise
        self._next_bytes *= 2
        self._parts[at] = part
        return at


def open_parts(parts: Parts) -> BinaryIO:
    """Return a file as libraries want it."""
    return io.BufferedReader(parts)
