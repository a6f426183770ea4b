"""BMP of headers and palettes that Pillow refuses → the same picture in a form that it reads."""

import struct

import numpy as np

FILE_HEADER, HEADER = 14, 40  # bytes
HEADERS = frozenset({*range(16, 65), 108, 124})
"""Sizes of headers: OS/2 2.x may leave out what follows the bits a pixel, or part of it."""
INDEXED = frozenset({1, 2, 4, 8})  # bits a pixel
Size = tuple[int, int]


def bmp_size(content: bytes) -> Size | None:
    """Return width and height that a BMP states, by its first 26 bytes; None where it is none."""
    if not content.startswith(b"BM") or len(content) < 26:
        return None
    size, width, height = struct.unpack_from("<Iii", content, FILE_HEADER)
    return (abs(width), abs(height)) if size in HEADERS and width and height else None


def rewritten(source: bytes) -> bytes | None:
    """Write an indexed BMP anew; None of other files, and of pixels packed or missing.

    Pixels and colors are the same, with a header of 40 bytes, no more colors than pixels can name,
    and 8 bits for 2.
    """
    if bmp_size(source) is None:
        return None
    offset, size = struct.unpack_from("<II", source, 10)
    told = source[FILE_HEADER : FILE_HEADER + min(size, HEADER)].ljust(HEADER, b"\0")
    _, width, height, planes, bits, compression, _, across, down = struct.unpack_from(
        "<IiiHHIIii", told
    )
    if planes != 1 or bits not in INDEXED or compression or width < 0:
        return None
    palette = source[FILE_HEADER + size : offset][: 4 << bits]
    pixels = source[offset:]
    stride = -(-width * bits // 32) * 4
    if len(pixels) < abs(height) * stride:
        return None
    if bits == 2:
        packed = np.frombuffer(pixels, np.uint8, abs(height) * stride).reshape(-1, stride, 1)
        indices = (packed >> np.array([6, 4, 2, 0], np.uint8) & 3).reshape(len(packed), -1)
        bits, pixels = 8, np.pad(indices[:, :width], ((0, 0), (0, -width % 4))).tobytes()
    n_colors, start = len(palette) // 4, FILE_HEADER + HEADER + len(palette)
    return b"".join(
        (
            struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start),
            struct.pack(
                "<IiiHHIIiiII", HEADER, width, height, 1, bits, 0, 0, across, down, n_colors, 0
            ),
            palette,
            pixels,
        )
    )
