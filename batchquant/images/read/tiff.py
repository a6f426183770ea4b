"""TIFF: which of its directories are pictures."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from PIL import ImageFile

NEW_SUBFILE_TYPE, SUBFILE_TYPE = 254, 255
REDUCED, MASK = 1, 4  # bits of NewSubfileType (TIFF 6.0, section 8)
OLD_REDUCED = 2  # value of SubfileType
SHORT, LONG = 3, 4  # types of values
MAX_ENTRIES = 65_535  # as many as a TIFF holds that is no BigTIFF


def pictures(image: ImageFile.ImageFile) -> list[int]:
    """List the directories of a TIFF that are pictures of their own.

    Reduced copies and masks are none, unless the file has nothing else.

    Parameters
    ----------
    image : PIL.ImageFile.ImageFile
        An open TIFF.

    Returns
    -------
    list of int
        Numbers as Pillow counts, at least one, as far as the file is whole.
    """
    kinds = _kinds(image)
    found = [number for number, is_picture in enumerate(kinds) if is_picture]
    return found or [*range(len(kinds))] or [0]


def has_copies(image: ImageFile.ImageFile) -> bool:
    """Tell whether a TIFF holds pictures, and directories that are none."""
    kinds = _kinds(image)
    return any(kinds) and not all(kinds)


def _kinds(image: ImageFile.ImageFile) -> list[bool]:
    stream = image.fp
    if stream is None:
        return []
    place = stream.tell()
    try:
        return list(_directories(stream))
    finally:
        stream.seek(place)


def _directories(stream: IO[bytes]) -> Iterator[bool]:
    """Tell of each directory whether it is a picture; nothing else of it is read."""
    stream.seek(0)
    header = stream.read(16)
    order = "<" if header.startswith(b"II") else ">"
    is_big = header[2:4] in {b"+\0", b"\0+"}
    count, offset, entry_size = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    seen: set[int] = set()
    with suppress(struct.error, OverflowError, OSError):  # a chain that breaks ends there
        (place,) = struct.unpack_from(order + offset, header, 8 if is_big else 4)
        while place and place not in seen:
            seen.add(place)
            stream.seek(place)
            (n,) = struct.unpack(order + count, stream.read(struct.calcsize(count)))
            size = min(n, MAX_ENTRIES) * entry_size
            entries = stream.read(size + struct.calcsize(offset))
            yield _is_picture(entries[:size], order, entry_size)
            (place,) = struct.unpack(order + offset, entries[size:])


def _is_picture(entries: bytes, order: str, entry_size: int) -> bool:
    for at in range(0, len(entries) - entry_size + 1, entry_size):
        tag, kind = struct.unpack_from(f"{order}HH", entries, at)
        if tag in {NEW_SUBFILE_TYPE, SUBFILE_TYPE} and kind in {SHORT, LONG}:
            place = at + entry_size - (8 if entry_size == 20 else 4)
            (told,) = struct.unpack_from(order + ("H" if kind == SHORT else "I"), entries, place)
            if told & (REDUCED | MASK) if tag == NEW_SUBFILE_TYPE else told == OLD_REDUCED:
                return False
    return True
