from fractions import Fraction

import numpy as np
import pytest

from batchquant.quantization.color import spaces
from batchquant.quantization.color.spaces import oklab_to_srgb, srgb_to_oklab

GRID = np.stack(np.meshgrid(*[np.arange(0, 256, 17)] * 3), axis=-1).reshape(-1, 3).astype(np.uint8)


def random_colors(n):
    return np.random.default_rng(0).integers(0, 256, (n, 3), dtype=np.uint8)


# Values of the reference implementation, as CSS Color 4 and others quote them.
@pytest.mark.parametrize(
    ("color", "oklab"),
    [
        ((255, 255, 255), (1, 0, 0)),
        ((255, 0, 0), (0.627955, 0.224863, 0.125846)),
        ((0, 255, 0), (0.866440, -0.233888, 0.179498)),
        ((0, 0, 255), (0.452014, -0.032457, -0.311528)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_colors_have_their_published_values(color, oklab):
    found = srgb_to_oklab(np.array([color], dtype=np.uint8))
    np.testing.assert_allclose(found, [oklab], rtol=0, atol=5e-7)


# Ottosson's table of pairs of XYZ and Lab has three digits; sRGB from XYZ as in IEC 61966-2-1.
@pytest.mark.parametrize(
    ("xyz", "oklab"),
    [
        ((0.950, 1.000, 1.089), (1.000, 0.000, 0.000)),
        ((1.000, 0.000, 0.000), (0.450, 1.236, -0.019)),
        ((0.000, 1.000, 0.000), (0.922, -0.671, 0.263)),
        ((0.000, 0.000, 1.000), (0.153, -1.415, -0.449)),
    ],
)
def test_the_published_pairs_hold_in_linear_light(xyz, oklab):
    srgb_from_xyz = np.array(
        [
            [3.2404542, -1.5371385, -0.4985314],
            [-0.9692660, 1.8760108, 0.0415560],
            [0.0556434, -0.2040259, 1.0572252],
        ]
    )
    cones = np.array(spaces.LMS_FROM_SRGB) @ srgb_from_xyz @ xyz
    found = np.array(spaces.OKLAB_FROM_LMS) @ np.cbrt(cones)
    np.testing.assert_allclose(found, oklab, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("forward", "inverse"),
    [
        (spaces.LMS_FROM_SRGB, spaces.SRGB_FROM_LMS),
        (spaces.OKLAB_FROM_LMS, spaces.LMS_FROM_OKLAB),
    ],
)
def test_the_inverse_matrices_are_inverse(forward, inverse):
    for i, row in enumerate(inverse):
        for j, column in enumerate(zip(*forward, strict=True)):
            exact = sum(Fraction(a) * Fraction(b) for a, b in zip(row, column, strict=True))
            assert abs(exact - (i == j)) < 1e-15


def test_grays_are_gray():
    grays = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lightness, a, b = srgb_to_oklab(grays).T
    assert (np.diff(lightness) > 0).all()
    assert abs(a).max() < 1e-7
    assert abs(b).max() < 1e-7


def test_a_grid_of_colors_comes_back():
    back = oklab_to_srgb(srgb_to_oklab(GRID))
    np.testing.assert_allclose(back, GRID, rtol=0, atol=1e-9)


def test_colors_of_the_faces_of_the_cube_come_back():
    """The faces hold the darkest, the most colorful and both ends of each channel."""
    levels = np.arange(256, dtype=np.uint8)
    first, second = (axis.ravel() for axis in np.meshgrid(levels, levels))
    for channel in range(3):
        for level in (0, 255):
            face = np.insert(np.stack([first, second], axis=1), channel, level, axis=1)
            assert abs(oklab_to_srgb(srgb_to_oklab(face)) - face).max() < 1e-9


def test_points_outside_srgb_are_not_clipped():
    brighter, greener = oklab_to_srgb(np.array([[1.1, 0.0, 0.0], [0.8, -0.4, 0.2]]))
    assert (brighter > 255).all()
    assert greener[0] < 0 < greener[1]


def test_bytes_and_floats_of_one_value_are_one_color():
    colors = random_colors(1000)
    assert srgb_to_oklab(colors).tobytes() == srgb_to_oklab(colors.astype(np.float64)).tobytes()


@pytest.mark.parametrize("convert", [srgb_to_oklab, lambda colors: oklab_to_srgb(colors / 255)])
def test_a_color_has_the_same_bytes_in_any_company(convert):
    colors = random_colors(1003)
    whole = convert(colors)
    for size in (1, 2, 3, 7, 64, 1000):
        parts = [convert(colors[start : start + size]) for start in range(0, len(colors), size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert convert(colors[::-1]).tobytes() == whole[::-1].tobytes()
    assert convert(colors[::3]).tobytes() == whole[::3].tobytes()
    assert convert(np.asfortranarray(colors)).tobytes() == whole.tobytes()


def test_more_colors_than_a_block(monkeypatch):
    colors = random_colors(100)
    whole = srgb_to_oklab(colors)
    monkeypatch.setattr(spaces, "BLOCK", 32)
    assert srgb_to_oklab(colors).tobytes() == whole.tobytes()


def test_no_colors():
    assert srgb_to_oklab(np.empty((0, 3), dtype=np.uint8)).shape == (0, 3)
    assert oklab_to_srgb(np.empty((0, 3))).shape == (0, 3)
