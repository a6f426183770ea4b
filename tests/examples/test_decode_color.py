import numpy as np
import pytest
from PIL import Image
from sources import (
    SRGB_PROFILE,
    SWAPPED_PROFILE,
    black_ink_profile,
    display_p3_profile,
    encode,
    linear_gray_profile,
    one_way_profile,
)

from batchquant.images.read.color_profile import colors_in_profile, colors_to_srgb, leads_one_way
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

AS_SRGB = Reading(color_profile="srgb")
COLORS = Image.fromarray(np.array([[[250, 120, 10], [0, 0, 255]]], dtype=np.uint8))
IGNORED = "color profile ignored: it is damaged or does not fit the picture"


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "JPEG", "WEBP", "AVIF"])
def test_a_profile_is_carried_on(format_name):
    picture = decode(encode(COLORS, format_name, icc_profile=SWAPPED_PROFILE))
    assert picture.icc_profile == SWAPPED_PROFILE
    assert picture.notes == ()


def test_kept_colors_are_untouched_and_converted_ones_are_srgb():
    source = encode(COLORS, icc_profile=SWAPPED_PROFILE)
    assert decode(source).pixels.tolist() == [[[250, 120, 10], [0, 0, 255]]]
    picture = decode(source, AS_SRGB)
    assert np.abs(picture.pixels.astype(int) - [[[10, 120, 250], [255, 0, 0]]]).max() <= 1
    assert picture.icc_profile is None
    assert picture.notes == ()


@pytest.mark.parametrize("profile", [b"no profile", SRGB_PROFILE[:300], black_ink_profile()])
def test_a_profile_that_is_damaged_or_of_other_colors_is_ignored(profile):
    for reading in (Reading(), AS_SRGB):
        picture = decode(encode(COLORS, icc_profile=profile), reading)
        assert picture.pixels.tolist() == [[[250, 120, 10], [0, 0, 255]]]
        assert (picture.icc_profile, picture.notes) == (None, (IGNORED,))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_profile_that_leads_only_one_way_is_not_carried_on(mode):
    source = encode(COLORS.convert(mode), icc_profile=one_way_profile())
    picture = decode(source)
    assert picture.icc_profile is None
    assert picture.notes == ("converted to sRGB: its color profile leads there, and not back",)
    red, green, blue = picture.pixels[0, 0].tolist()
    assert red == green == blue  # of the lightness of its red: nearly white, but as gray
    assert (red > 240) == (mode != "L")
    assert decode(source, AS_SRGB).pixels.tolist() == picture.pixels.tolist()
    assert decode(source, AS_SRGB).notes == ()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_becomes_srgb_by_its_own_profile(mode):
    image = Image.new(mode, (1, 1), 128 if mode == "L" else (128, 7))
    picture = decode(encode(image, icc_profile=linear_gray_profile()))
    assert picture.pixels.tolist() == [
        [[188, 188, 188]]
    ]  # 1.055 * (128 / 255) ** (1 / 2.4) - 0.055
    assert picture.icc_profile is None
    assert picture.notes == ("gray converted to sRGB through its color profile",)


def test_gray_keeps_a_profile_of_rgb_which_fits_it():
    picture = decode(encode(Image.new("L", (1, 1), 128), icc_profile=SWAPPED_PROFILE))
    assert picture.pixels.tolist() == [[[128, 128, 128]]]
    assert picture.icc_profile == SWAPPED_PROFILE


@pytest.mark.parametrize("reading", [Reading(), AS_SRGB])
def test_cmyk_becomes_srgb_with_and_without_profile(reading):
    inks = Image.new("CMYK", (2, 1), (255, 0, 0, 0))
    inks.putpixel((1, 0), (0, 0, 0, 255))
    plain = decode(encode(inks, "TIFF"), reading)
    assert plain.pixels.tolist() == [[[0, 255, 255], [0, 0, 0]]]
    assert (plain.mode, plain.notes) == ("CMYK", ("CMYK converted without a color profile",))
    # On the printer of this profile, cyan does not show.
    printed = decode(encode(inks, "TIFF", icc_profile=black_ink_profile()), reading)
    assert printed.pixels.tolist() == [[[255, 255, 255], [0, 0, 0]]]
    assert printed.icc_profile is None
    assert printed.notes == ("CMYK converted to sRGB through its color profile",)
    damaged = decode(encode(inks, "TIFF", icc_profile=SRGB_PROFILE), reading)
    assert damaged.pixels.tolist() == plain.pixels.tolist()
    assert damaged.notes == (IGNORED, "CMYK converted without a color profile")


def test_lab_becomes_srgb():
    image = Image.new("LAB", (2, 1), (255, 128, 128))
    image.putpixel((1, 0), (0, 128, 128))
    picture = decode(encode(image, "TIFF"))
    assert np.abs(picture.pixels.astype(int) - [[[255] * 3, [0] * 3]]).max() <= 1
    assert (picture.mode, picture.notes) == ("LAB", ("Lab converted to sRGB",))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_gray_bilevel_and_palette_become_rgb(mode):
    image = Image.fromarray(np.array([[0, 255]], dtype=np.uint8)).convert(mode)
    picture = decode(encode(image))
    assert picture.pixels.tolist() == [[[0, 0, 0], [255, 255, 255]]]
    assert (picture.mode, picture.alpha, picture.notes) == (mode, None, ())


def test_ycbcr_becomes_rgb():
    picture = decode(encode(Image.new("YCbCr", (1, 1), (128, 128, 128)), "TIFF"))
    assert picture.pixels.tolist() == [[[128, 128, 128]]]


def test_a_channel_that_is_not_alpha_is_not_seen():
    picture = decode(encode(Image.new("RGBX", (1, 1), (1, 2, 3, 0)), "TIFF"))
    assert picture.pixels.tolist() == [[[1, 2, 3]]]
    assert picture.alpha is None


def test_colors_are_found_in_a_profile_and_back():
    profile = display_p3_profile()
    srgb = [(255, 255, 255), (250, 31, 49), (0, 0, 0), (128, 128, 128)]
    stored = colors_in_profile(srgb, profile)
    assert np.abs(np.subtract(stored[1], (230, 60, 60))).max() <= 1
    back = colors_to_srgb(np.array(stored, np.uint8), profile)
    assert np.abs(back.astype(int) - srgb).max() <= 2
    assert colors_in_profile(srgb, None) == tuple(srgb)
    assert colors_in_profile([], profile) == ()
    assert colors_to_srgb(np.empty((0, 3), np.uint8), profile).shape == (0, 3)


def test_a_profile_of_other_colors_leads_nowhere():
    profiles = one_way_profile(), display_p3_profile(), black_ink_profile(), linear_gray_profile()
    assert [leads_one_way(profile) for profile in profiles] == [True, False, False, False]
    assert not leads_one_way(b"no profile")


def test_colors_that_are_the_same_in_a_profile_are_one():
    dark = [(0, 0, level) for level in range(8)]
    assert len(colors_in_profile(dark, display_p3_profile())) < len(dark)
