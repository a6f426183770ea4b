import io

import numpy as np
import pytest
from PIL import Image

from batchquant.images.decode import decode
from batchquant.images.encode_png import encode_png, encode_rgb_png


def picture(n_colors, height=70, width=90, pattern="noise"):
    if pattern == "noise":
        indices = np.random.default_rng(n_colors).integers(0, n_colors, (height, width))
    elif pattern == "photograph":  # broad bands with ragged edges
        rng = np.random.default_rng(n_colors)
        ragged = np.linspace(0, n_colors, width) + rng.normal(0, 0.3, (height, width))
        indices = np.clip(ragged, 0, n_colors - 1)
    else:
        y, x = np.mgrid[0:height, 0:width]
        indices = (x * 7 + y // 3) % n_colors
    palette = np.random.default_rng(1).integers(0, 256, (n_colors, 3)).astype(np.uint8)
    return indices.astype(np.uint8 if n_colors <= 256 else np.uint16), palette


@pytest.mark.parametrize(
    ("n_colors", "bits"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)],
)
def test_the_bit_depth_is_the_smallest_that_holds_the_palette(n_colors, bits):
    indices, palette = picture(n_colors)
    png = encode_png(indices, palette)
    assert png[24] == bits  # IHDR: width, height, bit depth, color type
    assert png[25] == 3
    assert png.count(b"PLTE") == 1
    length = int.from_bytes(png[png.index(b"PLTE") - 4 : png.index(b"PLTE")], "big")
    assert length == 3 * n_colors
    assert np.array_equal(decode(png), palette[indices])


def test_above_256_colors_it_is_rgb():
    indices, palette = picture(300)
    png = encode_png(indices, palette)
    assert (png[24], png[25]) == (8, 2)
    assert np.array_equal(decode(png), palette[indices])


@pytest.mark.parametrize("pattern", ["photograph", "tiles"])
def test_the_smaller_strategy_is_taken(pattern):
    indices, palette = picture(16, height=400, width=300, pattern=pattern)
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    sizes = []
    for strategy in (0, 3):  # zlib's default and run-length
        stream = io.BytesIO()
        image.save(stream, "PNG", compress_type=strategy)
        sizes.append(stream.tell())
    assert abs(sizes[0] - sizes[1]) > 100  # else there is nothing to choose
    assert len(encode_png(indices, palette)) == min(sizes)
    assert sizes.index(min(sizes)) == (pattern == "photograph")


def test_there_is_no_metadata():
    png = encode_png(*picture(5))
    assert not any(kind in png for kind in (b"tIME", b"tEXt", b"iTXt", b"eXIf", b"iCCP"))


def test_any_picture_can_be_written():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    assert np.array_equal(decode(encode_rgb_png(pixels)), pixels)
