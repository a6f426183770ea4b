"""Laws of K-Means, and the kernel against the definition written down naively."""

from itertools import pairwise

import numpy as np
import oracle
import plain_loops
from hypothesis import given
from hypothesis import strategies as st

from batchquant.quantization import quantize
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.kmeans.assignment import room_for_contenders, unassigned
from batchquant.quantization.kmeans.filtering import assign
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.lloyd import assign_nearest, lloyd
from batchquant.quantization.kmeans.octree import build_octree
from batchquant.quantization.kmeans.refine import refine_by_swaps

# Few distinct levels make equal distances, duplicate colors and empty clusters common.
LEVELS = st.sampled_from([[0, 255], [0, 1, 2], [0, 64, 128, 255], list(range(256))])


@st.composite
def pictures(draw):
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    levels = draw(LEVELS)
    n = height * width * 3
    values = draw(st.lists(st.sampled_from(levels), min_size=n, max_size=n))
    return np.array(values, dtype=np.uint8).reshape(height, width, 3)


@st.composite
def problems(draw):
    """Points, weights and a start, with k below the number of points."""
    histogram = count_colors(draw(pictures()))
    n = len(histogram.colors)
    points = histogram.colors.astype(np.float64)
    k = draw(st.integers(1, max(1, n - 1)))
    seed = draw(st.integers(0, 100))
    init = draw(st.sampled_from([*INITS, "far away", "all the same"]))
    if init == "far away":  # many clusters are empty at first
        start = 1000.0 + np.random.default_rng(seed).uniform(0, 255, (k, 3))
    elif init == "all the same":
        start = np.repeat(points[:1], k, axis=0)
    else:
        octree = build_octree(points, histogram.counts)
        start = INITS[init](octree, k, np.random.default_rng(seed))
    return points, histogram.counts, start


@given(
    problems(),
    st.sampled_from([1, 3, 192]),
    st.sampled_from([1, 2, 1000]),
    st.sampled_from([0.0, 0.5, 100.0]),
    st.integers(0, 3),
    st.sampled_from([1.0, -(2.0**-26)]),
)
def test_the_kernel_equals_the_definition_bit_for_bit(
    problem, leaf_size, max_iter, tol, n_fixed, scale
):
    points, weights, start = problem
    n_fixed = min(n_fixed, len(start))
    if n_fixed == 3:  # fixed ones on points, so that all points may lie on centroids
        start[:n_fixed] = points[:n_fixed]
    points, start = points * scale, start * scale
    octree = build_octree(points, weights, leaf_size=leaf_size)
    ours = lloyd(octree, start, max_iter=max_iter, tol=tol, n_fixed=n_fixed)
    theirs = oracle.kmeans(
        points.tolist(), weights.tolist(), start.tolist(), max_iter, tol, n_fixed
    )
    assert ours.centroids.tolist() == theirs.centroids
    assert ours.labels.tolist() == theirs.labels
    assert (ours.n_iter, ours.converged) == (theirs.n_iter, theirs.converged)
    assert ours.inertia == theirs.inertia


@given(problems(), st.sampled_from([1, 2, 1000]), st.sampled_from([0.0, 0.5, 100.0]))
def test_the_compiled_loops_are_the_definition(problem, max_iter, tol):
    compiled = plain_loops.kmeans(*problem, max_iter, tol)
    points, weights, start = (array.tolist() for array in problem)
    theirs = oracle.kmeans(points, weights, start, max_iter, tol)
    assert oracle.Clustering(compiled[0].tolist(), compiled[1].tolist(), *compiled[2:]) == theirs


@given(problems())
def test_weighted_colors_give_what_all_pixels_give(problem):
    colors, counts, start = problem
    pixels = np.repeat(colors, counts, axis=0)
    weighted = lloyd(build_octree(colors, counts), start)
    plain = lloyd(build_octree(pixels, np.ones(len(pixels), dtype=np.int64)), start)
    assert np.array_equal(weighted.centroids, plain.centroids)
    assert np.array_equal(np.repeat(weighted.labels, counts), plain.labels)
    assert weighted.n_iter == plain.n_iter


