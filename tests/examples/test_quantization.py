import math
from fractions import Fraction

import numpy as np
import pytest

from batchquant.quantization import arrange, quantize, quantize_colors, repaint
from batchquant.quantization.arranging import summarize
from batchquant.quantization.color.histogram import Histogram, count_colors
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.lloyd import assign_nearest, lloyd


def picture(*rows):
    return np.array(rows, dtype=np.uint8)


BLACK, GRAY, WHITE, RED = [0, 0, 0], [100, 100, 100], [255, 255, 255], [255, 0, 0]


@pytest.mark.parametrize("k", [4, 5, 4096])
def test_with_no_more_colors_than_k_the_picture_is_copied(k):
    pixels = picture([WHITE, RED], [BLACK, GRAY])
    found = quantize(pixels, k)
    assert found.palette.tolist() == [BLACK, RED, GRAY, WHITE]  # dark to light
    assert np.array_equal(found.palette[found.indices], pixels)
    assert (found.inertia, found.mse, found.psnr_db) == (0.0, 0.0, math.inf)
    assert (found.n_iter, found.converged, found.n_colors) == (0, True, 4)


def test_figures_of_a_picture_in_two_colors():
    pixels = picture([[0, 0, 0], [1, 0, 0], [200, 0, 0], [203, 0, 0]])
    found = quantize(pixels, 2, init=np.array([[0.0, 0, 0], [255, 0, 0]]))
    assert found.centroids.tolist() == [[0.5, 0, 0], [201.5, 0, 0]]
    assert found.palette.tolist() == [[0, 0, 0], [202, 0, 0]]  # rounded half to even
    assert found.counts.tolist() == [2, 2]
    assert found.inertia == 0.5 + 4.5
    assert found.mse == (0 + 1 + 4 + 1) / (4 * 3)
    assert found.psnr_db == pytest.approx(10 * math.log10(255**2 / 0.5))


