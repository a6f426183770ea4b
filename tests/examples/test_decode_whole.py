"""Files that break off where Pillow would fill what is missing, and tell nobody."""

import struct
import zlib

import numpy as np
import pytest
from container_sources import heic_of_tiles, item_locations, of_brand
from PIL import Image
from sources import encode, png, tiff

from batchquant.errors import ImageError
from batchquant.images.read import heif
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

NOISE = Image.fromarray(np.random.default_rng(0).integers(1, 255, (64, 64, 3)).astype(np.uint8))
ACCEPT = Reading(truncated="accept")


def refuses(source, reason):
    """Refuse it by default; with `truncated: accept`, show it with the reason as a note."""
    with pytest.raises(ImageError, match=f"unreadable: the file ends too early: {reason}"):
        decode(source)
    picture = decode(source, ACCEPT)
    assert picture.is_damaged
    told = "damaged, shown as far as it could be read: the file ends too early"
    assert picture.notes[0].startswith(told)
    return picture


def shortened(source, keep):
    """A PNG whose data ends in order after so many unpacked bytes."""
    start = source.index(b"IDAT") - 4
    (size,) = struct.unpack_from(">I", source, start)
    data = zlib.compress(zlib.decompress(source[start + 8 : start + 8 + size])[:keep])
    chunk = struct.pack(">I4s", len(data), b"IDAT") + data
    return source[:start] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + source[-12:]


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "I;16"])
def test_a_png_whose_data_ends_before_its_last_row(mode):
    whole = encode(NOISE.convert("L").convert(mode) if mode == "I;16" else NOISE.convert(mode))
    row = len(zlib.decompress(whole[whole.index(b"IDAT") + 4 : -16])) // 64
    picture = refuses(shortened(whole, 63 * row), "its data ends after 63 of 64 rows")
    assert np.array_equal(picture.pixels[:63], decode(whole).pixels[:63])
    assert not decode(shortened(whole, 64 * row)).is_damaged


def test_an_interlaced_png_whose_data_ends_early():
    gray = np.arange(1, 26, dtype=np.uint8).reshape(5, 5)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    rows = [
        b"\0" + row.tobytes()
        for x, y, dx, dy in [*passes, (0, 1, 1, 2)]
        for row in gray[y::dy, x::dx]
        if len(row)
    ]
    whole = bytearray(png(5, 5, 8, 0, bytes(25)))
    whole[28] = 1
    whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
    data = b"".join(rows)
    start = whole.index(b"IDAT") - 4
    packed = zlib.compress(data)
    whole[start : start + 4] = struct.pack(">I", len(packed))
    whole[start + 8 : -12] = packed + struct.pack(">I", zlib.crc32(b"IDAT" + packed))
    assert decode(bytes(whole)).pixels[..., 0].tolist() == gray.tolist()
    refuses(shortened(bytes(whole), len(data) - 6), f"its data ends after {len(data) - 6} of")


def test_a_png_that_is_black_below_is_whole():
    assert not decode(encode(Image.new("RGBA", (3, 3)))).is_damaged
    assert not decode(encode(Image.new("1", (9, 3)))).is_damaged


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_heic_whose_tiles_are_not_all_there(kept):
    whole = heic_of_tiles((200, 100, 50))
    picture = decode(whole)
    assert picture.pixels.shape == (64, 192, 3)
    assert np.abs(picture.pixels.astype(int) - [200, 100, 50]).max() <= 3
    data = whole.index(b"mdat") + 4
    cut = whole[: data + int((len(whole) - data) * kept)]
    with pytest.raises(ImageError, match="the file ends too early: its data goes up to"):
        decode(cut)


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
@pytest.mark.parametrize("version", [0, 1, 2])
def test_every_extent_must_lie_inside_the_file(brand, version):
    def of(length, method=0):
        items = [(1, 0, 20, [(4, 6), (0, 1)]), (2, method, 0, [(3, length)])]
        return of_brand(brand, item_locations(version, items) + b"\0\0\0\x0cidat1234")[0]

    size = len(of(1))
    assert heif.breaks_off(of(size - 3)) == ""
    assert f"up to byte {size + 1:,}, and it has {size:,}" in heif.breaks_off(of(size - 2))
    if version:
        assert heif.breaks_off(of(1, method=1)) == ""
        assert "byte 5, and it has 4" in heif.breaks_off(of(2, method=1))
        assert heif.breaks_off(of(9_999, method=2)) == ""