@given(problems())
def test_inertia_never_rises(problem):
    points, weights, start = problem
    inertias = [
        lloyd(build_octree(points, weights), start, max_iter=n).inertia for n in range(1, 8)
    ]
    assert all(after <= before + 1e-9 for before, after in pairwise(inertias))


def check_that_assignments_are_those_made_anew(octree, centroids, rng):
    """Let one centroid after another jump onto a point, and bring the assignment up to date."""
    room = room_for_contenders(octree, len(centroids))
    kept = unassigned(octree, len(centroids))
    for _ in range(8):
        assign(octree, centroids, kept, room)
        anew = unassigned(octree, len(centroids))
        assign(octree, centroids, anew, room)
        assert np.array_equal(kept.labels, anew.labels)
        assert np.array_equal(kept.sums, anew.sums)
        centroids[rng.integers(len(centroids))] = octree.point(rng.integers(octree.n_points))


@given(problems(), st.sampled_from([1, 3, 192]), st.integers(0, 100))
def test_an_assignment_brought_up_to_date_is_one_made_anew(problem, leaf_size, seed):
    points, weights, start = problem
    octree = build_octree(points, weights, leaf_size=leaf_size)
    check_that_assignments_are_those_made_anew(octree, start.copy(), np.random.default_rng(seed))


@given(st.integers(0, 1000), st.sampled_from([30, 256, 600]))
def test_so_it_is_of_more_centroids_than_a_node_has_bits_for(seed, k):
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(0, 256, (2000, 3)), axis=0).astype(np.float64)
    octree = build_octree(points, rng.integers(1, 9, len(points)), leaf_size=10)
    check_that_assignments_are_those_made_anew(
        octree, points[rng.permutation(len(points))[:k]], rng
    )


@given(problems(), st.integers(0, 3), st.sampled_from([1, 2, 1000]), st.integers(0, 9))
def test_refinement_lowers_inertia_or_changes_nothing(problem, n_fixed, max_iter, seed):
    points, weights, start = problem
    octree = build_octree(points, weights)
    options = {"n_fixed": min(n_fixed, len(start) - 1), "max_iter": max_iter}
    found = lloyd(octree, start, **options)
    first, second = (
        refine_by_swaps(octree, found, np.random.default_rng(seed), **options) for _ in range(2)
    )
    assert first.inertia < found.inertia or np.array_equal(first.centroids, found.centroids)
    assert np.array_equal(first.centroids[: options["n_fixed"]], start[: options["n_fixed"]])
    assert first.n_iter >= found.n_iter
    assert np.array_equal(first.labels, assign_nearest(octree, first.centroids).labels)
    assert np.array_equal(first.centroids, second.centroids)


@given(
    pictures(),
    st.integers(1, 70),
    st.sampled_from(list(INITS)),
    st.integers(0, 9),
    st.sampled_from([1, 2, 1000]),
)
def test_a_picture_never_gets_more_than_k_colors(pixels, k, init, seed, max_iter):
    found = quantize(pixels, k, init=init, seed=seed, max_iter=max_iter)
    shown = found.palette[found.indices]
    assert found.n_colors == len(np.unique(shown.reshape(-1, 3), axis=0)) <= k
    assert found.counts.sum() == pixels.shape[0] * pixels.shape[1]
    assert (found.counts > 0).all()
    squared = (shown.astype(np.int64) - pixels) ** 2
    assert found.mse == squared.sum() / squared.size


@given(pictures(), st.sampled_from(list(INITS)))
def test_enough_colors_change_nothing(pixels, init):
    n_colors = len(np.unique(pixels.reshape(-1, 3), axis=0))
    found = quantize(pixels, n_colors, init=init)
    assert np.array_equal(found.palette[found.indices], pixels)
    assert found.inertia == 0


@given(pictures(), st.integers(1, 9))
def test_palettes_go_from_dark_to_light(pixels, k):
    palette = quantize(pixels, k).palette.astype(np.int64)
    luma = palette @ [2126, 7152, 722]
    assert (np.diff(luma) >= 0).all()
