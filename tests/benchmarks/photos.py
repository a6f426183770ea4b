"""The photographs that are measured on."""

import io

import numpy as np
from PIL import Image, ImageOps

from batchquant.images.read.decode import decode
from batchquant.quantization.color.histogram import count_colors

LEAST, MOST = 8, 24
MIN_PIXELS, MAX_PIXELS = 1_000_000, 10_000_000
TILES = (4, 6)  # of a sample picture: 427 x 640 pixels become 6.6 megapixels
NOISE = 3.0  # standard deviation, so that tiles do not repeat


def photographs(folder, work):
    """Return the paths of 8 to 24 photographs of 1 to 10 megapixels.

    They are the first of a folder, JPEG before other formats, by name. Without a folder they are
    made of scikit-learn's two sample pictures: tiled, with noise, each in other tones.
    """
    if folder is None:
        return [_enlarged_sample(work, number) for number in range(MOST)]
    found = [path for path in sorted(folder.rglob("*")) if _is_photograph(path)]
    found.sort(key=lambda path: path.suffix.lower() not in (".jpg", ".jpeg"))
    if len(found) < LEAST:
        told = f"expected {LEAST} photographs of 1 to 10 megapixels or more"
        raise SystemExit(f"{folder}: found {len(found)}, {told}.")
    return found[:MOST]


def _is_photograph(path):
    try:
        with Image.open(path) as image:
            return MIN_PIXELS <= image.width * image.height <= MAX_PIXELS
    except OSError:
        return False


def _enlarged_sample(work, number):
    from sklearn.datasets import load_sample_images

    path = work / f"sample-{number:02d}.jpg"
    if not path.exists():
        rng = np.random.default_rng(number)
        sample = Image.fromarray(load_sample_images().images[number % 2])
        sample = ImageOps.mirror(sample) if number // 2 % 2 else sample
        pixels = 255 * (np.asarray(sample) / 255) ** (0.7 + 0.05 * number)
        pixels = np.tile(pixels, (*TILES, 1)) + rng.normal(0, NOISE, (1, 1, 3))
        pixels += rng.normal(0, NOISE, pixels.shape)
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def load(path):
    """Return the pixels of a photograph, as batchquant reads it."""
    return decode(path.read_bytes()).pixels


def most_colorful(photos):
    """Return photographs with their pixels and histograms, those with the most colors first."""
    counted = [
        (path, pixels, count_colors(pixels))
        for path, pixels in zip(photos, map(load, photos), strict=True)
    ]
    return sorted(counted, key=lambda entry: -len(entry[2].colors))


def scaled(pixels, megapixels):
    """Return a photograph in another size."""
    height, width = pixels.shape[:2]
    factor = (megapixels * 1e6 / (height * width)) ** 0.5
    size = (round(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def mse(path, pixels):
    """Return the mean squared error of a written picture per pixel and channel."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        written = np.asarray(image.convert("RGB"))
    total = sum(
        np.square(a.astype(np.int64) - b).sum() for a, b in zip(written, pixels, strict=True)
    )
    return float(total / pixels.size)
