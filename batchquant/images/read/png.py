"""PNG: whether its data reaches its last row; the frames of animated ones."""

import struct
import zlib
from collections.abc import Iterator

from PIL import ImageFile

from batchquant.images.read.animation import CLEAR, KEEP, RESTORE, Part

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
LAST_PASS = (0, 1, 1, 2)
"""First column, first row, step of columns, step of rows (PNG, third edition, 8.2)."""
ONE_PASS = ((0, 0, 1, 1),)
DISPOSALS = {1: CLEAR, 2: RESTORE}  # `dispose_op`; others keep
REPLACES = 0  # `blend_op`
BLOCK = 1 << 20  # bytes unpacked at a time


def breaks_off(source: bytes) -> str:
    """Say where the data of a PNG ends, if that is before its last row; else empty.

    Pillow leaves the rest black where the compressed data ends in order. Damaged data is left to
    the decoder.
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


def is_animated(image: ImageFile.ImageFile) -> bool:
    """Tell whether an open PNG is animated, or has a picture outside of its animation."""
    return image.format == "PNG" and bool(getattr(image, "is_animated", False))


def count_frames(image: ImageFile.ImageFile) -> int:
    """Count the frames of an open PNG; a picture outside of the animation is none."""
    n_frames = int(getattr(image, "n_frames", 1))
    return n_frames - 1 if getattr(image, "default_image", False) and n_frames > 1 else n_frames


def parts_of_frame(source: bytes, frame: int) -> list[Part]:
    """Cut out of an animated PNG what shows a frame, from the first on, each a PNG of its own.

    Empty where the frame is the picture that every decoder shows, or is not there (PNG, third
    edition, 11.3.6).
    """
    header, control = b"", b""
    shared: list[tuple[bytes, bytes]] = []
    data: list[bytes] = []
    parts: list[Part] = []
    is_plain, number = False, 0
    for kind, content in (*chunks(source), (b"fcTL", b"")):  # the last one ends the last frame
        if kind in {b"fcTL", b"fdAT"} and content:
            if content[:4] != struct.pack(">I", number):
                break  # out of order: what follows is not this animation
            number += 1
        if kind == b"IHDR":
            header = content
        elif kind in {b"PLTE", b"tRNS"}:
            shared.append((kind, content))
        elif kind == b"fcTL":
            if control and data:
                parts.append(_part(control, header, shared, data))
            if len(parts) > frame:
                break
            control, data = content, []
        elif kind == b"IDAT":
            is_plain = frame == 0 and bool(control)
            data.append(content)
        elif kind == b"fdAT":
            data.append(content[4:])  # after its sequence number
    return parts if len(parts) > frame and not is_plain else []


def _part(
    control: bytes, header: bytes, shared: list[tuple[bytes, bytes]], data: list[bytes]
) -> Part:
    _, width, height, x, y, _, _, disposal, blend = struct.unpack(">IIIIIHHBB", control)
    head = struct.pack(">II", width, height) + header[8:]
    parts = [(b"IHDR", head), *shared, *((b"IDAT", content) for content in data), (b"IEND", b"")]
    content = SIGNATURE + b"".join(chunk(*part) for part in parts)
    replaces = blend == REPLACES
    return Part(content, x, y, width, height, DISPOSALS.get(disposal, KEEP), replaces)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    checksum = struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
    return b"".join([struct.pack(">I", len(content)), kind, content, checksum])
