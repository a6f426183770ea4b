import io

import numpy as np
import pytest
from PIL import Image

from batchquant.formats.png import encode_png
from batchquant.formats.read_palette import read_palette
from batchquant.formats.written import open_written

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
        (HALF // 2, (127, 127, 381)),  # soft: each counts by its alpha
        (np.array([[0, 9, 255, 1, 2, 4, 0, 0]], np.uint8), (9, 255, 7)),
    ],
)
def test_visible_pixels_are_counted(alpha, counts):
    found = palette_of(encode_png(INDICES, PALETTE, alpha=alpha))
    assert [n for _, n in found] == list(counts)
    assert [color for color, _ in found] == [tuple(color) for color in PALETTE.tolist()]


def test_black_that_is_only_hidden_is_no_color():
    hidden = np.array([[0, 0, 255, 255, 255, 128, 255, 255]], np.uint8)
    found = palette_of(encode_png(INDICES, PALETTE, alpha=hidden))
    assert found == (((200, 30, 30), 765), ((250, 250, 250), 638))


def test_256_colors_beside_a_transparent_one_are_counted_by_pixels():
    palette = np.array([(i, 0, 0) for i in range(256)], np.uint8)
    indices = np.append(np.arange(256), 0).astype(np.uint8)[np.newaxis]
    alpha = np.append(np.full(256, 255), 0).astype(np.uint8)[np.newaxis]
    assert {n for _, n in palette_of(encode_png(indices, palette, alpha=alpha))} == {1}


@pytest.mark.parametrize("at_a_time", [1, 1000, 2**20])
def test_soft_alpha_is_summed_up_over_parts_of_a_picture(at_a_time, monkeypatch):
    monkeypatch.setattr("batchquant.formats.read_palette.AT_A_TIME", at_a_time)
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 3, (40, 50)).astype(np.uint8)
    alpha = rng.integers(0, 256, (40, 50), dtype=np.uint8)
    found = palette_of(encode_png(indices, PALETTE, alpha=alpha))
    assert [n for _, n in found] == [alpha[indices == i].sum(dtype=int) for i in range(3)]


def test_more_colors_than_an_indexed_png_holds():
    palette = np.array([(i // 256, i % 256, 0) for i in range(4096)], np.uint8)
    indices = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    found = palette_of(encode_png(indices, palette))
    assert len(found) == 4096
    assert {n for _, n in found} == {1}


def test_more_colors_than_there_can_be_are_no_palette():
    codes = np.arange(4097)
    rgba = np.stack([codes // 256, codes % 256, 0 * codes, 0 * codes + 7], axis=1)
    with io.BytesIO() as stream:
        Image.fromarray(rgba[np.newaxis].astype(np.uint8)).save(stream, "PNG")
        assert palette_of(stream.getvalue()) == ()
