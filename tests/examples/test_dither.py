import numpy as np
import pytest
import void_and_cluster
from PIL import Image

from batchquant.quantization import arrange
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.dithering.blue_noise import RANKS
from batchquant.quantization.dithering.dither import DITHERS, SHARES, THRESHOLDS, dither
from batchquant.quantization.dithering.thresholds import bayer, blue_noise


def grays(*levels):
    return np.repeat(np.array(levels, np.uint8)[..., np.newaxis], 3, axis=-1)


def flat(level, side=64):
    return grays(*np.full((side, side), level))


def mix(pixels, palette, kind, space="srgb", weights=None, **options):
    colors = arrange(count_colors(pixels, weights), space)
    return dither(colors, palette, kind, weights=weights, **options)


BLACK_AND_WHITE = grays(0, 255)


def test_floyd_steinberg_passes_all_of_an_error_on():
    # 100 → 0 misses by 100, of which 7/16 go on: 143.75 → 255, by -111.25: 51.33 → 0 ...
    assert mix(grays([100] * 3), BLACK_AND_WHITE, "floyd-steinberg").tolist() == [[0, 1, 0]]
    # The second row begins at its right end, below -111.25 and ahead of 100: 100 - 34.77 + 6.25
    # → 0, by 71.48. At its left end 100 + 31.25 (below 100) - 20.86 (behind) + 31.27 → 255.
    square = grays([100] * 2, [100] * 2)
    assert mix(square, BLACK_AND_WHITE, "floyd-steinberg").tolist() == [[0, 1], [1, 0]]


def test_atkinson_passes_three_quarters_on_in_eighths():
    # Nothing before, 100 / 8, 112.5 / 8 + 100 / 8, 126.56 / 8 + 112.5 / 8 = 29.9: past the half.
    assert mix(grays([100] * 4), BLACK_AND_WHITE, "atkinson").tolist() == [[0, 0, 0, 1]]
    # The row after the next gets an eighth, too: 121 + 121 / 8 + 136.125 / 8 is past the half.
    assert mix(grays([121], [0], [121]), BLACK_AND_WHITE, "atkinson").tolist() == [[0], [0], [1]]


def test_bayer_changes_the_corner_of_every_second_square_first():
    shown = mix(flat(50, side=8), grays(0, 200), "bayer")
    assert shown[::2, ::2].all()
    assert shown.sum() == 16


@pytest.mark.parametrize("kind", THRESHOLDS)
def test_ordered_kinds_show_as_many_of_either_as_is_mixed(kind):
    for level in (10, 75, 100, 101, 190):
        shown = mix(flat(level), grays(0, 200), kind)
        steps = THRESHOLDS[kind]().size
        assert shown.mean() == round(level / 200 * steps) / steps


def test_two_entries_are_mixed_that_lie_around_the_color_and_not_far():
    for kind in DITHERS:
        shown = mix(flat(100), grays(0, 90, 110, 255), kind)
        assert set(shown[8:-8, 8:-8].flat) == {1, 2}


def test_bayer_s_ranks_and_those_of_blue_noise():
    assert sorted(bayer().flat) == list(range(64))
    assert bayer()[:2, :2].tolist() == [[0, 32], [48, 16]]
    assert (bayer()[:4, :4] // 4).tolist() == [
        [0, 8, 2, 10],
        [12, 4, 14, 6],
        [3, 11, 1, 9],
        [15, 7, 13, 5],
    ]
    assert sorted(blue_noise().flat) == list(range(4096))


def test_the_map_of_blue_noise_is_the_one_that_is_computed():
    ranks = void_and_cluster.void_and_cluster()
    assert np.array_equal(blue_noise(), ranks)
    assert void_and_cluster.as_text(ranks) == RANKS


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_blue_noise_has_no_coarse_structure(share):
    power = np.abs(np.fft.fft2(blue_noise() < share * 4096)) ** 2
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(64)] * 2))
    coarse, fine = (frequency > 0) & (frequency < 0.1), frequency > 0.25
    assert power[coarse].mean() < power[fine].mean() / 10


