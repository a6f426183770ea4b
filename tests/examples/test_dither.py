import numpy as np
import pytest

from batchquant.quantization.dither import dither

BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)


def gray(levels):
    return np.repeat(levels.astype(np.uint8)[..., np.newaxis], 3, axis=-1)


def test_areas_of_a_ramp_keep_their_mean():
    ramp = gray(np.tile(np.linspace(16, 240, 256), (64, 1)))
    indices = dither(ramp, BLACK_AND_WHITE)
    assert (indices.shape, indices.dtype) == ((64, 256), np.uint8)
    nearest = ramp[..., 0] >= 128
    for left in range(0, 256, 32):
        area = slice(left, left + 32)
        mean = ramp[:, area].mean()
        assert abs(255 * indices[:, area].mean() - mean) < 4
        assert abs(255 * nearest[:, area].mean() - mean) > 25


def test_the_error_goes_to_the_neighbors():
    # 100 → 0 misses by 100, of which 7/16 go right: 143 → 255, misses by -112: 51 → 0 ...
    assert dither(gray(np.array([[100, 100, 100]])), BLACK_AND_WHITE).tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("n_colors", [1, 2, 3, 16, 17, 255, 256])
def test_palette_colors_are_themselves_in_any_order(n_colors):
    levels = np.mgrid[20:256:30, 20:256:30, 20:256:60].reshape(3, -1).T.astype(np.uint8)
    palette = np.random.default_rng(n_colors).permutation(levels)[:n_colors]
    assert dither(palette[np.newaxis], palette).tolist() == [list(range(n_colors))]


@pytest.mark.parametrize("n_colors", [1, 2, 5, 200])
def test_no_entry_is_used_that_the_palette_lacks(n_colors):
    rng = np.random.default_rng(n_colors)
    palette = rng.integers(90, 150, (n_colors, 3)).astype(np.uint8)
    extremes = rng.choice(np.array([0, 120, 255], np.uint8), (40, 50, 3))
    assert dither(extremes, palette).max() < n_colors


def test_arguments_are_not_modified():
    pixels = gray(np.arange(12).reshape(3, 4) * 20)
    palette = BLACK_AND_WHITE.copy()
    before = pixels.copy()
    dither(pixels, palette)
    assert np.array_equal(pixels, before)
    assert np.array_equal(palette, BLACK_AND_WHITE)
