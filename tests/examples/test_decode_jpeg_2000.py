"""Palettes of JPEG 2000, which Pillow does not write."""

import numpy as np
import pytest
from container_sources import with_palette

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode

TWICE = [(0, 0, 0), (0, 0, 0), (255, 0, 0), (0, 255, 0)]


def test_a_color_may_be_there_twice():
    picture = decode(with_palette(TWICE))
    assert picture.pixels[1].tolist() == [list(color) for color in TWICE]
    assert (picture.mode, picture.alpha) == ("P", None)


@pytest.mark.parametrize("space", [16, 17])
def test_numbers_beyond_the_palette_show_its_last_color(space):
    source = with_palette(TWICE[:3], space=space)
    assert decode(source).pixels[0, 2:].tolist() == [[255, 0, 0], [255, 0, 0]]


def test_entries_of_other_depths_are_scaled():
    assert decode(with_palette([(0, 7, 15)] * 4, bits=4)).pixels[0, 0].tolist() == [0, 119, 255]
    deep = with_palette([(0, 514, 1023)] * 4, bits=10, space=17)
    assert decode(deep).pixels[0, 0].tolist() == [0, 128, 255]


def test_more_than_256_colors():
    numbers = np.arange(300, dtype=np.uint16).reshape(10, 30)
    entries = [(n % 256, n // 256, 9) for n in range(300)]
    picture = decode(with_palette(entries, numbers=numbers, space=17))
    assert picture.pixels.reshape(-1, 3).tolist() == [list(entry) for entry in entries]


def test_columns_are_mapped_to_channels():
    source = with_palette([(1, 2, 3)] * 4, mapping=[(0, 1, 2), (0, 1, 0), (0, 1, 1)])
    assert decode(source).pixels[0, 0].tolist() == [3, 1, 2]


def test_channels_are_what_they_are_defined_as():
    order = [(0, 0, 3), (1, 0, 2), (2, 0, 1)]  # blue, green, red
    assert decode(with_palette([(1, 2, 3)] * 4, kinds=order)).pixels[0, 0].tolist() == [3, 2, 1]
    alpha_first = [(0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3)]
    picture = decode(with_palette([(51, 20, 0, 0)] * 4, kinds=alpha_first))
    assert (picture.pixels[0, 0].tolist(), picture.alpha[0, 0]) == ([20, 0, 0], 51)
    multiplied = [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 2, 0)]
    picture = decode(with_palette([(20, 0, 0, 51)] * 4, kinds=multiplied))
    assert (picture.pixels[0, 0].tolist(), picture.alpha[0, 0]) == ([100, 0, 0], 51)


def test_a_fourth_column_is_alpha_and_one_alone_is_gray():
    picture = decode(with_palette([(1, 2, 3, 77)] * 4))
    assert (picture.pixels[0, 0].tolist(), picture.alpha[0, 0]) == ([1, 2, 3], 77)
    assert decode(with_palette([(9,), (7,), (5,), (3,)])).pixels[0, :, 1].tolist() == [9, 7, 5, 3]


@pytest.mark.parametrize(
    "options",
    [{"mapping": [(0, 1, 9)] * 3}, {"mapping": [(4, 1, 0)] * 3}, {"kinds": [(0, 0, 5)]}],
)
def test_a_palette_that_makes_no_sense_is_refused(options):
    with pytest.raises(ImageError, match="unreadable: a JPEG 2000 palette that makes no sense"):
        decode(with_palette(TWICE, **options))
