import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from batchquant.errors import ImageError
from batchquant.images.decode import decode
from batchquant.images.formats import FORMATS, SUFFIXES
from batchquant.images.probe import probe_size


def encode(image, format_name="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, format_name, **options)
    return stream.getvalue()


def png_of_size(width, height):
    """A PNG whose header claims a size, without pixels."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("format_name", ["BMP", "PNG", "PPM", "TIFF"])
def test_lossless_formats_give_their_pixels(format_name):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert np.array_equal(decode(encode(Image.fromarray(pixels), format_name)), pixels)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_is_read(format_name):
    pixels = decode(encode(Image.new("RGB", (8, 6), (200, 100, 50)), format_name, quality=100))
    assert pixels.shape == (6, 8, 3)
    assert np.abs(pixels.astype(int) - [200, 100, 50]).max() <= 3


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[1, 2, 3], [4, 5, 6]]),
        (2, [[3, 2, 1], [6, 5, 4]]),
        (3, [[6, 5, 4], [3, 2, 1]]),
        (4, [[4, 5, 6], [1, 2, 3]]),
        (5, [[1, 4], [2, 5], [3, 6]]),
        (6, [[4, 1], [5, 2], [6, 3]]),
        (7, [[6, 3], [5, 2], [4, 1]]),
        (8, [[3, 6], [2, 5], [1, 4]]),
    ],
)
def test_orientation_is_applied(orientation, expected):
    image = Image.fromarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert decode(encode(image, exif=exif))[..., 0].tolist() == expected


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_orientation_is_applied_in_every_format_that_has_it(format_name):
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decode(encode(Image.new("RGB", (8, 5), (9, 9, 9)), format_name, exif=exif))
    assert pixels.shape == (8, 5, 3)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP"])
def test_damaged_metadata_does_not_harm_the_picture(format_name):
    image = Image.new("RGB", (8, 5), (9, 9, 9))
    exif = Image.Exif()
    exif[0x0112] = 1
    exif[0x010E] = "a picture"
    source = encode(image, format_name, exif=exif)
    start = source.index(exif.tobytes().removeprefix(b"Exif\0\0"))
    for at in range(start, start + 30):
        damaged = bytearray(source)
        damaged[at] ^= 0x55
        if format_name == "PNG":  # the checksum of the chunk is right again
            kind = source.index(b"eXIf")
            end = kind + 4 + int.from_bytes(source[kind - 4 : kind], "big")
            damaged[end : end + 4] = zlib.crc32(damaged[kind:end]).to_bytes(4, "big")
        assert sorted(decode(bytes(damaged)).shape) == [3, 5, 8]


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_gray_bilevel_and_palette_become_rgb(mode):
    image = Image.fromarray(np.array([[0, 255]], dtype=np.uint8)).convert(mode)
    assert decode(encode(image)).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_transparent_pixels_show_white():
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [255, 0, 0, 51]]], dtype=np.uint8)
    assert decode(encode(Image.fromarray(rgba))).tolist() == [
        [[255, 0, 0], [255, 255, 255], [255, 204, 204]]
    ]


def test_a_transparent_palette_entry_shows_white():
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60])
    shown = decode(encode(image, transparency=1)).tolist()
    assert shown == [[[10, 20, 30], [255, 255, 255]]]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "unreadable: no picture of a format that is read"),
        (b"just text, named .jpg", "unreadable: no picture of a format that is read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "unreadable: no picture of a format that is read"),
        (encode(Image.new("RGB", (64, 64)))[:60], "unreadable: "),
        (png_of_size(20_000, 20_000), "too_large: 20000 x 20000 pixels, expected no more than"),
        (png_of_size(2_000_000, 2_000_000), "too_large: more than 500,000,000 pixels"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(source, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        decode(source)
    assert "0x" not in str(caught.value)


def test_a_truncated_jpeg_is_refused():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    whole = encode(Image.fromarray(noise), "JPEG")
    with pytest.raises(ImageError, match="unreadable: image file is truncated"):
        decode(whole[: len(whole) // 2])


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_more_than_8_bits_is_refused_rather_than_clipped(mode):
    image = Image.new(mode, (4, 4), 1000)
    with pytest.raises(ImageError, match=f"unreadable: pixels of mode '{mode}'"):
        decode(encode(image, "TIFF"))


def test_probing_reads_the_size_only(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(png_of_size(20_000, 10_000))
    assert probe_size(path) == (20_000, 10_000)
    path.write_bytes(b"no picture")
    assert probe_size(path) is None
    assert probe_size(tmp_path / "missing.png") is None


def test_suffixes_are_lower_case():
    assert {suffix.lower() for suffix in SUFFIXES} == SUFFIXES
    assert {".jpg", ".jpeg", ".png", ".webp", ".tif"} <= SUFFIXES