def test_centroids_that_round_to_one_color_share_an_entry():
    pixels = picture([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    found = quantize(pixels, 2, init=np.array([[0.0, 0, 0], [0.4, 0.4, 0.4]]))
    assert found.centroids.tolist() == [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    assert found.palette.tolist() == [[0, 0, 0]]
    assert found.indices.tolist() == [[0, 0, 0, 0]]
    assert found.counts.tolist() == [4]


def test_pixels_keep_their_centroid_where_another_rounded_color_is_nearer():
    pixels = picture([[0, 0, 0]] * 3 + [[3, 0, 0]] + [[4, 0, 0]] + [[9, 0, 0]] * 2)
    found = quantize(pixels, 2, init=np.array([[0.0, 0, 0], [6.01, 0, 0]]), max_iter=1)
    # 3 is nearer to 0; then the centroids are 3 / 4 and 22 / 3, and 4 is nearer to the first.
    assert found.palette.tolist() == [[1, 0, 0], [7, 0, 0]]
    assert found.indices.tolist() == [[0, 0, 0, 0, 0, 1, 1]]


def test_colors_that_no_pixel_wears_are_dropped():
    pixels = picture([[4, 0, 0], [5, 0, 0], [14, 0, 0], [15, 0, 0], [17, 0, 0]])
    start = np.array([[18.5, 0, 0], [19, 0, 0], [14.5, 0, 0]])
    found = quantize(pixels, 3, init=start, max_iter=1)
    # 17 joins 18.5, all others 14.5, and the second, empty one takes 4: then 9.5 is nobody's.
    assert found.centroids[:, 0].tolist() == [17, 4, 9.5]
    assert found.palette[:, 0].tolist() == [4, 17]
    assert found.indices.tolist() == [[0, 0, 1, 1, 1]]
    assert found.counts.tolist() == [2, 3]


def test_a_picture_without_visible_pixels_has_no_colors():
    found = quantize(picture([RED, BLACK]), 2, alpha=np.zeros((1, 2), np.uint8))
    assert (found.n_colors, found.indices.shape, found.inertia) == (0, (1, 2), 0.0)


def test_of_soft_alpha_a_pixel_counts_as_much_as_is_seen_of_it():
    pixels = picture([[0, 0, 0], [9, 0, 0], [200, 0, 0], RED])
    alpha = np.array([[255, 51, 1, 0]], np.uint8)
    found = quantize(pixels, 2, alpha=alpha, init=np.array([[0.0, 0, 0], [255, 0, 0]]))
    # The mean is 9 * 51 / 306 = 1.5: there, both together are off by (255 * 1.5² + 51 * 7.5²) / 255
    assert found.centroids[:, 0].tolist() == [1.5, 200]
    assert found.inertia == 1.5**2 + 0.2 * 7.5**2
    assert found.palette[:, 0].tolist() == [2, 200]
    assert (found.counts.tolist(), found.unit) == ([306, 1], 255)
    assert found.mse == (255 * 4 + 51 * 49 + 0) / (3 * 307)
    assert found.max_error == 7


@pytest.mark.parametrize("init", sorted(INITS))
@pytest.mark.parametrize("space", ["srgb", "oklab"])
def test_a_glow_takes_no_color_from_what_is_opaque(init, space):
    """Three flat colors on orange that fades, with colors as 8 bits of color times alpha leave."""
    alpha = np.tile(np.arange(90) * 26 // 89 + 1, (90, 1)).astype(np.uint8)
    faint = np.rint(np.array([254, 137, 1]) * (alpha[..., np.newaxis] / 255))
    pixels = np.rint(faint * 255 / alpha[..., np.newaxis]).clip(0, 255).astype(np.uint8)
    for index, color in enumerate(([25, 60, 140], [240, 240, 235], [200, 30, 45])):
        pixels[30:60, 30 + 10 * index : 40 + 10 * index] = color
    alpha[30:60, 30:60] = 255
    found = quantize(pixels, 4, alpha=alpha, init=init, n_init=5, color_space=space)
    shown = found.palette[found.indices].astype(int)
    assert np.abs(shown - pixels)[alpha == 255].max() <= 2


def test_more_colors_than_16_bits_can_number():
    codes = np.arange(70_000)
    pixels = np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=-1).astype(np.uint8)
    found = quantize(pixels.reshape(1, -1, 3), 90_000)
    assert found.n_colors == 70_000
    assert np.array_equal(found.palette[found.indices][0], pixels)


@pytest.mark.parametrize(("k", "dtype"), [(256, np.uint8), (257, np.uint16)])
def test_indices_are_as_small_as_they_can_be(k, dtype):
    pixels = np.zeros((20, 20, 3), dtype=np.uint8)
    pixels.reshape(-1, 3)[:, 0] = np.arange(400) % 256
    pixels.reshape(-1, 3)[:, 1] = np.arange(400) // 256
    found = quantize(pixels[: 1 + k // 20, :], k)
    assert found.n_colors == k
    assert found.indices.dtype == dtype


def test_restarts_keep_the_lowest_inertia():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (30, 30, 3)).astype(np.uint8)
    single, few, many = (quantize(pixels, 8, seed=5, n_init=n).inertia for n in (1, 6, 10))
    assert many < single
    assert quantize(pixels, 8, seed=5).inertia == few  # as many as pay for k 8


@pytest.mark.parametrize("space", ["srgb", "oklab"])
def test_refinement_goes_on_from_the_best_restart(space):
    pixels = np.random.default_rng(1).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    asked = {"k": 16, "init": "in_pixel", "n_init": 2, "seed": 5, "color_space": space}
    plain, refined, again = (
        quantize(pixels, **asked, refine=refine) for refine in ("none", "swaps", "swaps")
    )
    assert refined.inertia < plain.inertia
    assert refined.n_iter > plain.n_iter
    assert refined.converged
    assert np.array_equal(refined.centroids, again.centroids)


def test_a_seed_fixes_the_result_and_another_changes_it():
    pixels = np.random.default_rng(1).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    for init in ("random", "in_pixel"):
        first, again = (quantize(pixels, 6, init=init, seed=1) for _ in range(2))
        assert np.array_equal(first.indices, again.indices)
        assert first.inertia == again.inertia != quantize(pixels, 6, init=init, seed=2).inertia


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"pixels": np.zeros((2, 2, 3))}, TypeError, "found dtype float64, expected uint8"),
        ({"pixels": np.zeros((2, 2), np.uint8)}, ValueError, r"found shape \(2, 2\), expected"),
        ({"pixels": np.zeros((0, 2, 3), np.uint8)}, ValueError, "at least one pixel"),
        ({"alpha": np.ones((4, 4))}, TypeError, "alpha: found dtype float64, expected uint8"),
        (
            {"alpha": np.ones((4, 3), np.uint8)},
            ValueError,
            r"alpha: found shape \(4, 3\), expected",
        ),
        ({"k": 0}, ValueError, "k: found 0, expected a whole number from 1"),
        ({"k": 2.5}, ValueError, "k: found 2.5, expected a whole number from 1"),
        ({"k": "4"}, ValueError, "k: found '4', expected a whole number from 1"),
        ({"seed": -1}, ValueError, "seed: found -1, expected a whole number from 0"),
        ({"tol": float("nan")}, ValueError, "tol: found nan, expected a number from 0"),
        ({"init": np.full((2, 3), np.nan)}, ValueError, "init: found a number that is not finite"),
        ({"k": 4096, "init": "kmeans"}, ValueError, "init: found 'kmeans'"),
        ({"init": "kmeans"}, ValueError, "init: found 'kmeans', expected one of 'random'"),
        ({"refine": "swap"}, ValueError, "refine: found 'swap', expected 'none' or 'swaps'"),
        ({"init": np.zeros((3, 3))}, ValueError, r"init: found shape \(3, 3\), expected \(2, 3\)"),
    ],
)
def test_wrong_arguments_are_told(arguments, error, told):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    with pytest.raises(error, match=told):
        quantize(**{"pixels": pixels, "k": 2, **arguments})


