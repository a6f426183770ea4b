"""PNG: whether its data reaches its last row; the frames of animated ones."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
LAST_PASS = (0, 1, 1, 2)
"""First column, first row, step of columns, step of rows (PNG, third edition, 8.2)."""
ONE_PASS = ((0, 0, 1, 1),)
BLOCK = 1 << 20  # bytes unpacked at a time


def breaks_off(source: bytes) -> str:
    """Say where the data of a PNG ends, if that is before its last row.

    Pillow leaves the rest black where the compressed data ends in order.

    Parameters
    ----------
    source : bytes
        The whole file.

    Returns
    -------
    str
        What is missing; empty where nothing is. Damaged data is left to the decoder.
    """
    header, data = b"", []
    for kind, content in chunks(source):
        if kind == b"IHDR" and len(content) >= 13:
            header = content
        elif kind == b"IDAT":
            data.append(content)
        elif data:
            break
    if not header:
        return ""
    width, height, depth, color_type, _, _, interlace = struct.unpack_from(">IIBBBBB", header)
    row_bits = depth * CHANNELS.get(color_type, 1)
    expected = row_size = 0
    for x, y, dx, dy in (*ADAM7, LAST_PASS) if interlace else ONE_PASS:
        if width > x:
            row_size = (-((x - width) // dx) * row_bits + 7) // 8 + 1  # a byte names the filter
            expected += row_size * -((y - height) // dy)
    found = _unpacked_size(data, expected)
    if found >= expected:
        return ""
    if interlace:
        return f"its data ends after {found:,} of {expected:,} bytes"
    return f"its data ends after {found // row_size} of {height} rows"


def chunks(source: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the chunks of a PNG, as far as they are whole."""
    at = len(SIGNATURE)
    while at + 8 <= len(source):
        size, kind = struct.unpack_from(">I4s", source, at)
        content = source[at + 8 : at + 8 + size]
        if len(content) < size:
            return
        yield kind, content
        at += 12 + size


def _unpacked_size(data: list[bytes], enough: int) -> int:
    """Count what compressed data unpacks to, in little memory; `enough` where it is damaged."""
    unpacking, size = zlib.decompressobj(), 0
    try:
        for packed in data:
            while packed and size < enough and not unpacking.eof:
                size += len(unpacking.decompress(packed, BLOCK))
                packed = unpacking.unconsumed_tail
    except zlib.error:
        return enough
    return size
