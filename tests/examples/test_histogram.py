import numpy as np
import pytest

from batchquant.quantization.color.histogram import BLOCK, count_colors, look_up
from batchquant.quantization.color.weights import weights_of


def test_colors_are_sorted_and_counted():
    pixels = np.array(
        [[[0, 0, 1], [255, 0, 0]], [[0, 1, 0], [0, 0, 1]], [[0, 0, 1], [0, 0, 0]]], dtype=np.uint8
    )
    histogram = count_colors(pixels)
    assert histogram.colors.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [255, 0, 0]]
    assert histogram.counts.tolist() == [1, 3, 1, 1]
    assert histogram.color_index.tolist() == [[1, 3], [2, 1], [1, 0]]


def test_a_single_color_is_one_entry():
    histogram = count_colors(np.full((5, 7, 3), 255, dtype=np.uint8))
    assert histogram.colors.tolist() == [[255, 255, 255]]
    assert histogram.counts.tolist() == [35]


def test_a_look_up_over_several_blocks_is_numpy_s_own():
    rng = np.random.default_rng(0)
    table = rng.integers(0, 256, 1000).astype(np.uint8)
    index = rng.integers(0, 1000, (3, BLOCK)).astype(np.uint32)
    assert np.array_equal(look_up(table, index), table[index])


def test_a_look_up_may_take_the_place_of_its_index():
    index = np.array([2, 0, 2], dtype=np.uint32)
    assert look_up(np.array([7, 8, 9], dtype=np.uint32), index, out=index) is index
    assert index.tolist() == [9, 7, 9]


def test_hidden_pixels_are_not_counted():
    pixels = np.array([[[9, 0, 0], [1, 1, 1], [9, 0, 0]]], dtype=np.uint8)
    histogram = count_colors(pixels, np.array([[True, False, True]]))
    assert histogram.colors.tolist() == [[9, 0, 0]]
    assert histogram.counts.tolist() == [2]
    assert histogram.color_index[0, [0, 2]].tolist() == [0, 0]


def test_pixels_of_soft_alpha_count_by_it():
    pixels = np.array([[[9, 0, 0], [1, 1, 1], [9, 0, 0], [2, 2, 2]]], dtype=np.uint8)
    histogram = count_colors(pixels, weights_of(np.array([[255, 0, 1, 7]], np.uint8)))
    assert histogram.colors.tolist() == [[2, 2, 2], [9, 0, 0]]
    assert (histogram.counts.tolist(), histogram.unit) == ([7, 256], 255)


def test_alpha_is_summed_up_over_several_blocks():
    rng = np.random.default_rng(0)
    pixels = rng.choice(np.array([0, 255], np.uint8), (3, BLOCK, 3))
    alpha = rng.integers(0, 256, (3, BLOCK), dtype=np.uint8)
    histogram = count_colors(pixels, weights_of(alpha))
    sums = [alpha[(pixels == color).all(axis=2)].sum(dtype=int) for color in histogram.colors]
    assert histogram.counts.tolist() == sums


@pytest.mark.parametrize(
    ("alpha", "weights", "unit"),
    [
        ([0, 255, 255], [False, True, True], 1),
        ([0, 1, 255], [0, 1, 255], 255),
        ([254, 254, 254], [254] * 3, 255),
        ([0, 0, 0], [False] * 3, 1),
    ],
)
def test_only_soft_alpha_weighs(alpha, weights, unit):
    found = weights_of(np.array([alpha], np.uint8))
    assert found.tolist() == [weights]
    assert count_colors(np.ones((1, 3, 3), np.uint8), found).unit == unit


def test_a_picture_without_visible_pixels_has_no_colors():
    histogram = count_colors(np.ones((2, 2, 3), np.uint8), np.zeros((2, 2), bool))
    assert histogram.colors.shape == (0, 3)
    assert histogram.color_index.tolist() == [[0, 0], [0, 0]]
