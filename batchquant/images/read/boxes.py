"""Boxes of the ISO base media format (ISO/IEC 14496-12), which AVIF, HEIF and JPEG 2000 are of."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAX_OFFSET = (1 << 63) - 1  # of any file
MAX_BYTES = 1 << 24  # of a box that is read: those that hold no pixels are a few kB


def read_box(stream: BinaryIO, kind: bytes) -> bytes:
    """Find a box at the top level of a file.

    Parameters
    ----------
    stream : binary file
        Anywhere; it is left anywhere.
    kind : bytes
        Four letters.

    Returns
    -------
    bytes
        What is in the first box of this kind; empty where there is none, or a damaged one before.
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


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each box in another, as far as they are whole."""
    position = 0
    while position + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        size = size or len(content) - position
        if size < 8 or position + size > len(content):
            return
        yield kind, content[position + 8 : position + size]
        position += size


def box(content: bytes, *path: bytes) -> bytes:
    """Return what is in the first box at a path; empty where there is none."""
    for kind in path:
        content = next((inner for found, inner in boxes(content) if found == kind), b"")
    return content
