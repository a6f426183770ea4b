"""TIFF: what its directories say that its decoders do not (TIFF 6.0; BigTIFF)."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

import numpy as np
from PIL import ImageFile

NEW_SUBFILE_TYPE, SUBFILE_TYPE, WIDTH, HEIGHT = 254, 255, 256, 257
REDUCED, MASK, OLD_REDUCED = 1, 4, 2  # bits of the first, and a value of the second
OFFSETS_AND_LENGTHS = ((273, 279), (324, 325))  # of strips, of tiles
TYPES = {3: "u2", 4: "u4", 16: "u8"}  # SHORT, LONG, LONG8
MAX_DIRECTORIES, MAX_ENTRIES = 65_536, 65_535  # as libtiff has it


class Directory(NamedTuple):
    """One picture of a TIFF."""

    number: int  # of all directories, from 0
    width: int
    height: int
    end: int  # of the last of its data
    is_copy: bool  # whether it is a reduced copy of another, or a mask


class _Entry(NamedTuple):
    dtype: str
    length: int
    content: bytes  # its values, or where they stand


def pictures(stream: IO[bytes]) -> tuple[Directory, ...]:
    """Read the directories that are pictures, at least one, as far as the chain is whole.

    Reduced copies and masks are none, unless there is nothing else. Raises ValueError if there is
    no picture.
    """
    found = tuple(_read_directories(stream))
    if not found:
        raise ValueError("no picture")
    return tuple(each for each in found if not each.is_copy) or found


def pages(image: ImageFile.ImageFile) -> list[int]:
    """Return the numbers of the pictures of an open TIFF, as Pillow counts; at least one.

    Pillow would go through them itself, and stop at one whose kind it does not know: half of it and
    half of the one before is then read as a picture.
    """
    with _at_its_place(image) as stream:
        try:
            return [each.number for each in pictures(stream)] if stream else [0]
        except ValueError:
            return [0]


def has_copies(image: ImageFile.ImageFile) -> bool:
    """Tell whether an open TIFF holds pictures, and directories that are none."""
    with _at_its_place(image) as stream:
        return len({each.is_copy for each in _read_directories(stream)}) > 1 if stream else False


@contextmanager
def _at_its_place(image: ImageFile.ImageFile) -> Iterator[IO[bytes] | None]:
    """Lend the file of an image, and leave it where it stood."""
    place = image.fp.tell() if image.fp else 0
    try:
        yield image.fp
    finally:
        if image.fp:
            image.fp.seek(place)


def _read_directories(stream: IO[bytes]) -> Iterator[Directory]:
    for number, entries in enumerate(_directories(stream)):

        def values(tag: int, entries: dict[int, _Entry] = entries) -> list[int]:
            return _values(stream, entries.get(tag))

        width, height = values(WIDTH), values(HEIGHT)
        if len(width) != 1 or len(height) != 1:
            return
        end = 0.0
        for tags in OFFSETS_AND_LENGTHS:
            offsets, lengths = (np.array(values(tag), np.float64) for tag in tags)
            n = min(len(offsets), len(lengths))
            end = max(end, (offsets[:n] + lengths[:n]).max(initial=0))
        is_copy = any(kind & (REDUCED | MASK) for kind in values(NEW_SUBFILE_TYPE)[:1])
        is_copy |= values(SUBFILE_TYPE)[:1] == [OLD_REDUCED]
        yield Directory(number, width[0], height[0], int(end), is_copy)


def _directories(stream: IO[bytes]) -> Iterator[dict[int, _Entry]]:
    """Follow the chain of directories as far as it is whole."""
    stream.seek(0)
    begin = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(begin[:2])
    version = int.from_bytes(begin[2:4], "little" if order == "<" else "big")
    if order is None or version not in {42, 43}:
        return
    is_big = version == 43
    count_layout, layout, offset_layout = (
        (f"{order}Q", f"{order}HHQ8s", f"{order}Q")
        if is_big
        else (f"{order}H", f"{order}HHI4s", f"{order}I")
    )
    seen: set[int] = set()
    try:
        (offset,) = struct.unpack_from(offset_layout, begin, 8 if is_big else 4)
        while offset and offset not in seen and len(seen) < MAX_DIRECTORIES:
            seen.add(offset)
            stream.seek(offset)
            (n_entries,) = _read(stream, count_layout)
            if n_entries > MAX_ENTRIES:
                return
            entries: dict[int, _Entry] = {}
            for _ in range(n_entries):
                tag, kind, count, content = _read(stream, layout)
                if kind in TYPES:
                    entries[tag] = _Entry(order + TYPES[kind], count, content)
            (offset,) = _read(stream, offset_layout)
            after = stream.tell()
            yield entries
            stream.seek(after)
    except (struct.error, OverflowError):
        return


def _values(stream: IO[bytes], entry: _Entry | None) -> list[int]:
    """Return the numbers of an entry; none where there is none, or the file breaks off."""
    if entry is None:
        return []
    dtype = np.dtype(entry.dtype)
    size, content = entry.length * dtype.itemsize, entry.content
    if size > len(content):
        layout = ("<" if entry.dtype[0] == "<" else ">") + ("Q" if len(content) == 8 else "I")
        try:
            stream.seek(struct.unpack(layout, content)[0])
            content = stream.read(size)
        except (OverflowError, MemoryError):
            return []
    values: list[int] = np.frombuffer(
        content[:size], dtype, min(entry.length, len(content) // dtype.itemsize)
    ).tolist()
    return values


def _read(stream: IO[bytes], layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))