@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("n_colors", [1, 2, 16, 256, 257, 1000])
@pytest.mark.parametrize("kind", DITHERS)
def test_a_picture_of_palette_colors_comes_back_in_any_order(kind, n_colors, space):
    rng = np.random.default_rng(n_colors)
    codes = rng.choice(1 << 12, n_colors, replace=False)  # as near as 1 to each other
    palette = (codes[:, np.newaxis] >> (8, 4, 0) & 15).astype(np.uint8) + 60
    picture = rng.integers(0, n_colors, (30, 40))
    shown = mix(palette[picture], palette, kind, space)
    assert np.array_equal(shown, picture)
    assert shown.dtype == (np.uint8 if n_colors <= 256 else np.uint16)


@pytest.mark.parametrize("kind", DITHERS)
def test_entries_are_told_apart_that_differ_by_one(kind):
    """Pillow's lattice takes entries less than 11 apart for each other."""
    shown = mix(flat(100), grays(99, 101, 102), kind)
    assert shown.max() == 1
    assert abs(grays(99, 101)[shown].mean() - 100) < (0.5 if kind == "atkinson" else 0.05)


def test_flat_grays_come_out_closer_than_pillow_s():
    paint = Image.new("P", (1, 1))
    paint.putpalette(BLACK_AND_WHITE.tobytes())
    ours = theirs = 0
    for level in range(8, 250, 11):
        picture = Image.fromarray(flat(level)).quantize(
            palette=paint, dither=Image.Dither.FLOYDSTEINBERG
        )
        theirs += abs(255 * np.asarray(picture).mean() - level)
        shown = mix(flat(level), BLACK_AND_WHITE, "floyd-steinberg")
        ours += abs(255 * shown.mean() - level)
    assert ours < theirs


@pytest.mark.parametrize("kind", SHARES)
def test_a_color_that_no_mixture_gives_does_not_spill_onto_its_neighbors(kind):
    picture = np.hstack([flat(255), flat(110)])
    shown = grays(100, 120)[mix(picture, grays(100, 120), kind)][..., 0]
    assert (shown[:, :64] == 120).mean() > 0.98
    assert shown[:, 64:68].mean() < 115


@pytest.mark.parametrize("kind", DITHERS)
def test_less_strength_mixes_less(kind):
    none, half, all_of_it = (
        mix(flat(60), grays(0, 200), kind, strength=strength).mean() for strength in (0, 0.5, 1)
    )
    assert none == 0 <= half < all_of_it - 0.1


@pytest.mark.parametrize("kind", SHARES)
def test_a_hidden_pixel_neither_takes_nor_gives(kind):
    rng = np.random.default_rng(0)
    weights = rng.random((20, 30)) < 0.7
    picture = np.where(weights, 100, 0)
    other = np.where(weights, 100, 255)
    shown = mix(grays(*picture), BLACK_AND_WHITE, kind, weights=weights)
    assert np.array_equal(shown, mix(grays(*other), BLACK_AND_WHITE, kind, weights=weights))
    # A column of hidden pixels is a wall.
    weights = np.ones((20, 31), bool)
    weights[:, 10:12] = False
    left = grays(*rng.integers(0, 256, (20, 10)))
    whole = np.hstack([left, grays(*rng.integers(0, 256, (20, 21)))])
    shown = mix(whole, BLACK_AND_WHITE, kind, weights=weights)
    assert np.array_equal(shown[:, :10], mix(left, BLACK_AND_WHITE, kind))


def test_arguments_are_not_modified():
    pixels, palette = grays(*np.arange(12).reshape(3, 4) * 20), BLACK_AND_WHITE.copy()
    colors = arrange(count_colors(pixels))
    before = colors.histogram.color_index.copy()
    for kind in DITHERS:
        dither(colors, palette, kind)
    assert np.array_equal(colors.histogram.color_index, before)
    assert np.array_equal(palette, BLACK_AND_WHITE)
