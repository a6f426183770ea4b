"""Laws of counting, encoding and writing pictures."""

import io

import numpy as np
import pikepdf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_flattened_png, encode_png, encode_rgb_png
from batchquant.images.read.decode import decode
from batchquant.quantization.color.histogram import count_colors

SIDES = st.integers(1, 40)
PIXELS = st.tuples(SIDES, SIDES).flatmap(lambda side: arrays(np.uint8, (*side, 3)))


@st.composite
def indexed(draw):
    height, width = draw(SIDES), draw(SIDES)
    n_colors = draw(st.sampled_from([1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 1000]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    palette = rng.integers(0, 256, (n_colors, 3)).astype(np.uint8)
    dtype = np.uint8 if n_colors <= 256 else np.uint16
    return rng.integers(0, n_colors, (height, width)).astype(dtype), palette


@given(PIXELS)
def test_the_histogram_rebuilds_the_picture(pixels):
    histogram = count_colors(pixels)
    assert np.array_equal(histogram.colors[histogram.color_index], pixels)
    assert histogram.counts.sum() == pixels.shape[0] * pixels.shape[1]
    assert np.array_equal(histogram.counts, np.bincount(histogram.color_index.reshape(-1)))
    assert histogram.colors.tolist() == sorted(histogram.colors.tolist())


@given(PIXELS)
def test_decoding_gives_back_what_was_encoded(pixels):
    assert np.array_equal(decode(encode_rgb_png(pixels)).pixels, pixels)


@given(indexed(), st.sampled_from([1, 72, 150, 9600]))
def test_png_and_pdf_hold_the_same_picture(picture, dpi):
    indices, palette = picture
    png = encode_png(indices, palette)
    assert np.array_equal(decode(png).pixels, palette[indices])
    with pikepdf.open(io.BytesIO(encode_pdf(png, dpi))) as pdf:
        inside = pdf.pages[0].Resources.XObject.Picture
        shown = pikepdf.PdfImage(inside).as_pil_image().convert("RGB")
    assert np.array_equal(np.asarray(shown), palette[indices])


@given(indexed(), st.data(), st.tuples(*[st.integers(0, 255)] * 3))
def test_alpha_is_kept_and_flattening_is_its_composite(picture, data, background):
    indices, palette = picture
    alphas = data.draw(st.sampled_from([[0], [0, 255], [255], [0, 1, 127, 254, 255]]))
    alpha = np.random.default_rng(0).choice(np.array(alphas, np.uint8), indices.shape)
    png = encode_png(indices, palette, alpha=alpha)
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    colors = np.where(alpha[..., np.newaxis], palette[indices], 0)
    assert np.array_equal(rgba, np.dstack([colors, alpha]))

    flat = decode(encode_flattened_png(indices, palette, alpha, background)).pixels
    opacity = alpha[..., np.newaxis] / 255
    assert np.abs(flat - (colors * opacity + background * (1 - opacity))).max() < 0.5 + 1e-9
