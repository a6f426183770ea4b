"""Boxes of the ISO base media format (ISO/IEC 14496-12), which AVIF, HEIF and JPEG 2000 are of."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAX_OFFSET = (1 << 63) - 1  # of any file
MAX_BYTES = 1 << 24  # of a box that is read: those that hold no pixels are a few kB


def read_box(stream: BinaryIO, kind: bytes) -> bytes:
    """Return what is in the first box of a kind, four letters, at the top level of a file.

    Empty where there is none, or a damaged one before. The stream is left anywhere.
    """
    position = stream.seek(0)
    while True:
        stream.seek(position)
        header = stream.read(16)
        if len(header) < 8:
            return b""
        (size,), start = struct.unpack_from(">I", header), 8
        if size == 1 and len(header) == 16:
            (size,), start = struct.unpack_from(">Q", header, 8), 16
        if header[4:8] == kind:
            stream.seek(position + start)
            n_bytes = size - start if size else MAX_BYTES  # 0: up to the end of the file
            return stream.read(min(max(n_bytes, 0), MAX_BYTES))
        position += size
        if size < start or position > MAX_OFFSET:
            return b""


def walk(content: bytes | memoryview, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, begin and end of what is in each box; the end of the last may lie beyond."""
    while at + 8 <= min(end, len(content)):
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:  # a long one
            size = int.from_bytes(content[at + 8 : at + 16], "big")
            head = 16
        elif size == 0:  # to the end
            size = end - at
        if size < head:
            return
        yield kind, at + head, at + size
        at += size


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each box in another, as far as they are whole."""
    for kind, begin, end in walk(content, 0, len(content)):
        if end > len(content):
            return
        yield kind, content[begin:end]


def box(content: bytes, *path: bytes) -> bytes:
    """Return what is in the first box at a path; empty where there is none."""
    for kind in path:
        content = next((inner for found, inner in boxes(content) if found == kind), b"")
    return content


def find_boxes(source: bytes, at: int, end: int) -> dict[bytes, tuple[int, int]]:
    """Find where the content of each kind of box begins and ends, which may be beyond the file.

    The first of a kind counts; where a size makes no sense, it ends.
    """
    found: dict[bytes, tuple[int, int]] = {}
    for kind, begin, behind in walk(source, at, end):
        found.setdefault(kind, (begin, behind))
    return found
