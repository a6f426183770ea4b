import struct

import pytest

from batchquant.errors import ImageError
from batchquant.images.read.bmp_rare import rewritten
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe

COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 8, 7)]
PALETTE = b"".join(bytes((*reversed(color), 0)) for color in COLORS)


def bitmap(bits, rows, *, header=40, n_colors=0, palette=PALETTE, height=None):
    """A BMP of packed rows, the lowest first, five pixels wide."""
    head = struct.pack("<IiiHH", header, 5, height or len(rows), 1, bits)
    head += struct.pack("<IIiiII", 0, 0, 2835, 2835, n_colors, 0)
    head, data = head[:header], b"".join(row.ljust(-(-len(row) // 4) * 4, b"\0") for row in rows)
    start = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + head + palette + data


def colors_of(source):
    return [[COLORS.index(tuple(color)) for color in row] for row in decode(source).pixels.tolist()]


TWO_BITS = [bytes([0b00011011, 0b01000000]), bytes([0b11100100, 0b10000000])]


@pytest.mark.parametrize("header", [16, 40])
@pytest.mark.parametrize("height", [2, -2])
def test_two_bits_a_pixel(header, height, tmp_path):
    source = bitmap(2, TWO_BITS, header=header, height=height)
    rows = [[0, 1, 2, 3, 1], [3, 2, 1, 0, 2]]
    assert colors_of(source) == (rows if height < 0 else rows[::-1])
    (tmp_path / "a.bmp").write_bytes(source)
    assert probe(tmp_path / "a.bmp").sizes == ((5, 2),)


def test_a_header_of_os2_that_ends_behind_the_bits():
    row = bytes([0, 1, 2, 3, 0])
    assert colors_of(bitmap(8, [row], header=16)) == [[0, 1, 2, 3, 0]]
    assert colors_of(bitmap(4, [bytes([0x01, 0x23, 0x00])], header=16)) == [[0, 1, 2, 3, 0]]


@pytest.mark.parametrize("n_colors", [300, 305_402_420])
def test_a_palette_of_more_colors_than_pixels_can_name(n_colors):
    palette = PALETTE + bytes(4 * 296)
    row = bytes([3, 2, 1, 0, 3])
    assert colors_of(bitmap(8, [row], n_colors=n_colors, palette=palette)) == [[3, 2, 1, 0, 3]]


def test_what_is_missing_or_of_another_kind_is_left_alone():
    with pytest.raises(ImageError, match="unreadable"):
        decode(bitmap(2, TWO_BITS)[:-3])
    for source in (
        b"",
        b"BM",
        b"BM" + bytes(60),
        bitmap(3, TWO_BITS),
        bitmap(2, TWO_BITS, header=66),
        b"GIF89a" + bytes(60),
    ):
        assert rewritten(source) is None
