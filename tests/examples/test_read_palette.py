import numpy as np
import pytest

from batchquant.images.encode_png import encode_png
from batchquant.images.read_palette import read_palette
from batchquant.images.written import open_written

PALETTE = np.array([[0, 0, 0], [200, 30, 30], [250, 250, 250]], np.uint8)
INDICES = np.array([[0, 0, 1, 2, 2, 2, 1, 1]], np.uint8)
HALF = np.array([[0, 255, 255, 255, 255, 255, 0, 0]], np.uint8)


def palette_of(png):
    with open_written(png) as image:
        return read_palette(image)


@pytest.mark.parametrize(
    ("alpha", "counts"),
    [
        (None, (2, 3, 3)),
        (HALF, (1, 1, 3)),
        (HALF // 2, (1, 1, 3)),  # soft: RGBA
    ],
)
def test_visible_pixels_are_counted(alpha, counts):
    found = palette_of(encode_png(INDICES, PALETTE, alpha=alpha))
    assert [n for _, n in found] == list(counts)
    assert [color for color, _ in found] == [tuple(color) for color in PALETTE.tolist()]


def test_black_that_is_only_hidden_is_no_color():
    hidden = np.array([[0, 0, 255, 255, 255, 128, 255, 255]], np.uint8)
    found = palette_of(encode_png(INDICES, PALETTE, alpha=hidden))
    assert found == (((200, 30, 30), 3), ((250, 250, 250), 3))


def test_more_colors_than_an_indexed_png_holds():
    palette = np.array([(i // 256, i % 256, 0) for i in range(4096)], np.uint8)
    indices = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    found = palette_of(encode_png(indices, palette))
    assert len(found) == 4096
    assert {n for _, n in found} == {1}
