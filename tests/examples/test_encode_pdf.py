import io
import subprocess
import zlib

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_flattened_png, encode_png
from batchquant.images.read.decode import decode

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def make_png(n_colors, height=30, width=40, dpi=None):
    rng = np.random.default_rng(n_colors)
    palette = np.unique(rng.integers(0, 256, (n_colors * 2, 3)).astype(np.uint8), axis=0)[:n_colors]
    return encode_png(
        rng.integers(0, len(palette), (height, width)).astype(np.uint16), palette, dpi=dpi
    )


def draw(pdf, mutool, folder):
    (folder / "picture.pdf").write_bytes(pdf)
    by_numbers = "-N"  # profiles ignored
    command = [mutool, "draw", "-q", by_numbers, "-r", "72", "-o", "shown.png", "picture.pdf"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return np.asarray(Image.open(folder / "shown.png").convert("RGB"))


def page_of(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        left, top, *size = map(float, document.pages[0].mediabox)
    assert (left, top) == (0, 0)
    return size


@pytest.mark.parametrize("n_colors", [1, 2, 4, 5, 16, 17, 256, 300])
def test_the_picture_inside_is_the_png(n_colors):
    png = make_png(n_colors)
    with pikepdf.open(io.BytesIO(encode_pdf(png, 150))) as pdf:
        (page,) = pdf.pages
        picture = page.Resources.XObject.Picture
        shown = pikepdf.PdfImage(picture).as_pil_image().convert("RGB")
        assert picture.read_raw_bytes() in png  # copied, not made again
    assert np.array_equal(np.asarray(shown), decode(png).pixels)


@pytest.mark.parametrize("n_colors", [2, 5, 17, 300])
def test_an_independent_reader_shows_the_same_pixels(n_colors, mutool, tmp_path):
    png = make_png(n_colors)
    assert np.array_equal(draw(encode_pdf(png, 72), mutool, tmp_path), decode(png).pixels)


@pytest.mark.parametrize("alphas", [[0, 255], [0, 100, 255]])
@pytest.mark.parametrize("n_colors", [2, 255, 256, 300])
def test_an_independent_reader_shows_the_background(n_colors, alphas, mutool, tmp_path):
    rng = np.random.default_rng(n_colors)
    palette = np.unique(rng.integers(0, 256, (600, 3)).astype(np.uint8), axis=0)[:n_colors]
    indices = rng.integers(0, n_colors, (30, 40)).astype(np.uint16)
    alpha = rng.choice(np.array(alphas, np.uint8), indices.shape)
    png = encode_flattened_png(indices, palette, alpha, (255, 128, 0))
    shown = draw(encode_pdf(png, 72), mutool, tmp_path)
    assert np.array_equal(shown, decode(png).pixels)
    assert np.array_equal(shown[alpha == 255], palette[indices[alpha == 255]])
    assert np.unique(shown[alpha == 0], axis=0).tolist() == [[255, 128, 0]]


@pytest.mark.parametrize("n_colors", [5, 300])
def test_a_profile_is_the_color_space_of_the_picture(n_colors, mutool, tmp_path):
    png = make_png(n_colors)
    pdf = encode_pdf(png, 72, icc_profile=SRGB)
    assert pdf == encode_pdf(png, 72, icc_profile=SRGB)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        picture = opened.pages[0].Resources.XObject.Picture
        base = picture.ColorSpace[1] if n_colors == 5 else picture.ColorSpace
        assert base[0] == pikepdf.Name.ICCBased
        assert (base[1].N, base[1].Alternate) == (3, pikepdf.Name.DeviceRGB)
        assert base[1].read_bytes() == SRGB
        assert len(base[1].read_raw_bytes()) < len(SRGB)
        assert np.array_equal(
            pikepdf.PdfImage(picture).as_pil_image().convert("RGB"), decode(png).pixels
        )
    assert np.array_equal(draw(pdf, mutool, tmp_path), decode(png).pixels)


@pytest.mark.parametrize("n_colors", [2, 300])
def test_viewers_show_colors_by_the_profile(n_colors, ghostscript, tmp_path):
    red_and_blue_swapped = (
        SRGB.replace(b"rXYZ", b"?").replace(b"bXYZ", b"rXYZ").replace(b"?", b"bXYZ")
    )
    indices = np.zeros((8, 8), np.uint16)
    palette = np.array([[255, 0, 0]] * n_colors, np.uint8)
    png = encode_png(indices, palette)
    pdf = encode_pdf(png, 72, icc_profile=red_and_blue_swapped)
    (tmp_path / "picture.pdf").write_bytes(pdf)
    command = [ghostscript, "-q", "-sDEVICE=png16m", "-r72", "-o", "shown.png", "picture.pdf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    shown = Image.open(tmp_path / "shown.png")
    assert shown.getcolors() == [(64, (0, 0, 255))]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L"])
def test_what_would_be_shown_wrongly_is_refused(mode):
    stream = io.BytesIO()
    Image.new(mode, (4, 4)).save(stream, "PNG")
    with pytest.raises(ValueError, match="color type"):
        encode_pdf(stream.getvalue(), 72)


def test_transparent_entries_are_refused():
    indices = np.array([[0, 1]], np.uint8)
    palette = np.array([[9, 9, 9], [8, 8, 8]], np.uint8)
    png = encode_png(indices, palette, alpha=np.array([[0, 255]], np.uint8))
    with pytest.raises(ValueError, match="transparency"):
        encode_pdf(png, 72)


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
    assert page_of(encode_pdf(make_png(5, height, width), dpi)) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("told", "dpi", "expected"),
    [
        ((204, 98), 150, (19.2, 14.4 * 204 / 98)),
        ((98, 204), 150, (19.2, 14.4 * 98 / 204)),
        ((204, 98), 10_000, (3, 2.25 * 204 / 98)),
        ((204, 98), 0.1, (14_400 * 4 / 3 * 98 / 204, 14_400)),
        ((300, 299), 150, (19.2, 14.4)),
        ((300, 60), 150, (19.2, 14.4)),  # nobody means that
        ((300, 300), 150, (19.2, 14.4)),
        ((300, 300), "source", (9.6, 7.2)),
        ((204, 98), "source", (40 / 204 * 72, 30 / 98 * 72)),
        (None, "source", (19.2, 14.4)),
    ],
)
def test_the_page_has_the_true_shape_and_by_source_the_true_size(told, dpi, expected):
    page = page_of(encode_pdf(make_png(5, dpi=told), dpi))
    assert page == pytest.approx(expected, abs=1e-3)


def test_a_ratio_without_unit_says_nothing():
    png = make_png(5, dpi=(204, 98))
    at = png.index(b"pHYs") + 4
    content = png[at : at + 8] + b"\0"
    bare = png[:at] + content + zlib.crc32(b"pHYs" + content).to_bytes(4, "big") + png[at + 13 :]
    assert page_of(encode_pdf(bare, 150)) == pytest.approx((19.2, 14.4))


def test_there_is_no_clock_no_name_and_no_chance_inside():
    png = make_png(5)
    pdf = encode_pdf(png, 150)
    assert pdf == encode_pdf(png, 150)
    assert b"/Info" not in pdf
    assert b"Date" not in pdf
