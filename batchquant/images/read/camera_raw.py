"""What tells camera RAW from other files, how large it is, and whether it is whole: not decoded.

LibRaw is never asked here: this runs in the parent process, too, which foreign bytes must not end.
"""

import io
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from batchquant.images.read.formats import RAW_SUFFIXES

SIGNATURES = (
    (0, b"FUJIFILMCCD-RAW"),
    (0, b"IIRO"),  # Olympus, a TIFF but for its number
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"IIU\0"),  # Panasonic and Leica, likewise
    (0, b"\0MRM"),  # Minolta
    (4, b"ftypcrx "),  # Canon CR3
    (6, b"HEAPCCDR"),  # Canon CRW
)
"""What begins camera RAW and nothing else, and where."""
TIFF = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})  # BigTIFF, too
CANON_MARK = b"CR\2"  # of CR2, behind the header of TIFF

WIDTH, HEIGHT, PHOTOMETRIC, SUB_DIRECTORIES, DNG_VERSION = 256, 257, 262, 330, 50706
SENSOR_WIDTH, SENSOR_HEIGHT = 2, 3  # of Panasonic
COLOR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
STRIPS, TILES = (273, 279), (324, 325)  # offsets and lengths
TAGS = frozenset(
    {WIDTH, HEIGHT, PHOTOMETRIC, *STRIPS, *TILES, SUB_DIRECTORIES, DNG_VERSION}
    | {SENSOR_WIDTH, SENSOR_HEIGHT}
)
ELSEWHERE = 0xFFFFFFFF  # as offset of a strip: Panasonic
NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Types of TIFF that hold whole numbers, and how `struct` calls them."""
MAX_DIRECTORIES, MAX_ENTRIES, MAX_VALUES = 32, 4096, 1 << 16
DAMAGE = (struct.error, OSError, OverflowError, ValueError)  # of offsets that lead astray
CANON_HEADER_BYTES = 1 << 16

Tags = dict[int, tuple[int, ...]]


def is_camera_raw(stream: BinaryIO, suffix: str = "") -> bool:
    """Tell whether a file holds what a camera's sensor measured, and not a picture yet.

    By signature, or of TIFF by the ending of its name, by the tag DNGVersion, or by the photometric
    interpretations of DNG 1.7: color filter array, and linear raw. The ending counts since some
    cameras write a TIFF that shows a preview, and say nowhere that it is more. The stream is at its
    begin afterwards.
    """
    stream.seek(0)
    header = stream.read(16)
    stream.seek(0)
    if any(header.startswith(signature, at) for at, signature in SIGNATURES):
        return True
    if header[:4] not in TIFF:
        return False
    if suffix in RAW_SUFFIXES or header.startswith(CANON_MARK, 8):
        return True
    try:
        return any(DNG_VERSION in tags or _is_raw(tags) for tags in _directories(stream))
    except DAMAGE:
        return False
    finally:
        stream.seek(0)


def raw_size(stream: BinaryIO) -> tuple[int, int] | None:
    """Return width and height as stored, where the header of camera RAW says so plainly.

    With the masked margin of the sensor: a few hundredths more than the picture has.
    """
    stream.seek(0)
    header = stream.read(CANON_HEADER_BYTES)
    stream.seek(0)
    try:
        if header.startswith(b"FUJIFILMCCD-RAW"):
            return _fujifilm_size(stream)
        if header.startswith(b"ftypcrx ", 4):
            at = header.index(b"CMT1") + 4  # a TIFF without pixels
            stream = io.BytesIO(header[at:])
        found = list(_directories(stream))
    except DAMAGE:
        return None
    sizes = [_size(tags) for tags in found if _is_raw(tags)] or [_size(tags) for tags in found]
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    return (width, height) if width and height else None


def is_cut_off(source: bytes) -> bool:
    """Tell whether camera RAW breaks off: LibRaw may show what is missing as black, silently.

    That is whether data goes beyond the end, by the strips and tiles of TIFF, the boxes of CR3 and
    the header of RAF. Of Panasonic's RW2, CRW and MRW that is not known.
    """
    stream, size = io.BytesIO(source), len(source)
    try:
        if source.startswith(b"FUJIFILMCCD-RAW"):
            offset, length = struct.unpack_from(">II", source, 100)
            return bool(offset + length > size)
        if source.startswith(b"ftypcrx ", 4):
            return _end_of_boxes(source) > size
        return any(
            offset + length > size
            for tags in _directories(stream)
            for offsets, lengths in (STRIPS, TILES)
            for offset, length in zip(tags.get(offsets, ()), tags.get(lengths, ()), strict=False)
            if offset != ELSEWHERE
        )
    except DAMAGE:  # LibRaw knows more, or refuses it
        return False


def _end_of_boxes(source: bytes) -> int:
    """Return where the last box at the top of an ISO base media file (ISO/IEC 14496-12) ends."""
    at = 0
    while at + 16 <= len(source):
        (length,) = struct.unpack_from(">I", source, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", source, at + 8)
        if length < 8:  # 0: to the end
            break
        at += length
    return at


def _is_raw(tags: Tags) -> bool:
    return tags.get(PHOTOMETRIC, ())[:1] in {(COLOR_FILTER_ARRAY,), (LINEAR_RAW,)}


def _size(tags: Tags) -> tuple[int, int]:
    width = tags.get(WIDTH) or tags.get(SENSOR_WIDTH) or (0,)
    height = tags.get(HEIGHT) or tags.get(SENSOR_HEIGHT) or (0,)
    return width[0], height[0]


def _directories(stream: BinaryIO) -> Iterator[Tags]:
    """Yield the `TAGS` of each directory of a TIFF, of those within others, too."""
    stream.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(stream.read(2))
    if order is None:
        raise ValueError("no TIFF")
    is_big = _read(stream, f"{order}H")[0] == 43
    if is_big:
        _read(stream, f"{order}HH")  # bytes of an offset, and nothing
    of_count, of_entry, room = ("Q", "HHQ8s", 8) if is_big else ("H", "HHI4s", 4)
    of_offset = f"{order}{'Q' if is_big else 'I'}"
    waiting, seen = [_read(stream, of_offset)[0]], {0}
    while waiting and len(seen) <= MAX_DIRECTORIES:
        if (offset := waiting.pop(0)) in seen:
            continue
        seen.add(offset)
        stream.seek(offset)
        tags: Tags = {}
        if (n_entries := _read(stream, f"{order}{of_count}")[0]) > MAX_ENTRIES:
            raise ValueError("too many entries")
        for _ in range(n_entries):
            tag, kind, n, value = _read(stream, f"{order}{of_entry}")
            if tag not in TAGS - tags.keys() or kind not in NUMBERS:
                continue
            numbers = f"{order}{min(n, MAX_VALUES)}{NUMBERS[kind]}"
            if (size := struct.calcsize(numbers)) <= room:
                tags[tag] = struct.unpack_from(numbers, value)
            else:
                after = stream.tell()
                stream.seek(struct.unpack(of_offset, value)[0])
                tags[tag] = struct.unpack(numbers, stream.read(size))
                stream.seek(after)
        yield tags
        waiting += [*tags.get(SUB_DIRECTORIES, ()), _read(stream, of_offset)[0]]


def _fujifilm_size(stream: BinaryIO) -> tuple[int, int] | None:
    """Return the size that RAF tells in tag 0x100 of its own directory."""
    stream.seek(92)
    stream.seek(_read(stream, ">I")[0])
    for _ in range(min(_read(stream, ">I")[0], 256)):
        tag, length = _read(stream, ">HH")
        if tag == 0x100:
            height, width = _read(stream, ">HH")
            return width, height
        stream.seek(length, io.SEEK_CUR)
    return None


def _read(stream: BinaryIO, numbers: str) -> tuple[Any, ...]:
    return struct.unpack(numbers, stream.read(struct.calcsize(numbers)))
