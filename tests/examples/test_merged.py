"""Colors and counts: as bytes and back, and those of many pictures as of one."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.merged import merge_colors, pack_colors, unpack_colors
from batchquant.quantization.color.weights import weights_of

PIXELS = arrays.arrays(
    np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8).map(lambda s: (*s, 3))
)


@given(PIXELS)
def test_what_is_packed_comes_back(pixels):
    counted = count_colors(pixels)
    colors, counts = unpack_colors(pack_colors(counted.colors, counted.counts))
    assert (colors.dtype, counts.dtype) == (np.uint8, np.int64)
    assert colors.tolist() == counted.colors.tolist()
    assert counts.tolist() == counted.counts.tolist()


def test_no_color_at_all_comes_back():
    colors, counts = unpack_colors(pack_colors(np.empty((0, 3), np.uint8), np.empty(0, np.int64)))
    assert (colors.shape, counts.shape) == ((0, 3), (0,))


def test_counts_of_many_pictures_come_back():
    counts = np.array([1, 1 << 40])
    packed = pack_colors(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), counts)
    assert unpack_colors(packed)[1].tolist() == counts.tolist()


@pytest.mark.parametrize(
    "content",
    [
        b"no numbers",
        zlib.compress(b"1234"),
        zlib.compress(bytes([0, 0, 0, 0, 0, 0]) + bytes([1, 1] + [0] * 14)),  # black, twice
        zlib.compress(bytes([255, 1, 255, 0, 255, 0]) + bytes([1, 1] + [0] * 14)),  # behind white
        zlib.compress(bytes(11)),  # it does not occur
        pack_colors(np.zeros((1, 3), np.uint8), np.array([1]))[:-3],
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(ValueError):
        unpack_colors(content)


@given(st.lists(PIXELS, max_size=4))
def test_merged_they_are_those_of_all_pixels(pictures):
    parts = [count_colors(pixels) for pixels in pictures]
    colors, counts, unit = merge_colors((part.colors, part.counts, 1) for part in parts)
    flat = np.concatenate([pixels.reshape(-1, 3) for pixels in pictures] or [np.empty((0, 3))])
    expected, times = np.unique(flat, axis=0, return_counts=True)
    assert colors.tolist() == expected.tolist()
    assert (counts.tolist(), unit) == (times.tolist(), 1)


def test_beside_soft_alpha_an_opaque_pixel_counts_255():
    soft = count_colors(np.zeros((1, 2, 3), np.uint8), weights_of(np.array([[7, 255]], np.uint8)))
    opaque = count_colors(np.array([[[0, 0, 0], [9, 9, 9]]], np.uint8))
    parts = [(each.colors, each.counts, each.unit) for each in (opaque, soft, opaque)]
    colors, counts, unit = merge_colors(parts)
    assert colors.tolist() == [[0, 0, 0], [9, 9, 9]]
    assert (counts.tolist(), unit) == ([7 + 255 + 2 * 255, 2 * 255], 255)
