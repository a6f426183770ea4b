import io

import numpy as np
import pytest
from PIL import Image
from sources import SWAPPED_PROFILE

from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_png
from batchquant.formats.written import open_written
from batchquant.images.draw.preview import (
    DARK,
    LIGHT,
    encode_preview,
    reduce_to,
    scale_to,
    shown_at,
    written_shown_at,
)
from batchquant.images.read.picture import Picture


def picture_of(pixels, alpha=None, icc_profile=None, dpi=None):
    pixels = np.asarray(pixels, np.uint8)
    return Picture(pixels, alpha, icc_profile, dpi, "PNG", "RGB", ())


def encode_previews(picture, *longest):
    return [encode_preview(each, picture.icc_profile) for each in reduce_to(picture, *longest)]


def written_pixels(content, size, icc_profile=None, kind="png"):
    with open_written(content, kind) as image:
        return np.asarray(written_shown_at(image, size, icc_profile))


def flat(color, height=40, width=60):
    return np.full((height, width, 3), color, np.uint8)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((6000, 4000), 512, (512, 341)),
        ((10, 30), 512, (10, 30)),
        ((9000, 1), 512, (512, 1)),
    ],
)
def test_sizes(size, longest, expected):
    assert scale_to(size, longest) == expected


def test_a_preview_is_an_srgb_jpeg_of_its_size():
    (encoded,) = encode_previews(picture_of(flat((10, 200, 30), 300, 900)), 90)
    assert [encoded] == encode_previews(picture_of(flat((10, 200, 30), 300, 900)), 90)
    with Image.open(io.BytesIO(encoded)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (90, 30))
        assert "icc_profile" not in image.info
        assert np.abs(np.asarray(image).astype(int) - (10, 200, 30)).max() <= 2


@pytest.mark.parametrize(
    ("dpi", "longest", "size"),
    [
        ((200, 100), 2048, (60, 80)),  # 60 x 40 pixels, each twice as high as wide
        ((100, 200), 2048, (120, 40)),
        ((200, 100), 40, (30, 40)),
        ((200, 20), 2048, (60, 40)),
    ],
)
def test_a_preview_has_the_true_shape(dpi, longest, size):
    picture = picture_of(flat((9, 99, 199)), dpi=dpi)
    with Image.open(io.BytesIO(*encode_previews(picture, longest))) as image:
        assert image.size == size


def test_a_smaller_preview_is_made_of_the_larger():
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 256, (20, 30, 3)), np.ones((20, 20, 1), int))
    alpha = np.where(np.arange(600) < 300, 255, 0) * np.ones((400, 1), int)
    picture = picture_of(pixels, alpha.astype(np.uint8))
    (alone,) = encode_previews(picture, 90)
    large, small = encode_previews(picture, 300, 90)
    assert [large] == encode_previews(picture, 300)
    shown, expected = (
        np.asarray(Image.open(io.BytesIO(each))).astype(int) for each in (small, alone)
    )
    assert shown.shape == (60, 90, 3)
    assert np.abs(shown - expected).mean() < 2.5  # of 255, though squares of noise are the worst
    # The squares that show transparency are as large as ever.
    assert np.abs(shown[:, 50:] - expected[:, 50:]).max() <= 2


def test_a_picture_that_is_small_is_reduced_once():
    first, second = reduce_to(picture_of(flat((10, 200, 30))), 2048, 512)
    assert first is second


def test_pixels_that_are_not_square_are_enlarged_each_by_itself():
    pixels = np.array([[[0, 0, 0], [255, 0, 0]], [[0, 0, 255], [0, 255, 0]]], np.uint8)
    shown = np.asarray(shown_at(picture_of(pixels, dpi=(200, 100)), (4, 8)))
    assert (shown == pixels.repeat(4, axis=0).repeat(2, axis=1)).all()


def test_a_profile_is_converted():
    shown = shown_at(picture_of(flat((250, 10, 20)), icc_profile=SWAPPED_PROFILE), (6, 4))
    assert np.abs(np.asarray(shown).astype(int) - (20, 10, 250)).max() <= 2


def test_what_is_transparent_shows_a_checkerboard():
    alpha = np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    shown = np.asarray(shown_at(picture_of(flat((9, 9, 9), 32, 32), alpha), (32, 32)))
    assert (shown[0, 0, 0], shown[0, 8, 0], shown[8, 0, 0]) == (LIGHT, DARK, DARK)
    assert (shown[:, 16:] == 9).all()


def test_hidden_colors_do_not_shine_through():
    pixels = flat((0, 0, 255), 64, 64)
    pixels[:, ::2] = (255, 0, 0)  # under alpha 0
    alpha = np.full((64, 64), 255, np.uint8)
    alpha[:, ::2] = 0
    shown = np.asarray(shown_at(picture_of(pixels, alpha), (8, 8))).astype(int)
    red, green, _ = np.moveaxis(shown[2:6, 2:6], -1, 0)
    assert (red == green).all()


@pytest.mark.parametrize("size", [(101, 67), (37, 251), (640, 480), (20, 300)])
def test_in_bands_it_is_what_pillow_makes_of_the_whole(size):
    pixels = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    wanted = scale_to(size, 24)
    whole = Image.fromarray(pixels).resize(wanted, Image.Resampling.HAMMING, reducing_gap=2.0)
    assert (np.asarray(whole) == np.asarray(shown_at(picture_of(pixels), wanted))).all()


def test_a_small_picture_is_enlarged_in_whole_pixels():
    pixels = np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8)
    shown = np.asarray(shown_at(picture_of(pixels), (6, 3)))
    assert (shown[:, :3] == 0).all()
    assert (shown[:, 3:] == (255, 0, 0)).all()


@pytest.mark.parametrize("n_colors", [2, 300])
@pytest.mark.parametrize("soft", [False, True])
def test_every_png_we_write_is_shown(n_colors, soft):
    palette = np.array([(i // 256, i % 256, 99) for i in range(n_colors)], np.uint8)
    indices = (np.arange(400, dtype=np.uint16) % n_colors).reshape(20, 20)
    alpha = np.full((20, 20), 200 if soft else 255, np.uint8)
    shown = written_pixels(encode_png(indices, palette, alpha=alpha), (20, 20))
    exact = palette[indices]
    if soft:
        exact = exact + (LIGHT - exact.astype(int)) * 55 / 255  # where the board is light
        assert np.abs(shown[:8, :8] - exact[:8, :8]).max() <= 1
    else:
        assert (shown == exact).all()


def test_a_png_of_ours_may_be_larger_than_pillow_trusts(monkeypatch):
    png = encode_png(np.zeros((20, 20), np.uint8), np.array([[7, 8, 9]], np.uint8))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert (written_pixels(png, (4, 4)) == (7, 8, 9)).all()
    assert Image.MAX_IMAGE_PIXELS == 100


def test_a_pdf_of_ours_is_shown_too():
    palette = np.array([[7, 8, 9], [200, 100, 0]], np.uint8)
    png = encode_png(np.array([[0, 1], [1, 0]], np.uint8), palette)
    of_pdf = written_pixels(encode_pdf(png, 72.0), (2, 2), kind="pdf")
    assert (of_pdf == written_pixels(png, (2, 2))).all()
