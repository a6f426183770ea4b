"""Local optima made by hand, which Lloyd's iteration cannot leave."""

import numpy as np
import oracle
import pytest

from batchquant.quantization.kmeans.lloyd import lloyd
from batchquant.quantization.kmeans.octree import build_octree
from batchquant.quantization.kmeans.refine import refine_by_swaps


def crowds(*centers, n=40):
    """Return an octree of points scattered around centers, a power of two apart."""
    rng = np.random.default_rng(3)
    points = np.vstack([center + rng.integers(-8, 9, (n, 3)) for center in centers])
    points, weights = np.unique(points.astype(np.float64), axis=0, return_counts=True)
    return build_octree(points, weights)


FAR_APART = ([0, 0, 0], [200, 0, 0], [0, 200, 0])


def refine(octree, found, seed=0, **options):
    return refine_by_swaps(octree, found, np.random.default_rng(seed), **options)


def test_a_centroid_leaves_a_crowd_for_one_that_has_none():
    octree = crowds(*FAR_APART)
    stuck = lloyd(octree, np.array([[0.0, 0, 0], [8, 8, 8], [100, 100, 0]]))
    assert stuck.converged  # two in one crowd, and one between the others
    assert stuck.inertia > 80 * 141**2
    refined = refine(octree, stuck)
    owners = {tuple(np.rint(centroid / 50).astype(int)) for centroid in refined.centroids}
    assert owners == {(0, 0, 0), (4, 0, 0), (0, 4, 0)}
    assert refined.converged


def test_what_is_found_is_a_fixed_point_of_the_definition():
    octree = crowds(*FAR_APART)
    refined = refine(octree, lloyd(octree, np.array([[0.0, 0, 0], [8, 8, 8], [100, 100, 0]])))
    points = np.stack([octree.x, octree.y, octree.z], axis=1)
    rows = np.empty_like(points)
    rows[octree.order], weights = points, np.empty_like(octree.weights)
    weights[octree.order] = octree.weights
    theirs = oracle.kmeans(rows.tolist(), weights.tolist(), refined.centroids.tolist())
    assert (theirs.n_iter, theirs.converged) == (1, True)
    assert theirs.labels == refined.labels.tolist()
    assert theirs.inertia == refined.inertia


def test_iterations_of_all_descents_count():
    octree = crowds(*FAR_APART)
    stuck = lloyd(octree, np.array([[0.0, 0, 0], [8, 8, 8], [100, 100, 0]]))
    best = refine(octree, stuck)
    again = refine(octree, best)
    assert again.n_iter == best.n_iter + 10 * 8  # ten swaps in vain, and no descent after them
    assert np.array_equal(again.centroids, best.centroids)


def test_max_iter_bounds_each_descent():
    octree = crowds(*FAR_APART)
    stuck = lloyd(octree, np.array([[0.0, 0, 0], [8, 8, 8], [100, 100, 0]]), max_iter=1)
    refined = refine(octree, stuck, max_iter=1)
    assert refined.inertia < stuck.inertia
    assert not refined.converged  # its last descent was one iteration long
    assert refined.n_iter - stuck.n_iter < 40


def test_fixed_centroids_stay_where_they_are():
    octree = crowds(*FAR_APART)
    pinned = np.array([[3.0, 1, 2], [90, 90, 90]])
    start = np.vstack([pinned, [[0.0, 0, 0], [-8, -8, -8], [100, 100, 0]]])
    stuck = lloyd(octree, start, n_fixed=2)
    refined = refine(octree, stuck, n_fixed=2)
    assert np.array_equal(refined.centroids[:2], pinned)
    assert refined.inertia < stuck.inertia / 10


def test_where_a_fixed_one_does_as_well_a_free_one_is_not_missed():
    octree = crowds([0, 0, 0], [200, 0, 0])
    found = lloyd(octree, np.array([[0.0, 0, 0], [0, 1, 0]]), n_fixed=1)
    assert found.centroids[1, 0] > 50  # it stands for all that is far away
    stuck = lloyd(octree, np.array([[100.0, 0, 0], [0, 0, 0], [0, 1, 0]]), n_fixed=1)
    assert refine(octree, stuck, n_fixed=1).inertia < stuck.inertia


@pytest.mark.parametrize("k", [1, 3])
def test_where_nothing_can_be_gained_nothing_is_tried(k):
    octree = crowds(*FAR_APART, n=1)
    found = lloyd(octree, np.stack([octree.point(place) for place in range(k)]))
    assert refine(octree, found) is found


def test_a_call_between_swaps_may_end_the_work():
    class EnoughError(Exception):
        pass

    def checkpoint():
        raise EnoughError

    octree = crowds(*FAR_APART)
    found = lloyd(octree, np.array([[0.0, 0, 0], [8, 8, 8], [100, 100, 0]]))
    with pytest.raises(EnoughError):
        refine(octree, found, checkpoint=checkpoint)
