"""What the page paints on cards."""

import io

import numpy as np
import pytest
from PIL import Image

from batchquant.images.draw.card import (
    PICTURE_BYTES,
    STRIP_BYTES,
    encode_card,
    encode_strip,
)
from batchquant.images.draw.looks import Looks
from batchquant.images.draw.sizes import CARD
from batchquant.images.read.picture import Picture


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def read(content):
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "WEBP"
        return np.asarray(image)


def picture_of(pixels, alpha=None):
    return Picture(pixels, alpha, None, None, "PNG", "RGB", ())


def test_a_large_picture_is_few_bytes_and_close_to_itself():
    y, x = np.mgrid[0:600, 0:900]
    pixels = np.stack([x / 4, y / 3, (x + y) / 6], axis=-1).astype(np.uint8)
    looks = Looks.of(picture_of(pixels))
    content = looks.card(0.0)
    shown = read(content)
    assert content == looks.card(0.0)
    assert len(content) <= PICTURE_BYTES
    assert shown.shape == (107, CARD, 3)
    assert np.abs(shown.astype(int) - np.asarray(looks.reduced)).mean() < 3


def test_of_noise_quality_gives_way():
    content = encode_card(Image.fromarray(noise(CARD, 100)), None, 0.0, is_whole=False)
    assert len(content) <= 2 * PICTURE_BYTES  # nothing is worse


def test_pixels_of_an_icon_are_kept():
    pixels = np.kron(noise(8, 8), np.ones((4, 4, 1), np.uint8))
    assert (read(Looks.of(picture_of(pixels)).card(0.0)) == pixels).all()


def test_alpha_is_kept():
    alpha = np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    shown = read(Looks.of(picture_of(noise(32, 32), alpha)).card(0.0))
    assert (shown[..., 3] == alpha).all()


def test_what_is_blurred_is_as_soft_as_this_size_shows():
    edge = np.zeros((320, 320, 3), np.uint8)
    edge[:, 160:] = 255
    looks = Looks.of(picture_of(edge))
    assert looks.scale == 0.5
    levels = {blur: read(looks.card(blur))[80, :, 0].astype(int) for blur in (0.0, 16.0)}
    between = {blur: ((level > 50) & (level < 205)).sum() for blur, level in levels.items()}
    assert between[0.0] <= 2
    assert 8 <= between[16.0] <= 20  # two standard deviations of 8 pixels


@pytest.mark.parametrize("n", [1, 2, 5, 12, 40])
def test_a_strip_has_every_picture_in_its_place(n):
    tiles = [Image.new("RGB", (360, 240), (0, 255 * i // n, 255 - 255 * i // n)) for i in range(n)]
    strip = encode_strip(tiles)
    (width, height), shown = strip.size, read(strip.content)
    for number in range(n):
        row, column = divmod(number, strip.columns)
        middle = shown[row * height + height // 2, column * width + width // 2]
        assert np.abs(middle.astype(int) - tiles[number].getpixel((0, 0))).max() < 12


def test_the_more_pictures_the_smaller_they_are():
    tiles = [Image.fromarray(noise(360, 240, seed)) for seed in range(12)]
    few, many = encode_strip(tiles[:1]), encode_strip(tiles)
    assert max(len(few.content), len(many.content)) <= STRIP_BYTES
    assert max(few.size) > 2 * max(many.size)
    assert encode_strip(tiles) == many
