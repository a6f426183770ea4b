"""TGA whose runs go on into the next row, which Pillow refuses, without runs."""

import struct

RUN_LENGTH_ENCODED = 8  # bit of the image type
FOOTER = b"TRUEVISION-XFILE.\0"
EXTENSION_SIZE = 495  # of version 2; its last byte tells whether there is alpha


def without_runs(source: bytes) -> bytes | None:
    """Unpack the runs of a TGA; None of other files, and where data is too short.

    Version 2 says that runs should stop at the end of a row; those of version 1 need not.
    """
    if len(source) < 18 or source[2] not in {9, 10, 11}:
        return None
    id_size, _, kind, _, n_colors, color_bits, _, _, width, height, bits = struct.unpack_from(
        "<BBBHHBHHHHB", source
    )
    at = 18 + id_size + n_colors * (-(-color_bits // 8) if source[1] else 0)
    head, size, pixels = source[:at], -(-bits // 8), bytearray()
    expected = width * height * size
    while len(pixels) < expected and at < len(source):
        n = (source[at] & 127) + 1
        if source[at] & 128:
            pixels += source[at + 1 : at + 1 + size] * n
            at += 1 + size
        else:
            pixels += source[at + 1 : at + 1 + size * n]
            at += 1 + size * n
    if len(pixels) < expected:
        return None
    plain = bytearray(head + pixels[:expected])
    plain[2] = kind - RUN_LENGTH_ENCODED
    if source.endswith(FOOTER):
        (begin,) = struct.unpack_from("<I", source, len(source) - 26)
        extension = source[begin : begin + EXTENSION_SIZE] if begin else b""
        footer = struct.pack("<II", len(plain) if extension else 0, 0) + FOOTER
        plain += extension + footer
    return bytes(plain)
