"""Cases worked out by hand, on a line: the first coordinate moves, the others are zero."""

import numpy as np
import pytest

from batchquant.quantization.kmeans.lloyd import assign_nearest, lloyd
from batchquant.quantization.kmeans.octree import build_octree


def on_line(*values):
    points = np.zeros((len(values), 3))
    points[:, 0] = values
    return points


def run(points, start, weights=None, **options):
    points = on_line(*points)
    weights = np.ones(len(points), dtype=np.int64) if weights is None else np.array(weights)
    found = lloyd(build_octree(points, weights), on_line(*start), **options)
    return found.centroids[:, 0].tolist(), found


def test_two_groups_are_found():
    centroids, found = run([0, 2, 10, 12], [0, 2])
    # [0 | 2 10 12] -> means 0, 8; [0 2 | 10 12] -> means 1, 11; no further move.
    assert centroids == [1, 11]
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert (found.inertia, found.n_iter, found.converged) == (4.0, 3, True)


def test_weights_count_as_that_many_points():
    centroids, found = run([0, 4, 100], [1, 99], weights=[3, 1, 2])
    assert centroids == [1, 100]
    assert found.inertia == 3 * 1 + 9


def test_a_tie_goes_to_the_lower_index():
    _, found = run([0, 5, 10], [10, 0], max_iter=1)
    # 5 is as far from both: it joins centroid 0, at 10, which moves to 7.5.
    assert found.centroids[:, 0].tolist() == [7.5, 0]


def test_an_empty_cluster_takes_the_farthest_point_and_the_donor_keeps_its_mean():
    _, found = run([0, 1, 9, 20], [0, 1, 1000], max_iter=1)
    # 1, 9 and 20 are nearest to 1; its mean is 10, with 20 counted; 1000 owns nothing and takes 20.
    assert found.centroids[:, 0].tolist() == [0, 10, 20]
    assert not found.converged


def test_of_equally_far_points_the_first_is_taken():
    _, found = run([0, 10, 20], [10, 1000], max_iter=1)
    assert found.centroids[:, 0].tolist() == [10, 0]


def test_several_empty_clusters_choose_one_after_another():
    _, found = run([0, 1, 9, 11, 30], [0, 500, 600], max_iter=1)
    # Far from 0: 30 is taken. Then 11 (distance 11 to 0, 19 to 30) and not its neighbor 9.
    assert found.centroids[:, 0].tolist() == [10.2, 30, 11]


def test_an_iteration_that_refilled_a_cluster_has_not_converged():
    _, found = run([0, 10, 20], [10, 1000], tol=1e9)
    assert found.n_iter == 2


def test_max_iter_stops_short_and_says_so():
    _, found = run([0, 2, 10, 12], [0, 2], max_iter=1)
    assert found.centroids[:, 0].tolist() == [0, 8]
    assert (found.n_iter, found.converged) == (1, False)
    assert found.labels.tolist() == [0, 0, 1, 1]  # of the final centroids, not of the start
    assert found.inertia == 4 + 4 + 16


@pytest.mark.parametrize(("tol", "n_iter"), [(0, 3), (9.9, 3), (10, 2), (36, 1)])
def test_tol_is_the_summed_squared_move(tol, n_iter):
    # Moves from 0, 2: first 0 and 6 (36 in all), then 1 and 3 (10), then none.
    _, found = run([0, 2, 10, 12], [0, 2], tol=tol)
    assert (found.n_iter, found.converged) == (n_iter, True)


def test_the_start_is_not_modified():
    start = on_line(0, 2)
    lloyd(build_octree(on_line(0, 2, 10, 12), np.ones(4, dtype=np.int64)), start)
    assert start.tolist() == on_line(0, 2).tolist()


def test_fixed_centroids_stay_and_are_never_refilled():
    points = np.array([[0.0, 0, 0], [2, 0, 0], [9, 0, 0]])
    octree = build_octree(points, np.array([1, 1, 1]))
    start = np.array([[50.0, 0, 0], [1, 1, 0], [9, 0, 0]])  # nothing is nearest to the first
    found = lloyd(octree, start, n_fixed=2)
    assert found.centroids.tolist() == start.tolist()
    assert found.labels.tolist() == [1, 1, 2]


def test_given_centroids_are_only_assigned():
    octree = build_octree(np.array([[0.0, 0, 0], [10, 0, 0]]), np.array([2, 3]))
    found = assign_nearest(octree, np.array([[5.0, 0, 0], [5, 0, 0], [12, 0, 0]]))
    assert (found.labels.tolist(), found.n_iter, found.converged) == ([0, 2], 0, True)
    assert found.inertia == 2 * 25 + 3 * 4


def test_where_all_points_lie_on_fixed_centroids_a_free_one_rests():
    octree = build_octree(np.array([[0.0, 0, 0], [9, 0, 0]]), np.array([5, 1]))
    found = lloyd(octree, np.array([[0.0, 0, 0], [9, 0, 0], [3, 0, 0]]), n_fixed=2)
    assert (found.n_iter, found.converged, found.inertia) == (1, True, 0.0)
    assert found.centroids[2].tolist() == [3, 0, 0]
