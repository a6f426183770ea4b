"""Laws of choosing a few colors out of a stock."""

from itertools import combinations, product
from math import comb

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchquant.quantization import arrange, choose_from_palette
from batchquant.quantization import stock as module
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.weights import rare_weights
from batchquant.quantization.kmeans.lloyd import lloyd
from batchquant.quantization.kmeans.octree import build_octree
from batchquant.quantization.kmeans.swaps import exchange
from batchquant.quantization.stock import choose, snap

LEVELS = st.sampled_from([[0, 255], [0, 1, 2], [0, 64, 128, 255], list(range(256))])


@st.composite
def problems(draw, most=9):
    """Points with weights, a stock, k and rows that are chosen in any case."""
    levels = draw(LEVELS)
    channel = st.sampled_from(levels)
    pixels = draw(st.lists(st.tuples(channel, channel, channel), min_size=1, max_size=60))
    histogram = count_colors(np.array([pixels], dtype=np.uint8))
    grid = [*product((0, 100, 255), repeat=3), *product((30, 60), repeat=3)]
    rows = draw(st.lists(st.sampled_from(grid), min_size=2, max_size=most, unique=True))
    k = draw(st.integers(1, len(rows) - 1))
    fixed = draw(st.lists(st.integers(0, len(rows) - 1), max_size=k, unique=True))
    leaf_size = draw(st.sampled_from([1, 3, 192]))
    points = histogram.colors.astype(np.float64)
    octree = build_octree(points, histogram.counts, leaf_size=leaf_size)
    return octree, np.array(rows, dtype=np.float64), k, fixed


def error_of(octree, centers):
    """Add up what is to be least; all numbers are whole, so that no order matters."""
    points = np.stack([octree.x, octree.y, octree.z], axis=1)
    squared = ((points[:, None] - centers[None]) ** 2).sum(axis=2)
    return float((octree.weights * squared.min(axis=1)).sum())


def search_from_first(octree, stock, k, fixed, max_iter=1000):
    """Return a K-Means whose free centroids begin at the first rows."""
    free = [row for row in range(len(stock)) if row not in fixed][: k - len(fixed)]
    return lloyd(octree, stock[[*fixed, *free]], n_fixed=len(fixed), max_iter=max_iter)


def refuse_to_search():
    raise AssertionError("few ways to choose are all tried")


@given(problems())
def test_of_few_ways_to_choose_it_is_the_best_and_the_first_of_equals(problem):
    octree, stock, k, fixed = problem
    subsets = [each for each in combinations(range(len(stock)), k) if {*fixed} <= {*each}]
    best = min(subsets, key=lambda rows: error_of(octree, stock[list(rows)]))
    assert choose(octree, stock, k, fixed, refuse_to_search) == list(best)


@given(problems(), st.sampled_from([1, 1000]))
def test_of_many_it_is_a_local_optimum_and_no_worse_than_snapped_centroids(problem, max_iter):
    octree, stock, k, fixed = problem

    def search():
        return search_from_first(octree, stock, k, fixed, max_iter)

    before, module.MAX_TRIED = module.MAX_TRIED, 1
    try:
        chosen = choose(octree, stock, k, fixed, search)
    finally:
        module.MAX_TRIED = before
    assert chosen == sorted({*chosen}) and len(chosen) <= k and {*fixed} <= {*chosen}
    error = error_of(octree, stock[chosen])
    assert error <= error_of(octree, stock[snap(search().centroids, stock, fixed)])
    others = {*range(len(stock))} - {*chosen}
    for out, other in product({*chosen} - {*fixed}, others):
        assert error <= error_of(octree, stock[[row for row in chosen if row != out] + [other]])


@given(problems(), st.sampled_from([0.0, 0.3, 1.0]))
def test_what_is_least_is_the_error_of_pixels_by_what_they_count(problem, favor_rare):
    octree, rows, k, fixed = problem
    points = np.stack([octree.x, octree.y, octree.z], axis=1).astype(np.uint8)
    histogram = count_colors(np.repeat(points, octree.weights.astype(int), axis=0)[None])
    weights = rare_weights(histogram, favor_rare) if favor_rare else histogram.counts

    def error(palette, weights):
        apart = histogram.colors[:, None].astype(np.int64) - np.array(palette, np.int64)
        return int((weights * np.square(apart).sum(axis=2).min(axis=1)).sum())

    stock = [tuple(map(int, row)) for row in rows]
    found = choose_from_palette(
        arrange(histogram, "srgb", favor_rare),
        stock,
        k,
        seed=0,
        max_iter=9,
        tol=0.0,
        pin=[stock[row] for row in fixed],
    )
    subsets = [each for each in combinations(range(len(stock)), k) if {*fixed} <= {*each}]
    least = min(error([stock[row] for row in rows], weights) for rows in subsets)
    assert error(found.palette, weights) == least
    assert found.inertia == error(found.palette, histogram.counts)


@given(problems(most=14), st.randoms(use_true_random=False))
def test_exchanges_of_any_start_end_where_no_single_one_helps(problem, random):
    octree, stock, k, fixed = problem
    free = [row for row in range(len(stock)) if row not in fixed]
    random.shuffle(free)
    start = [*fixed, *free[: k - len(fixed)]]
    if k < 2 or len(start) == len(fixed):
        return
    found = exchange(octree, stock, start, len(fixed))
    assert found[: len(fixed)] == fixed and len({*found}) == k
    error = error_of(octree, stock[found])
    assert error <= error_of(octree, stock[start])
    for place, other in product(range(len(fixed), k), {*range(len(stock))} - {*found}):
        swapped = [*found[:place], other, *found[place + 1 :]]
        assert error <= error_of(octree, stock[swapped])


@given(problems())
def test_centroids_snap_to_rows_of_their_own(problem):
    octree, stock, k, fixed = problem
    centroids = search_from_first(octree, stock, k, fixed).centroids
    rows = snap(centroids, stock, fixed)
    assert rows[: len(fixed)] == fixed and len({*rows}) == k
    for place in range(len(fixed), k):
        apart = ((stock - centroids[place]) ** 2).sum(axis=1)
        nearer = {row for row in range(len(stock)) if apart[row] < apart[rows[place]]}
        assert nearer <= {*rows[:place]}


def test_all_are_tried_up_to_10000_ways():
    assert (comb(16, 6), comb(16, 7), comb(24, 4)) == (8008, 11440, 10626)
    assert [module.n_ways(n, k) <= module.MAX_TRIED for n, k in [(16, 6), (16, 7), (24, 4)]] == [
        True,
        False,
        False,
    ]
    assert module.n_ways(24, 4, n_fixed=1) == comb(23, 3)
