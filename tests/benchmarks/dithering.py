"""Dithering, in megapixels a processor second, beside Pillow's and a search among all entries."""

import statistics
import time

import numba
import numpy as np
from PIL import Image

from batchquant.quantization import arrange, quantize
from batchquant.quantization.arranging import SPACES
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.dithering.dither import DITHERS, dither
from benchmarks.photos import most_colorful, scaled
from benchmarks.tables import Table

KS = (16, 64, 256, 1024)
SIZES = (0.4, 6)  # megapixels
TIMES = 5


def measure(photos, work):
    """Yield a table for a small and a large picture: all took turns, so that they met the same."""
    photo, pixels, _ = most_colorful(photos)[0]
    for size in SIZES:
        picture = scaled(pixels, size)
        rows = tuple(row for k in KS for row in _rows(picture, k))
        yield Table(
            f"Dithering {size} megapixels ({photo.name})",
            ("K", "what", "megapixels / s", "times the linear search"),
            rows,
            "One thread, processor time, medians. The linear search is Floyd-Steinberg in float32"
            " with the nearest of all entries for each pixel; Pillow's has its lattice.",
        )


def _rows(picture, k):
    found = quantize(picture, k, init="kmeans++", max_iter=5)
    histogram, palette = count_colors(picture), found.palette
    what = {"linear search": lambda: _linear(picture, palette.astype(np.float32))}
    for space in SPACES:
        colors = arrange(histogram, space)
        for kind in DITHERS:
            what[f"{kind}, {space}"] = lambda c=colors, kind=kind: dither(c, palette, kind)
    if len(palette) <= 256:
        paint = Image.new("P", (1, 1))
        paint.putpalette(palette.tobytes())
        image = Image.fromarray(picture)
        what["Pillow"] = lambda: image.quantize(palette=paint, dither=1)
    taken = {name: [] for name in what}
    for _ in range(TIMES):
        for name, function in what.items():
            begin = time.process_time()
            function()
            taken[name].append(time.process_time() - begin)
    seconds = {name: statistics.median(times) for name, times in taken.items()}
    for name, each in seconds.items():
        yield k, name, picture.size / 3e6 / each, seconds["linear search"] / each


@numba.njit(error_model="numpy")
def _linear(pixels, palette):
    height, width, _ = pixels.shape
    red, green, blue = palette[:, 0].copy(), palette[:, 1].copy(), palette[:, 2].copy()
    squared = np.empty(len(palette), np.float32)
    bits = squared.view(np.int32)  # which compare as they do, and side by side
    errors = np.zeros((2, width + 2, 3), np.float32)
    indices = np.empty((height, width), np.uint16)
    for y in range(height):
        here, there = errors[y % 2], errors[1 - y % 2]
        there[:] = 0
        step = 1 - 2 * (y % 2)
        x = 0 if step > 0 else width - 1
        for _ in range(width):
            r = np.float32(pixels[y, x, 0]) + here[x + 1, 0]
            g = np.float32(pixels[y, x, 1]) + here[x + 1, 1]
            b = np.float32(pixels[y, x, 2]) + here[x + 1, 2]
            for j in range(len(palette)):
                dr, dg, db = r - red[j], g - green[j], b - blue[j]
                squared[j] = (dr * dr + dg * dg) + db * db
            least = bits[0]
            for j in range(len(palette)):
                least = min(least, bits[j])
            entry = 0
            while bits[entry] != least:
                entry += 1
            indices[y, x] = entry
            for channel, error in enumerate((r - red[entry], g - green[entry], b - blue[entry])):
                here[x + 1 + step, channel] += error * np.float32(7 / 16)
                there[x + 1 - step, channel] += error * np.float32(3 / 16)
                there[x + 1, channel] += error * np.float32(5 / 16)
                there[x + 1 + step, channel] += error * np.float32(1 / 16)
            x += step
    return indices
