"""Laws of dithering, and its definition written down naively."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchquant.quantization import arrange
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.spaces import srgb_to_oklab
from batchquant.quantization.dithering.dither import DITHERS, SHARES, THRESHOLDS, dither

WHOLE, STEP = 4096, 256  # of an error, and of a level
SEEDS = st.integers(0, 2**32 - 1)


def picture_of(seed, k, shape=(9, 12)):
    """A smooth picture, and a palette of colors near it and far from it."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 256, (2, 3))
    along = np.linspace(0, 1, shape[0] * shape[1]).reshape(*shape, 1)
    pixels = corners[0] + along * (corners[1] - corners[0]) + rng.normal(0, 9, (*shape, 3))
    palette = np.unique(rng.integers(0, 256, (k, 3), dtype=np.uint8), axis=0)
    return pixels.clip(0, 255).astype(np.uint8), palette


def diffused(pixels, palette, shares, is_seen):
    """Pass errors on, pixel after pixel, each looked up among all entries."""
    height, width = is_seen.shape
    entries = palette.astype(np.int64) * STEP
    middles = (entries[:, np.newaxis] + entries) // 2
    limit = 0
    for middle in middles.reshape(-1, 3):
        limit = max(limit, np.abs(middle - nearest(middle, entries)[1]).max())
    limit = min(limit, 255 * STEP // 2)
    from_above = np.zeros((height + 2, width + 2, 3), np.int64)  # a column on either side
    indices = np.zeros((height, width), np.int64)
    for y in range(height):
        step = -1 if y % 2 else 1
        beside = np.zeros((width + 4, 3), np.int64)
        for x in range(width)[::step]:
            if not is_seen[y, x]:
                continue
            above = (from_above[y, x + 1] + WHOLE // 2) // WHOLE
            within = (beside[x + 2] + WHOLE // 2) // WHOLE
            value = pixels[y, x].astype(np.int64) * STEP + above + within
            indices[y, x], shown = nearest(value, entries)
            error = (value - shown).clip(-limit, limit)
            beside[x + 2 + step] += error * shares[0]
            beside[x + 2 + 2 * step] += error * shares[1]
            from_above[y + 1, x + 1 - step] += error * shares[2]
            from_above[y + 1, x + 1] += error * shares[3]
            from_above[y + 1, x + 1 + step] += error * shares[4]
            from_above[y + 2, x + 1] += error * shares[5]
    return indices


def nearest(value, entries):
    index = int(np.square(entries - value).sum(axis=1).argmin())
    return index, entries[index]


@pytest.mark.parametrize("kind", SHARES)
@given(seed=SEEDS, k=st.sampled_from([1, 2, 5, 60]), hidden=st.sampled_from([0, 0.2]))
def test_errors_are_passed_on_as_defined(kind, seed, k, hidden):
    pixels, palette = picture_of(seed, k)
    is_seen = np.random.default_rng(seed).random(pixels.shape[:2]) >= hidden
    is_seen[0, 0] = True
    shares = [int(share * WHOLE) for share in SHARES[kind]]
    colors = arrange(count_colors(pixels, is_seen))
    found = dither(colors, palette, kind, weights=is_seen)
    expected = diffused(pixels, palette, shares, is_seen)
    assert np.array_equal(found[is_seen], expected[is_seen])


@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("kind", DITHERS)
@given(seed=SEEDS, k=st.sampled_from([1, 3, 30, 400]))
def test_without_strength_each_pixel_is_shown_in_the_nearest(kind, space, seed, k):
    pixels, palette = picture_of(seed, k)
    colors = arrange(count_colors(pixels), space)
    found = dither(colors, palette, kind, strength=0)
    convert = np.float64 if space == "srgb" else srgb_to_oklab
    points, entries = convert(pixels.reshape(-1, 3)), convert(palette)
    squared = np.square(points[:, np.newaxis] - entries).sum(axis=2)
    chosen = squared[np.arange(len(points)), found.reshape(-1)]
    assert chosen == pytest.approx(squared.min(axis=1), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in DITHERS if kind != "atkinson"])
@given(levels=st.lists(st.integers(0, 255), min_size=2, max_size=9, unique=True), data=st.data())
def test_a_flat_area_keeps_its_mean(kind, levels, data):
    levels.sort()
    level = data.draw(st.integers(levels[0], levels[-1]))
    palette = np.repeat(np.array(levels, np.uint8)[:, np.newaxis], 3, axis=1)
    pixels = np.full((64, 64, 3), level, np.uint8)
    shown = palette[dither(arrange(count_colors(pixels)), palette, kind)]
    gap = min(other for other in levels if other >= level) - max(
        other for other in levels if other <= level
    )
    assert abs(shown.mean() - level) <= gap / 50


@pytest.mark.parametrize("kind", THRESHOLDS)
@given(first=st.integers(0, 255), second=st.integers(0, 255), seed=SEEDS)
def test_what_is_lighter_is_shown_no_darker_anywhere(kind, first, second, seed):
    """So patterns of neighboring areas meet without a seam."""
    levels = np.unique(np.random.default_rng(seed).integers(0, 256, 6, dtype=np.uint8))
    palette = np.repeat(levels[:, np.newaxis], 3, axis=1)
    dark, light = (
        dither(arrange(count_colors(np.full((16, 16, 3), level, np.uint8))), palette, kind)
        for level in sorted((first, second))
    )
    assert (dark <= light).all()


@pytest.mark.parametrize("kind", DITHERS)
@given(seed=SEEDS)
def test_a_picture_of_palette_colors_comes_back(kind, seed):
    rng = np.random.default_rng(seed)
    palette = np.unique(rng.integers(0, 256, (rng.integers(1, 40), 3), dtype=np.uint8), axis=0)
    picture = rng.integers(0, len(palette), (6, 7))
    for space in ("srgb", "oklab"):
        colors = arrange(count_colors(palette[picture]), space)
        assert np.array_equal(dither(colors, palette, kind, strength=rng.random()), picture)
