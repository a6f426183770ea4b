import numpy as np

from batchquant.color.histogram import count_colors


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