@pytest.mark.parametrize(("init", "n_starts"), [("maximin", 1), ("kmeans++", 3)])
def test_only_starts_left_to_chance_are_repeated(init, n_starts, monkeypatch):
    starts = []
    method = INITS[init]
    monkeypatch.setitem(INITS, init, lambda *given: starts.append(init) or method(*given))
    pixels = np.random.default_rng(1).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    quantize(pixels, 4, init=init, n_init=3)
    assert len(starts) == n_starts


def histogram_of(counts, seed=0):
    """Colors of nobody's picture, each with so many pixels."""
    codes = np.random.default_rng(seed).choice(2**24, len(counts), replace=False)
    colors = np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=1).astype(np.uint8)
    return Histogram(colors, np.array(counts), np.zeros((1, 1), np.uint32))


@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("megapixels", [1, 2_000, 100_000])
def test_sums_are_exact_however_many_pixels_there_are(space, megapixels):
    counts = np.random.default_rng(megapixels).integers(1, megapixels * 2_000, 1000)
    octree = arrange(histogram_of(counts), space).octree
    points = np.stack([octree.x, octree.y, octree.z], axis=1)
    found = lloyd(octree, points[:3])
    labels = found.labels[octree.order]
    for label, centroid in enumerate(found.centroids):
        own = np.flatnonzero(labels == label)
        weight = sum(int(octree.weights[i]) for i in own)
        for axis in range(3):
            total = sum(int(octree.weights[i]) * Fraction(points[i, axis]) for i in own)
            assert centroid[axis] == float(total / weight)


@pytest.mark.parametrize(
    ("total", "bits"), [(5, 24), (2**29 - 1, 24), (2**29, 23), (2**30 - 1, 23), (2**36, 16)]
)
def test_the_grid_of_oklab_is_as_fine_as_sums_stay_exact(total, bits):
    octree = arrange(histogram_of([1, 1, 1, total - 3]), "oklab").octree
    steps = np.stack([octree.x, octree.y, octree.z]) * 2**bits
    assert np.array_equal(steps, np.rint(steps))
    assert not np.array_equal(steps / 2, np.rint(steps / 2))


