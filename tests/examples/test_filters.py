import numpy as np
import pytest
from PIL import Image, ImageFilter

from batchquant.images.read.filters import blur, reduce
from batchquant.images.read.picture import Picture


def picture(pixels, alpha=None):
    pixels = np.asarray(pixels, np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    alpha = None if alpha is None else np.asarray(alpha, np.uint8)
    return Picture(pixels, alpha, b"profile", (72.0, 72.0), "PNG", "RGB", ("a note",))


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_no_radius_no_blur():
    sharp = picture([[1, 2]], [[0, 9]])
    assert blur(sharp, 0) is sharp


def test_blur_is_that_of_pillow():
    sharp = picture(noise(20, 30))
    expected = Image.fromarray(sharp.pixels).filter(ImageFilter.GaussianBlur(1.5))
    softened = blur(sharp, 1.5)
    assert np.array_equal(softened.pixels, np.asarray(expected))
    assert (softened.dpi, softened.icc_profile, softened.notes) == (
        (72.0, 72.0),
        b"profile",
        ("a note",),
    )


@pytest.mark.parametrize("radius", [0.3, 1, 2.7, 40])
def test_the_blur_of_pictures_with_alpha_is_the_same_but_for_rounding(radius):
    pixels = noise(20, 30)
    by_pillow = blur(picture(pixels), radius).pixels.astype(int)
    by_numpy = blur(picture(pixels, np.full((20, 30), 128)), radius).pixels
    difference = by_numpy - by_pillow  # Pillow rounds after each of its six passes
    assert np.abs(difference).max() <= 3
    assert np.abs(difference).mean() < 1


def test_no_color_bleeds_out_of_transparent_pixels():
    pixels = [[10, 10, 200, 200, 10, 10]]
    alpha = [[255, 128, 0, 0, 1, 255]]
    softened = blur(picture(pixels, alpha), 2)
    assert softened.pixels[0, :, 0].tolist() == pixels[0]
    assert softened.alpha.tolist() == alpha


def test_a_lonely_pixel_keeps_its_color_under_any_blur():
    pixels, alpha = noise(101, 101), np.zeros((101, 101))
    pixels[50, 50], alpha[50, 50] = (100, 3, 250), 1
    assert blur(picture(pixels, alpha), 20).pixels[50, 50].tolist() == [100, 3, 250]


def test_visible_pixels_count_by_their_alpha():
    softened = blur(picture([[0, 100]], [[51, 204]]), 1000)  # everything becomes one mean
    assert softened.pixels[0, :, 0].tolist() == [80, 80]  # (51 * 0 + 204 * 100) / 255


def test_reducing_keeps_proportions_and_never_enlarges():
    large = picture(np.full((30, 90), 77))
    small = reduce(large, 30)
    assert small.pixels.tolist() == np.full((10, 30, 3), 77).tolist()
    assert small.dpi is None
    assert reduce(large, 90) is large
    assert reduce(picture(np.full((1, 500), 5)), 3).pixels.shape == (1, 3, 3)


def test_reducing_is_lanczos():
    pixels = noise(40, 40)
    expected = Image.fromarray(pixels).resize((10, 10), Image.Resampling.LANCZOS)
    assert np.array_equal(reduce(picture(pixels), 10).pixels, np.asarray(expected))


def test_reducing_takes_no_color_from_transparent_pixels():
    pixels = np.where(np.arange(64) < 32, 40, 250) * np.ones((64, 1), int)
    alpha = np.where(np.arange(64) < 32, 255, 0) * np.ones((64, 1), int)
    small = reduce(picture(pixels, alpha), 8)
    assert small.alpha[0, [0, 7]].tolist() == [255, 0]
    assert set(small.pixels[small.alpha > 0].ravel().tolist()) == {40}
