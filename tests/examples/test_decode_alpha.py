import struct

import numpy as np
import pytest
from PIL import Image
from sources import SWAPPED_PROFILE, encode, png, tiff

from batchquant.images.read.compositing import lay_onto
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

RGBA = np.array([[[255, 0, 0, 255], [1, 2, 3, 0], [255, 0, 0, 51]]], dtype=np.uint8)


def test_alpha_is_kept_beside_the_colors_hidden_ones_too():
    picture = decode(encode(Image.fromarray(RGBA)))
    assert picture.pixels.tolist() == [[[255, 0, 0], [1, 2, 3], [255, 0, 0]]]
    assert picture.alpha.tolist() == [[255, 0, 51]]


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ((255, 255, 255), [[255, 0, 0], [255, 255, 255], [255, 204, 204]]),
        ((0, 10, 101), [[255, 0, 0], [0, 10, 101], [51, 8, 81]]),
    ],
)
def test_alpha_is_flattened_onto_a_color(background, expected):
    reading = Reading(alpha="flatten", background=background)
    picture = decode(encode(Image.fromarray(RGBA)), reading)
    assert picture.pixels.tolist() == [expected]
    assert picture.alpha is None


def test_the_background_means_srgb_whatever_the_profile():
    source = encode(Image.fromarray(RGBA), icc_profile=SWAPPED_PROFILE)
    reading = Reading(alpha="flatten", background=(250, 120, 10))
    shown = decode(source, reading).pixels[0, 1].astype(int)
    assert np.abs(shown - [10, 120, 250]).max() <= 1


def test_alpha_that_is_opaque_everywhere_is_none():
    opaque = Image.fromarray(np.full((2, 2, 4), 255, np.uint8))
    picture = decode(encode(opaque))
    assert (picture.alpha, picture.mode) == (None, "RGBA")


def test_a_picture_that_is_transparent_everywhere_stays_so():
    assert decode(encode(Image.new("RGBA", (2, 1)))).alpha.tolist() == [[0, 0]]


def test_an_empty_alpha_channel_of_tga_is_no_alpha():
    picture = decode(encode(Image.new("RGBA", (2, 1), (1, 2, 3, 0)), "TGA"))
    assert picture.pixels.tolist() == [[[1, 2, 3], [1, 2, 3]]]
    assert picture.alpha is None
    assert picture.notes == ("alpha channel ignored: it is empty",)


@pytest.mark.parametrize(
    ("transparency", "alpha"), [(1, [[255, 0]]), (b"\x40\x80", [[64, 128]]), (b"\x40", [[64, 255]])]
)
@pytest.mark.parametrize("profile", [None, SWAPPED_PROFILE])
def test_transparency_of_palette_entries(transparency, alpha, profile):
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60])
    picture = decode(encode(image, transparency=transparency, icc_profile=profile))
    assert picture.pixels.tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert picture.alpha.tolist() == alpha


def test_transparency_of_gif():
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60])
    assert decode(encode(image, "GIF", transparency=0)).alpha.tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("bits", "samples", "key", "grays", "alpha"),
    [
        (1, b"\x40", 1, [0, 255], [255, 0]),
        (2, b"\x60", 1, [85, 170], [0, 255]),
        (4, b"\x3a", 10, [51, 170], [255, 0]),
        (8, b"\x3a\xff", 255, [58, 255], [255, 0]),
        (16, b"\x01\x01\x01\x02", 0x0101, [1, 1], [0, 255]),
    ],
)
def test_a_gray_that_stands_for_transparency(bits, samples, key, grays, alpha):
    picture = decode(png(2, 1, bits, 0, samples, (b"tRNS", struct.pack(">H", key))))
    assert picture.pixels[..., 0].tolist() == [grays]
    assert picture.alpha.tolist() == [alpha]


def test_a_color_that_stands_for_transparency():
    key = (b"tRNS", struct.pack(">3H", 1, 2, 3))
    picture = decode(png(2, 1, 8, 2, bytes([1, 2, 3, 1, 2, 4]), key))
    assert picture.pixels.tolist() == [[[1, 2, 3], [1, 2, 4]]]
    assert picture.alpha.tolist() == [[0, 255]]


def test_a_16_bit_color_that_stands_for_transparency_is_compared_in_16_bits():
    key = (b"tRNS", struct.pack(">3H", 257, 514, 771))
    samples = struct.pack(">6H", 257, 514, 771, 257, 514, 772)
    picture = decode(png(2, 1, 16, 2, samples, key))
    assert picture.pixels.tolist() == [[[1, 2, 3], [1, 2, 3]]]
    assert picture.alpha.tolist() == [[0, 255]]


@pytest.mark.parametrize(("n_colors", "photometric"), [(1, 1), (3, 2)])
def test_premultiplied_colors_become_what_they_are(n_colors, photometric):
    planes = [np.full((1, 1), level, np.uint8) for level in [20] * n_colors + [51]]
    picture = decode(tiff(planes, photometric=photometric, extra_samples=[1], interleaved=True))
    assert picture.pixels.tolist() == [[[100, 100, 100]]]  # 20 * 255 / 51
    assert picture.alpha.tolist() == [[51]]


def test_premultiplied_colors_of_16_bits_are_divided_before_they_are_rounded():
    planes = [np.full((2, 3), value, np.uint16) for value in (5355, 4367, 4029, 24976)]
    picture = decode(tiff(planes, photometric=2, extra_samples=[1], interleaved=True))
    assert picture.pixels[0, 0].tolist() == [55, 45, 41]  # by upper bytes 52, 44 and 39
    assert picture.alpha[0, 0] == 97


@pytest.mark.parametrize("interleaved", [False, True])
def test_planes_that_pillow_mistakes_are_read_all_the_same(interleaved):
    planes = [np.full((1, 1), level, np.uint8) for level in (20, 51)]
    picture = decode(tiff(planes, extra_samples=[2], interleaved=interleaved))
    assert (picture.pixels.tolist(), picture.alpha.tolist()) == ([[[20, 20, 20]]], [[51]])


def test_a_pixel_is_laid_onto_a_color_by_its_alpha_and_rounded():
    black = np.zeros((1, 1, 3), np.uint8)
    assert lay_onto((255, 0, 0), black, np.array([[51]], np.uint8)).tolist() == [[[204, 0, 0]]]
