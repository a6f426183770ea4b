"""Bitmaps, icons and TIFFs of several pages made by hand."""

import struct

import numpy as np
from PIL import Image
from sources import encode


def bit_fields(bits, masks, rows, *, header=108, compression=3, is_dib=False):
    """A BMP or DIB of masks and rows of numbers, the lowest row first."""
    kind = "<u2" if bits == 16 else "<u4"
    data = b"".join(
        np.array(row, kind).tobytes().ljust(-(-len(row) * bits // 32) * 4, b"\0") for row in rows
    )
    head = struct.pack(
        "<IiiHHIIiiII", header, len(rows[0]), len(rows), 1, bits, compression, 0, 5906, 5906, 0, 0
    )
    head += struct.pack("<4I", *masks)[: 12 if header in {40, 52} and compression == 3 else 16]
    head = head.ljust(header, b"\0")
    start = struct.pack("<2sIHHI", b"BM", 14 + len(head) + len(data), 0, 0, 14 + len(head))
    return (b"" if is_dib else start) + head + data


def bitmap(bits, color, n_colors=0):
    """A picture of 16 x 16 as icons hold it: colors, then a mask."""
    head = struct.pack("<IiiHHIIiiII", 40, 16, 32, 1, bits, 0, 0, 0, 0, n_colors, 0)
    bgr = bytes(reversed(color))
    if bits == 32:
        body = (bgr + b"\xff") * 256
    else:
        body = (bgr + b"\0") * (n_colors or 1 << bits) + bytes(32 * bits)
    return head + body + bytes(64)


def icon(*entries, says=True):
    """An icon of (bits, number of colors, content); the directory need not say so."""
    found, content = struct.pack("<HHH", 0, 1, len(entries)), b""
    for bits, n_colors, body in entries:
        told = (n_colors & 255, 0, 1, bits) if says else (0, 0, 0, 0)
        place = 6 + 16 * len(entries) + len(content)
        found += struct.pack("<BBBBHHII", 16, 16, *told, len(body), place)
        content += body
    return found + content


def tiff_pages(*kinds, mode="L", big=False):
    """A TIFF of a page for each dict of tags; page n is n + 1 wide."""
    first, *others = [Image.new(mode, (n + 1, 2)) for n in range(len(kinds))]
    for page, tags in zip(others, kinds[1:], strict=True):
        page.encoderinfo = {"tiffinfo": tags}
    return encode(
        first, "TIFF", save_all=True, append_images=others, tiffinfo=kinds[0], big_tiff=big
    )


def cga_screen(codes, *, dpi=(320, 200)):
    """A PCX of 320 x 200 in four colors, one after the other in each row; codes as of a CGA."""
    head = struct.pack("<BBBB6H", 10, 2, 1, 1, 0, 0, 319, 199, *dpi)
    head += bytes(codes).ljust(48, b"\xcc") + struct.pack("<BBHH", 0, 2, 40, 1)
    row = b"\xe8\x55" + b"\xe8\x33"  # 40 bytes of each plane
    return head.ljust(128, b"\0") + row * 200
