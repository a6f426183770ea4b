"""Animations made by hand, frame by frame."""

import struct
import zlib

import numpy as np
from sources import png


def gif(size, palette, *frames):
    """A GIF; a frame is (x, y, indices of shape (H, W) below 4) and a dict of what else it has.

    That is: disposal, transparent, palette.
    """
    found = b"GIF89a" + struct.pack("<HHBBB", *size, 0x81, 0, 0) + _palette(palette)
    for x, y, indices, told in frames:
        indices = np.asarray(indices, np.uint8)
        transparent = told.get("transparent")
        flags = told.get("disposal", 0) << 2 | (transparent is not None)
        found += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, 10, transparent or 0, 0)
        height, width = indices.shape
        local = 0x81 if "palette" in told else 0
        found += struct.pack("<BHHHHB", 0x2C, x, y, width, height, local)
        found += _palette(told["palette"]) if local else b""
        found += b"\x02" + _codes(indices.ravel().tolist()) + b"\0"
    return found + b";"


def _palette(colors):
    return b"".join(bytes(color) for color in colors).ljust(12, b"\0")


def _codes(indices):
    """Codes of 3 bits; the table is cleared before it grows."""
    bits = n_bits = 0
    for n, index in enumerate(indices):
        for code in [4, index] if n % 2 == 0 else [index]:
            bits |= code << n_bits
            n_bits += 3
    bits |= 5 << n_bits  # the end
    packed = bits.to_bytes((n_bits + 10) // 8, "little")
    blocks = [packed[at : at + 255] for at in range(0, len(packed), 255)]
    return b"".join(bytes([len(block)]) + block for block in blocks)


def apng(size, *frames, outside=None, bits=8, color_type=6, extra=()):
    """An animated PNG; a frame is (x, y, width, height, samples, dispose_op, blend_op)."""
    chunks, number = [], 0
    data = [] if outside is None else [(b"IDAT", _data(size[1], outside))]
    for x, y, width, height, samples, disposal, blend in frames:
        numbers = (number, width, height, x, y, 1, 10, disposal, blend)
        control = (b"fcTL", struct.pack(">IIIIIHHBB", *numbers))
        number += 1
        if not data:
            data = [control, (b"IDAT", _data(height, samples))]
        else:
            content = struct.pack(">I", number) + _data(height, samples)
            chunks += [control, (b"fdAT", content)]
            number += 1
    head = (b"acTL", struct.pack(">II", len(frames), 0))
    plain = png(*size, bits, color_type, bytes(size[1]), head, *extra, *data, *chunks)
    # the builder ends with data of its own, which becomes a chunk that nobody reads
    at = plain.rindex(b"IDAT")
    (length,) = struct.unpack_from(">I", plain, at - 4)
    return plain[: at - 4] + plain[at + length + 8 :]


def _data(height, samples):
    row = len(samples) // height
    return zlib.compress(b"".join(b"\0" + samples[y * row :][:row] for y in range(height)))
