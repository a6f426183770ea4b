import io
import subprocess

import numpy as np
import pikepdf
import pytest
from PIL import Image

from batchquant.images.decode import decode
from batchquant.images.encode_pdf import encode_pdf
from batchquant.images.encode_png import encode_png


def make_png(n_colors, height=30, width=40):
    rng = np.random.default_rng(n_colors)
    palette = np.unique(rng.integers(0, 256, (n_colors * 2, 3)).astype(np.uint8), axis=0)[:n_colors]
    return encode_png(rng.integers(0, len(palette), (height, width)).astype(np.uint16), palette)


@pytest.mark.parametrize("n_colors", [1, 2, 4, 5, 16, 17, 256, 300])
def test_the_picture_inside_is_the_png(n_colors):
    png = make_png(n_colors)
    with pikepdf.open(io.BytesIO(encode_pdf(png, 150))) as pdf:
        (page,) = pdf.pages
        picture = page.Resources.XObject.Picture
        shown = pikepdf.PdfImage(picture).as_pil_image().convert("RGB")
        assert picture.read_raw_bytes() in png  # copied, not made again
    assert np.array_equal(np.asarray(shown), decode(png))


@pytest.mark.parametrize("n_colors", [2, 5, 17, 300])
def test_an_independent_reader_shows_the_same_pixels(n_colors, mutool, tmp_path):
    png = make_png(n_colors)
    (tmp_path / "picture.pdf").write_bytes(encode_pdf(png, 72))
    command = [mutool, "draw", "-q", "-r", "72", "-o", "shown.png", "picture.pdf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    shown = Image.open(tmp_path / "shown.png").convert("RGB")
    assert np.array_equal(np.asarray(shown), decode(png))


@pytest.mark.parametrize("n_colors", [2, 256, 300])
def test_it_is_less_than_a_kilobyte_larger(n_colors):
    png = make_png(n_colors, 300, 200)
    assert 0 < len(encode_pdf(png, 150)) - len(png) < 1000


@pytest.mark.parametrize(
    ("width", "height", "dpi", "expected"),
    [
        (40, 30, 72, (40, 30)),
        (40, 30, 150, (19.2, 14.4)),
        (40, 30, 0.1, (14_400, 10_800)),  # the limit of viewers
        (2, 1, 150, (6, 3)),  # their other limit
        (10_000, 1, 150, (14_400, 3)),
    ],
)
def test_the_page_is_sized_by_dpi_within_the_limits_of_viewers(width, height, dpi, expected):
    with pikepdf.open(io.BytesIO(encode_pdf(make_png(5, height, width), dpi))) as pdf:
        box = [float(side) for side in pdf.pages[0].mediabox]
    assert box == pytest.approx([0, 0, *expected], abs=1e-3)


def test_there_is_no_clock_no_name_and_no_chance_inside():
    png = make_png(5)
    pdf = encode_pdf(png, 150)
    assert pdf == encode_pdf(png, 150)
    assert b"/Info" not in pdf
    assert b"Date" not in pdf
