import struct

import numpy as np
import pytest
from PIL import Image
from sources import encode, png, tiff

from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

TO_8 = "16 bits a channel reduced to 8"
# v * 255 / 65535 = v / 257: 128.498, 128.502, 255.498 (of the last but 128 values), 255
SAMPLES = [0, 128, 129, 33_024, 33_025, 65_406, 65_407, 65_535]
ROUNDED = [0, 0, 1, 128, 129, 254, 255, 255]


def gray(picture):
    assert (picture.pixels == picture.pixels[..., :1]).all()
    return picture.pixels[..., 0].tolist()


def test_16_bit_gray_png_is_rounded():
    picture = decode(png(8, 1, 16, 0, struct.pack(">8H", *SAMPLES)))
    assert gray(picture) == [ROUNDED]
    assert (picture.mode, picture.notes) == ("I;16", (TO_8,))


def test_16_bit_gray_with_alpha_is_rounded():
    pairs = [sample for pair in zip(SAMPLES, SAMPLES[::-1], strict=True) for sample in pair]
    picture = decode(png(8, 1, 16, 4, struct.pack(">16H", *pairs)))
    assert gray(picture) == [ROUNDED]
    assert picture.alpha.tolist() == [ROUNDED[::-1]]
    assert picture.notes == (TO_8,)


def test_16_bit_color_png_is_rounded():
    samples = [*SAMPLES, 65_535]
    picture = decode(png(3, 1, 16, 2, struct.pack(">9H", *samples)))
    assert picture.pixels.ravel().tolist() == [*ROUNDED, 255]
    assert (picture.mode, picture.notes) == ("RGB", (TO_8,))


def test_16_bit_color_png_with_alpha_is_rounded():
    picture = decode(png(2, 1, 16, 6, struct.pack(">8H", *SAMPLES)))
    assert picture.pixels.ravel().tolist() == [0, 0, 1, 129, 254, 255]
    assert picture.alpha.tolist() == [[128, 255]]


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("compressed", [False, True])
def test_16_bit_gray_tiff_is_rounded(byte_order, compressed):
    plane = np.array([SAMPLES], np.uint16)
    picture = decode(tiff([plane], byte_order=byte_order, compressed=compressed))
    assert gray(picture) == [ROUNDED]


@pytest.mark.parametrize("compressed", [False, True])
def test_16_bit_gray_tiff_in_which_white_is_zero(compressed):
    plane = np.array([SAMPLES], np.uint16)
    picture = decode(tiff([plane], photometric=0, compressed=compressed))
    assert gray(picture) == [[255 - level for level in ROUNDED]]


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("photometric", "extra_samples", "mode"),
    [(2, (), "RGB"), (2, [0], "RGB"), (2, [2], "RGBA"), (5, (), "CMYK")],
)
def test_16_bit_color_tiff_is_rounded(photometric, extra_samples, mode, byte_order, compressed):
    n_planes = 3 if photometric == 2 and not extra_samples else 4
    planes = [np.array([[0, 128], [129, 65_535]], np.uint16)] * n_planes
    picture = decode(
        tiff(
            planes,
            photometric=photometric,
            extra_samples=extra_samples,
            interleaved=True,
            byte_order=byte_order,
            compressed=compressed,
        )
    )
    expected = np.array([[0, 0], [1, 255]])
    if mode == "CMYK":  # no ink is white
        assert picture.pixels[..., 0].tolist() == [[255, 255], [253, 0]]
    else:
        assert gray(picture) == expected.tolist()
    assert (picture.mode, picture.notes[0]) == (mode, TO_8)
    if mode == "RGBA":
        assert picture.alpha.tolist() == expected.tolist()


@pytest.mark.parametrize("compressed", [False, True])
def test_16_bit_tiff_in_separate_planes_keeps_its_upper_bytes(compressed):
    planes = [np.array([[sample, 256 * sample]], np.uint16) for sample in (10, 20, 250)]
    picture = decode(tiff(planes, photometric=2, compressed=compressed))
    assert picture.pixels.tolist() == [[[0, 0, 0], [10, 20, 250]]]


