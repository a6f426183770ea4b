"""Photoshop files made by hand: Adobe Photoshop File Formats Specification (2019)."""

import struct

import numpy as np
from PIL import Image

SAMPLES = {8: "u1", 16: ">u2", 32: ">f4"}


def psd(planes, mode=3, bits=8, *, resources=(), layers=b"", palette=b"", large=False, runs=False):
    """A file of planes of shape (H, W); resources are pairs of number and content."""
    height, width = planes[0].shape
    found = b"8BPS" + struct.pack(
        ">H6xHIIHH", 2 if large else 1, len(planes), height, width, bits, mode
    )
    found += struct.pack(">I", len(palette)) + palette
    packed = b"".join(_resource(number, content) for number, content in resources)
    found += struct.pack(">I", len(packed)) + packed
    found += struct.pack(">Q" if large else ">I", len(layers)) + layers
    if bits == 1:
        rows = [[np.packbits(row).tobytes() for row in plane] for plane in planes]
    else:
        rows = [[row.astype(SAMPLES[bits]).tobytes() for row in plane] for plane in planes]
    if not runs:
        return found + b"\0\0" + b"".join(row for plane in rows for row in plane)
    coded = [_pack_bits(row) for plane in rows for row in plane]
    lengths = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in coded)
    return found + b"\0\1" + lengths + b"".join(coded)


def layers(count):
    """Layers of which only the number is told; negative: the first channel more is transparency."""
    return struct.pack(">IhHI", 4, count, 0, 0)


def deep_layers(count):
    """The same as it stands in files of 16 bits."""
    return struct.pack(">II4s4sIh2x", 0, 0, b"8BIM", b"Lr16", 2, count)


def version_info(has_composite):
    return 1057, struct.pack(">IBIII", 1, has_composite, 0, 0, 1)


def _resource(number, content):
    return (
        b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
    )


def _pack_bits(row):
    """Runs of one: what repeats twice, then as it is."""
    found = b""
    while row:
        n = 2 if row[:1] * 2 == row[:2] else 1
        found += bytes([257 - n, row[0]]) if n > 1 else bytes([0, row[0]])
        row = row[n:]
    return found


def picture():
    """Four planes of 4 x 3 pixels: red, green, blue, and alpha that falls from 255 to 51."""
    ramp = np.array([[0, 85, 170, 255]] * 3)
    return [ramp, ramp[:, ::-1], np.full((3, 4), 60), np.array([[255, 204, 102, 51]] * 3)]


def pillow_of(planes):
    return Image.merge("RGB", [Image.fromarray(plane.astype(np.uint8)) for plane in planes[:3]])
