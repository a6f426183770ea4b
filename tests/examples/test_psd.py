import struct

import numpy as np
import pytest
from photoshop_sources import deep_layers, layers, picture, psd, version_info
from sources import SWAPPED_PROFILE, black_ink_profile

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

RED, GREEN, BLUE, ALPHA = picture()
COLORS = np.dstack([RED, GREEN, BLUE])
TO_8 = "16 bits a channel reduced to 8"
LEFT = "1 more channel left out"


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_the_composite_is_shown(runs, large):
    found = decode(psd([RED, GREEN, BLUE], runs=runs, large=large, resources=[version_info(1)]))
    assert found.pixels.tolist() == COLORS.tolist()
    assert (found.source_format, found.mode, found.alpha, found.notes) == ("PSD", "RGB", None, ())


@pytest.mark.parametrize("runs", [False, True])
def test_16_bits_are_rounded(runs):
    found = decode(psd([257 * plane for plane in (RED, GREEN, BLUE)], bits=16, runs=runs))
    assert found.pixels.tolist() == COLORS.tolist()
    assert (found.mode, found.notes) == ("RGB;16", (TO_8,))


def test_32_bits_are_linear_light():
    found = decode(psd([np.array([[0.0, 0.5, 1.0, 7.5]])], 1, 32))
    assert found.pixels[0, :, 0].tolist() == [0, 188, 255, 255]
    assert found.notes == ("linear light, clipped at 1, converted to sRGB",)


@pytest.mark.parametrize("told", [layers(-1), deep_layers(-2)])
def test_transparency_of_layers_is_alpha_and_white_is_taken_off(told):
    """Photoshop has laid the composite onto white."""
    opacity = ALPHA[..., np.newaxis] / 255
    on_white = np.rint(COLORS * opacity + 255 * (1 - opacity)).astype(int)
    found = decode(psd([*np.moveaxis(on_white, 2, 0), ALPHA], layers=told))
    assert found.alpha.tolist() == ALPHA.tolist()
    assert np.abs(found.pixels.astype(int) - COLORS).max() <= 3  # half a level / 0.2
    assert found.notes == ()


@pytest.mark.parametrize("told", [b"", layers(1), deep_layers(1)])
def test_a_saved_selection_is_no_alpha(told):
    found = decode(psd([RED, GREEN, BLUE, ALPHA], layers=told))
    assert found.pixels.tolist() == COLORS.tolist()
    assert (found.alpha, found.notes) == (None, (LEFT,))


def test_other_color_modes():
    gray = decode(psd([RED, ALPHA], 1, layers=layers(-1)))
    assert gray.alpha.tolist() == ALPHA.tolist()
    assert gray.pixels[0, 0].tolist() == [0, 0, 0]
    bitmap = decode(psd([RED > 100], 0, 1))  # one is black
    assert bitmap.pixels[0, :, 0].tolist() == [255, 255, 0, 0]
    indexed = decode(psd([RED], 2, palette=bytes(range(256)) + bytes(256) + b"\7" * 256))
    assert indexed.pixels[0].tolist() == [[0, 0, 7], [85, 0, 7], [170, 0, 7], [255, 0, 7]]
    transparent = psd([RED], 2, palette=bytes(768), resources=[(1047, struct.pack(">H", 85))])
    assert decode(transparent).alpha[0].tolist() == [255, 0, 255, 255]


def test_lab_becomes_srgb():
    found = decode(psd([np.array([[128]]), np.array([[128]]), np.array([[128]])], 9))
    assert np.abs(found.pixels.astype(int) - 119).max() <= 1  # L 50.2
    found = decode(psd([np.array([[138]]), np.array([[209]]), np.array([[198]])], 9))
    assert np.abs(found.pixels[0, 0].astype(int) - [255, 0, 0]).max() <= 6  # L 54, a 81, b 70


def test_all_ink_is_zero_and_the_profile_tells_its_color():
    paper = [np.full((1, 1), 255)] * 4
    inked = [*paper[:3], np.zeros((1, 1))]
    profile = [(1039, black_ink_profile())]
    assert decode(psd(paper, 4, resources=profile)).pixels.tolist() == [[[255, 255, 255]]]
    found = decode(psd(inked, 4, resources=profile))
    assert found.pixels.max() <= 1
    assert found.notes == ("CMYK converted to sRGB through its color profile",)


def test_dpi_and_profile_are_carried_on():
    told = struct.pack(">IHHIHH", 300 << 16, 1, 2, 150 << 16, 1, 2)
    found = decode(psd([RED, GREEN, BLUE], resources=[(1005, told), (1039, SWAPPED_PROFILE)]))
    assert (found.dpi, found.icc_profile) == ((300.0, 150.0), SWAPPED_PROFILE)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (psd([RED] * 3, resources=[version_info(0)]), "without a flat copy of its layers"),
        (psd([RED], 8), "PSD of duotone"),
        (psd([RED, GREEN], 7), "PSD of several inks"),
        (psd([RED, GREEN, BLUE])[:-1], "the file ends too early"),
        (psd([RED, GREEN, BLUE], runs=True)[:-1], "unreadable: "),
        (psd([RED, GREEN, BLUE])[:30], "unreadable: "),
        (psd([np.zeros((0, 9))] * 3), "found 9 x 0 pixels"),
        (psd([RED, GREEN]), "found 2 channels, expected 3"),
    ],
)
def test_what_would_come_out_otherwise_is_refused(source, reason):
    with pytest.raises(ImageError, match=reason):
        decode(source)


def test_limits_and_frames():
    source = psd([RED, GREEN, BLUE])
    with pytest.raises(ImageError, match="too_large: 4 x 3 pixels, more than the 11 "):
        decode(source, Reading(max_pixels=11))
    with pytest.raises(ImageError, match="there is no frame 2, it has 1 frame"):
        decode(source, Reading(frame=1))
