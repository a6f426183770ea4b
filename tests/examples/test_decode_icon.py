import struct

import pytest
from PIL import Image
from sources import encode

from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

RED, GREEN = (255, 0, 0), (0, 255, 0)


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


FEW, MANY = (4, 16, bitmap(4, RED)), (32, 0, bitmap(32, GREEN))
PNG = (32, 0, encode(Image.new("RGBA", (16, 16), (*GREEN, 255))))


@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize(
    "entries",
    [
        (FEW, MANY),
        (MANY, FEW),
        (FEW, PNG),
        (PNG, FEW),
        ((8, 16, bitmap(8, RED, 16)), (8, 0, bitmap(8, GREEN))),
    ],
)
def test_of_equal_sizes_the_deepest_comes_first_then_the_one_of_most_colors(entries, says):
    source = icon(*entries, says=says)
    assert decode(source).pixels[3, 3].tolist() == [*GREEN]
    assert decode(source, Reading(frame=1)).pixels[3, 3].tolist() == [*RED]