def test_a_coarse_grid_gives_each_color_back():
    colors = arrange(histogram_of([2**37 // 1000] * 1000), "oklab")
    found = quantize_colors(colors, 1000, init="maximin", n_init=1, seed=0, max_iter=1, tol=0.0)
    assert (found.n_colors, found.mse) == (1000, 0)


def with_an_accent():
    """Black, gray and white areas with some noise, and a red dot of 0.6 % of the pixels."""
    rng = np.random.default_rng(0)
    levels = np.repeat([0, 80, 160, 240], 500) + rng.integers(0, 16, 2000)
    pixels = np.repeat(levels, 3).astype(np.uint8).reshape(40, 50, 3)
    pixels[0, :12] = RED
    return pixels


def test_an_accent_keeps_a_color_where_rare_ones_are_favored():
    pixels = with_an_accent()

    def has_red(favor_rare):
        found = quantize(pixels, 4, init="kmeans++", n_init=8, favor_rare=favor_rare)
        return any(red - green > 200 for red, green, _ in found.palette.astype(int).tolist())

    assert (has_red(0), has_red(0.9)) == (False, True)


@pytest.mark.parametrize("color_space", ["srgb", "oklab"])
def test_figures_are_those_of_pixels_that_count_alike(color_space):
    pixels = with_an_accent()
    found = quantize(pixels, 4, init="kmeans++", favor_rare=0.7, color_space=color_space)
    colors = arrange(count_colors(pixels), color_space)
    points = colors.to_points(colors.histogram.colors)
    squared = ((points[:, np.newaxis] - found.centroids) ** 2).sum(axis=2).min(axis=1)
    assert found.inertia == pytest.approx((squared * colors.histogram.counts).sum(), rel=1e-12)
    assert found.counts.sum() == pixels[..., 0].size


def test_of_restarts_the_one_is_kept_that_is_best_as_colors_weigh():
    pixels = np.random.default_rng(5).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    pixels[10:] = pixels[10:] // 32 + 100  # half of them alike
    colors = arrange(count_colors(pixels), favor_rare=1.0)
    search = {"n_init": 1, "seed": 0, "max_iter": 1000, "tol": 0.0}
    starts = (INITS["random"](colors.octree, 6, np.random.default_rng([3, r])) for r in range(6))
    alone = [quantize_colors(colors, 6, init=start, **search).centroids for start in starts]
    sums = [assign_nearest(colors.octree, centroids).inertia for centroids in alone]
    kept = quantize(pixels, 6, init="random", n_init=6, seed=3, favor_rare=1.0)
    assert len(set(sums)) > 1
    assert kept.centroids.tolist() == alone[sums.index(min(sums))].tolist()


def test_a_neutral_share_changes_nothing():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    one, other = (quantize(pixels, 5, seed=1, **keys) for keys in ({}, {"favor_rare": 0.0}))
    assert one.centroids.tolist() == other.centroids.tolist()
    assert one.inertia == other.inertia


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_a_share_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="favor_rare"):
        quantize(picture([WHITE]), 1, favor_rare=wrong)


def photograph():
    """Ten soft blots of noise: 20,000 pixels of almost as many colors, in a few hundred cells."""
    rng = np.random.default_rng(1)
    blots = rng.integers(30, 220, (10, 3))
    pixels = blots[rng.integers(0, 10, (100, 200))] + rng.normal(0, 12, (100, 200, 3))
    return pixels.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("color_space", ["srgb", "oklab"])
@pytest.mark.parametrize("favor_rare", [0.0, 0.7])
def test_restarts_are_tried_on_means_of_cells_and_the_best_goes_on_to_its_rest(
    color_space, favor_rare
):
    pixels = photograph()
    colors = arrange(count_colors(pixels), color_space, favor_rare)
    means = summarize(colors, 6)
    assert means.n_points * 4 < colors.octree.n_points
    assert means.weights.sum() == colors.octree.weights.sum()
    how = {"init": "kmeans++", "seed": 3, "color_space": color_space, "favor_rare": favor_rare}
    found = quantize(pixels, 6, n_init=8, **how)
    assert found.converged
    # It is at rest among all colors: another run from there moves nothing.
    again = lloyd(colors.octree, found.centroids)
    assert again.centroids.tolist() == found.centroids.tolist()
    exact = [lloyd(colors.octree, start_of(colors, r)).inertia for r in range(8)]
    best = assign_nearest(colors.octree, found.centroids).inertia
    assert best <= min(exact) * 1.01


def start_of(colors, restart):
    return INITS["kmeans++"](colors.octree, 6, np.random.default_rng([3, restart]))


def test_of_few_colors_or_many_centroids_there_is_no_summary():
    colors = arrange(count_colors(photograph()))
    assert summarize(colors, 6) is not None
    assert summarize(colors, 500) is None
    few = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert summarize(arrange(count_colors(few)), 2) is None


def test_centroids_of_a_palette_go_with_entries_that_are_left():
    pixels = picture([[0, 0, 0], [1, 0, 0], [100, 0, 0], [200, 0, 0]])
    start = np.array([[200.0, 0, 0], [100, 0, 0], [0, 0, 0]])
    found = quantize_colors(
        arrange(count_colors(pixels)), 3, init=start, n_init=1, seed=0, max_iter=9, tol=0.0
    )
    assert found.entry_of_centroid.tolist() == [2, 1, 0]
    assert found.palette_centroids[:, 0].tolist() == [0.5, 100, 200]
    indices = np.array([[0, 0, 2, 2]], np.uint8)  # as after dithering: nothing wears the second
    left = repaint(found, count_colors(pixels), None, indices)
    assert left.palette[:, 0].tolist() == [0, 200]
    assert left.entry_of_centroid.tolist() == [1, -1, 0]
    assert left.palette_centroids[:, 0].tolist() == [0.5, 200]
