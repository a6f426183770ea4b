import io

import numpy as np
import pytest
from PIL import Image

from batchquant.formats.swatch import draw_swatch


def stripes(png):
    """Size and mode of a swatch, and its stripes from left to right: color and width."""
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image.convert("RGB"))
        assert (pixels == pixels[0]).all()
        starts = np.flatnonzero((np.diff(pixels[0].astype(int), axis=0) != 0).any(axis=1)) + 1
        edges = [0, *starts.tolist(), image.width]
        colors = [tuple(pixels[0, edge].tolist()) for edge in edges[:-1]]
        return image.size, image.mode, list(zip(colors, np.diff(edges).tolist(), strict=True))


def test_stripes_are_as_wide_as_colors_are_frequent():
    palette = np.array([[0, 0, 0], [200, 30, 30], [255, 255, 255]], dtype=np.uint8)
    # Each has 4 of 512 pixels; the other 500 go by frequency: 125, 250, 125.
    assert stripes(draw_swatch(palette, np.array([1, 2, 1]))) == (
        (512, 64),
        "P",
        [((0, 0, 0), 129), ((200, 30, 30), 254), ((255, 255, 255), 129)],
    )


def test_a_rare_color_is_seen_and_so_is_one_that_does_not_occur():
    palette = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3]], dtype=np.uint8)
    _, _, found = stripes(draw_swatch(palette, np.array([1, 10**9, 0])))
    assert found == [((1, 1, 1), 4), ((2, 2, 2), 504), ((3, 3, 3), 4)]


def test_one_color_fills_the_swatch():
    palette = np.array([[255, 136, 0]], dtype=np.uint8)
    assert stripes(draw_swatch(palette, np.array([7]))) == ((512, 64), "P", [((255, 136, 0), 512)])


@pytest.mark.parametrize(("n_colors", "width", "mode"), [(65, 520, "P"), (300, 2400, "RGB")])
def test_many_colors_make_a_wider_swatch(n_colors, width, mode):
    palette = np.zeros((n_colors, 3), dtype=np.uint8)
    palette[:, 0], palette[:, 1] = np.divmod(np.arange(n_colors), 256)
    size, found_mode, found = stripes(draw_swatch(palette, np.ones(n_colors, dtype=np.int64)))
    assert (size, found_mode) == ((width, 64), mode)
    assert found == [(tuple(color), 8) for color in palette.tolist()]


def test_the_same_palette_gives_the_same_bytes():
    palette = np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8)
    counts = np.array([3, 4])
    assert draw_swatch(palette, counts) == draw_swatch(palette.copy(), counts.astype(np.uint32))