def test_a_16_bit_ramp_gives_evenly_spaced_grays():
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    counts = np.bincount(np.ravel(gray(decode(encode(Image.fromarray(ramp), "TIFF")))))
    assert counts.tolist() == [129, *[257] * 254, 129]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_32_bit_ramps_are_not_clipped(mode):
    ramp = Image.fromarray(np.array([[0, 13_107, 26_214, 65_535]], np.int32)).convert(mode)
    picture = decode(encode(ramp, "TIFF"))
    assert gray(picture) == [[0, 51, 102, 255]]
    assert picture.notes == ("values from 0 to 65535 shown as 0 to 255",)


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["i2", "i4"])
def test_signed_integers_are_shown_by_their_own_range(kind, byte_order, compressed):
    plane = np.array([[-100, 0, 100]], kind)
    source = tiff([plane], sample_format=2, byte_order=byte_order, compressed=compressed)
    picture = decode(source)
    assert gray(picture) == [[0, 128, 255]]
    assert picture.notes == ("values from -100 to 100 shown as 0 to 255",)


def test_large_and_small_integers_are_shown_by_their_own_range():
    assert gray(decode(tiff([np.array([[0, 2**31, 2**32 - 1]], np.uint32)]))) == [[0, 128, 255]]
    assert gray(decode(tiff([np.array([[-1, 0, 1]], np.int8)], sample_format=2))) == [[0, 128, 255]]
    assert gray(decode(tiff([np.array([[7, 7]], np.uint32)]))) == [[0, 0]]


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.25, 0.5, 0.75], [64, 128, 191]),  # 63.75, 127.5 to the even one, 191.25
        ([0, 1, 4], [0, 64, 255]),
        ([-1, np.nan, 1], [0, 0, 255]),
        ([0, 0.6, np.inf], [0, 153, 255]),
    ],
)
def test_floats_are_shown_from_0_to_1_or_by_their_own_range(
    values, expected, byte_order, compressed
):
    plane = np.array([values], np.float32)
    source = tiff([plane], sample_format=3, byte_order=byte_order, compressed=compressed)
    assert gray(decode(source)) == [expected]


def test_floats_in_which_white_is_zero():
    source = tiff([np.array([[0, 1, 4]], np.float32)], photometric=0, sample_format=3)
    assert gray(decode(source)) == [[255, 191, 0]]


def test_netpbm_scales_by_its_own_maximum():
    assert gray(decode(b"P5 3 1 1000\n" + struct.pack(">3H", 0, 500, 1000))) == [[0, 128, 255]]
    assert gray(decode(b"P5 8 1 65535\n" + struct.pack(">8H", *SAMPLES))) == [ROUNDED]
    assert decode(b"P6 1 1 1000\n" + struct.pack(">3H", 0, 250, 1000)).pixels.tolist() == [
        [[0, 64, 255]]
    ]


def test_12_bits_have_a_white_of_their_own():
    source = bytearray(tiff([np.zeros((1, 6), np.uint8)]))
    at = source.index(struct.pack("<HHII", 258, 4, 1, 8))
    source[at + 8 : at + 12] = struct.pack("<I", 12)
    at = source.index(struct.pack("<HHII", 256, 4, 1, 6))
    source[at + 8 : at + 12] = struct.pack("<I", 4)
    source[-6:] = bytes.fromhex("000fff800010")
    picture = decode(bytes(source))
    assert gray(picture) == [[0, 255, 128, 1]]
    assert picture.notes == ("12 bits a channel reduced to 8",)


def test_reducing_comes_last():
    image = Image.new("I;16", (80, 40), 65_535)
    assert gray(decode(encode(image), Reading(reduce=4))) == [[255] * 4] * 2