def test_damaged_boxes_are_left_to_the_decoder():
    whole, _ = of_brand(b"heic", item_locations(1, [(1, 0, 0, [(0, 9)])]))
    rng = np.random.default_rng(1)
    for cut in range(len(whole)):
        heif.breaks_off(whole[:cut])
    for _ in range(2_000):
        damaged = bytearray(whole)
        for at in rng.integers(4, len(whole), 3):
            damaged[at] = rng.integers(256)
        heif.breaks_off(bytes(damaged))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_that_ends_in_order_before_its_last_row(mode):
    whole = encode(NOISE.convert(mode), "JPEG")
    picture = refuses(whole[: len(whole) * 3 // 4] + b"\xff\xd9", "it ends before its last row")
    assert np.array_equal(picture.pixels[:8], decode(whole).pixels[:8])


def test_a_progressive_jpeg_that_ends_in_order_before_its_last_scan():
    whole = encode(NOISE, "JPEG", progressive=True)
    refuses(whole[: len(whole) // 2] + b"\xff\xd9", "it ends before its last scan")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_with_a_gray_corner_is_whole(options):
    whole = encode(Image.new("RGB", (40, 24), (128, 128, 128)), "JPEG", **options)
    assert decode(whole).pixels[-1, -1].tolist() == [128, 128, 128]
    assert not decode(whole).is_damaged


def test_strips_of_tiff_without_a_place():
    source = encode(NOISE, "TIFF", tiffinfo={278: 16})
    at = source.index(struct.pack("<HHI", 273, 4, 4))
    counted = source[: at + 4] + struct.pack("<I", 3) + source[at + 8 :]
    refuses(counted, "3 of 4 strips or tiles are there")
    planes = [
        np.full((4, 4), 9, np.uint8)
    ] * 2  # the second is no alpha, and nothing is shown of it
    whole = tiff(planes, extra_samples=[0], compressed=True)
    assert decode(whole).pixels[0, 0].tolist() == [9, 9, 9]


def test_a_tile_of_jpeg_2000_that_is_not_there():
    whole = encode(NOISE, "JPEG2000", no_jp2=True, tile_size=(32, 32))
    last = whole.rindex(b"\xff\x90\x00\x0a")
    refuses(whole[:last] + b"\xff\xd9", "3 of 4 tiles are there")
    assert not decode(whole).is_damaged
    assert not decode(encode(NOISE, "JPEG2000", tile_size=(32, 32))).is_damaged


def sgi(rows, width):
    head = struct.pack(">HBBHHHHII", 474, 1, 1, 2, width, len(rows), 1, 0, 255).ljust(512, b"\0")
    starts = np.cumsum([512 + 8 * len(rows), *map(len, rows)])[:-1]
    table = [*starts.tolist(), *map(len, rows)]
    return head + struct.pack(f">{len(table)}I", *table) + b"".join(rows)


def test_rows_of_sgi_whose_runs_end_early():
    whole = sgi([bytes([4, 9, 0]), bytes([0x84, 1, 2, 3, 4, 0])], 4)
    assert decode(whole).pixels[..., 0].tolist() == [[1, 2, 3, 4], [9, 9, 9, 9]]
    refuses(sgi([bytes([4, 9, 0]), bytes([3, 9, 0])], 4), "a row holds 3 of 4 pixels")


def test_a_pcx_of_256_colors_without_its_palette():
    whole = encode(NOISE.quantize(200), "PCX")
    refuses(whole[:-1], "its palette is missing")
    assert not decode(whole).is_damaged


def ico(content):
    entry = struct.pack("<BBBBHHII", 128, 128, 0, 0, 1, 32, len(content), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + content


def icns(content):
    return struct.pack(">4sI4sI", b"icns", 16 + len(content), b"ic07", 8 + len(content)) + content


@pytest.mark.parametrize("icon", [ico, icns])
def test_a_png_inside_an_icon_whose_data_ends_early(icon):
    inside = encode(Image.new("L", (128, 128), 9))
    assert not decode(icon(inside)).is_damaged
    refuses(icon(shortened(inside, 127 * 129)), "its data ends after 127 of 128 rows")
