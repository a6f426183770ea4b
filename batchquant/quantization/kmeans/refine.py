"""Out of the local optimum that Lloyd's iteration ends in: single centroids are moved elsewhere."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel
from batchquant.quantization.kmeans.assignment import room_for_contenders, unassigned
from batchquant.quantization.kmeans.field import draw_far, field_of, own_distances
from batchquant.quantization.kmeans.filtering import assign, settle
from batchquant.quantization.kmeans.lloyd import Clustering, lloyd
from batchquant.quantization.kmeans.octree import Octree

N_ITER = 8  # that a swap is given to prove itself; with 4, a third of those that would are missed
SHARE = 2  # one of so many centroids may be moved: those that are missed least
# Swaps in vain, one after another, before it ends: 10, and one more for so many centroids.
PATIENCE, CENTROIDS_A_SWAP = 10, 20


def refine_by_swaps(
    octree: Octree,
    found: Clustering,
    rng: np.random.Generator,
    *,
    n_fixed: int = 0,
    max_iter: int = 1000,
    tol: float = 0.0,
    checkpoint: Callable[[], None] = lambda: None,
) -> Clustering:
    """Move centroids that are missed least to where points are far from any, while that helps.

    Parameters
    ----------
    octree : Octree
        N weighted points, from `build_octree`.
    found : Clustering
        What `lloyd` found among them.
    rng : numpy.random.Generator
        Source of randomness.
    n_fixed, max_iter, tol, checkpoint
        As in `lloyd`, of each descent.

    Returns
    -------
    Clustering
        Of no more inertia than `found`. `n_iter` counts the iterations of all descents, in vain or
        not; `converged` is that of the last one, or of `found` where nothing is better.

    Notes
    -----
    The half of the centroids that cost least to merge with another are tried one after another:
    each is put on a point drawn as in `init_kmeans_plusplus`. In the iterations that follow, only
    centroids near the change move. If the inertia is lower then, the swap stays. At the end Lloyd's
    iteration brings all centroids to rest.

    References
    ----------
    P. Fränti (2018), Efficiency of random swap clustering, Journal of Big Data 5, 13,
    doi:10.1186/s40537-018-0122-y. The cost of a merge is that of J. H. Ward (1963), Hierarchical
    grouping to optimize an objective function, J. Am. Stat. Assoc. 58(301), 236-244,
    doi:10.1080/01621459.1963.10500845.

    Examples
    --------
    >>> from batchquant.quantization.kmeans.octree import build_octree
    >>> points = np.array([[0.0, 0, 0], [2, 0, 0], [90, 0, 0], [100, 0, 0], [110, 0, 0]])
    >>> octree = build_octree(points, np.ones(5, dtype=np.int64))
    >>> found = lloyd(octree, np.array([[0.0, 0, 0], [2, 0, 0], [100, 0, 0]]))
    >>> refined = refine_by_swaps(octree, found, np.random.default_rng(0))
    >>> found.inertia, refined.inertia
    (200.0, 52.0)
    """
    k = len(found.centroids)
    if k == 1 or found.inertia == 0:
        return found
    n_each = min(N_ITER, max_iter)
    n_movable = max(1, (k - n_fixed) // SHARE)
    room = room_for_contenders(octree, k)
    state, tried = unassigned(octree, k), unassigned(octree, k)
    centroids, moved = found.centroids.copy(), np.empty_like(found.centroids)
    assign(octree, centroids, state, room)
    gained = _gain(centroids, state.sums, n_fixed)
    n_iter, n_vain, has_swapped = found.n_iter, 0, False
    field = None
    while n_vain < PATIENCE + k // CENTROIDS_A_SWAP:
        checkpoint()
        if field is None:
            field = field_of(octree, own_distances(octree, centroids, state.labels))
            costs = _costs_of_merging(centroids, state.sums[:, 0].copy(), n_fixed)
            movable = n_fixed + np.argsort(costs, kind="stable")[:n_movable]
        np.copyto(moved, centroids)
        moved[movable[n_vain % n_movable]] = draw_far(octree, field, k, rng)
        tried.copy_from(state)
        settle(octree, moved, tried, room, n_fixed, n_each)
        would_gain = _gain(moved, tried.sums, n_fixed)
        n_iter += n_each
        n_vain += 1
        if would_gain > gained:
            centroids, moved, state, tried = moved, centroids, tried, state
            gained, n_vain, has_swapped, field = would_gain, 0, True, None
    if has_swapped:
        refined = lloyd(
            octree, centroids, n_fixed=n_fixed, max_iter=max_iter, tol=tol, checkpoint=checkpoint
        )
        n_iter += refined.n_iter
        found = min(found, refined, key=lambda clustering: clustering.inertia)
    return replace(found, n_iter=n_iter)


@kernel
def _gain(centroids: NDArray[np.float64], sums: NDArray[np.float64], n_fixed: int) -> float:
    """Return by how much inertia is below that around the origin, with clusters at their means.

    The first `n_fixed` stay where they are. `sums` are those of `Assignment`.
    """
    gain = 0.0
    for j in range(len(sums)):
        weight, x, y, z = sums[j, 0], sums[j, 1], sums[j, 2], sums[j, 3]
        if j < n_fixed:
            cx, cy, cz = centroids[j, 0], centroids[j, 1], centroids[j, 2]
            gain += 2 * ((cx * x + cy * y) + cz * z) - weight * ((cx * cx + cy * cy) + cz * cz)
        elif weight > 0:
            gain += ((x * x + y * y) + z * z) / weight
    return gain


@kernel
def _costs_of_merging(
    centroids: NDArray[np.float64], weights: NDArray[np.float64], n_fixed: int
) -> NDArray[np.float64]:
    """Return by how much inertia rises where each centroid but the first `n_fixed` is given up.

    Its points and those of one other, for which that is least, get their common mean; those of a
    fixed one stay where they are.
    """
    k = len(centroids)
    costs = np.full(k - n_fixed, np.inf)
    for i in range(n_fixed, k):
        for j in range(i):
            dx, dy = centroids[i, 0] - centroids[j, 0], centroids[i, 1] - centroids[j, 1]
            dz = centroids[i, 2] - centroids[j, 2]
            cost = weights[i] * ((dx * dx + dy * dy) + dz * dz)
            if j >= n_fixed:
                cost = cost * weights[j] / (weights[i] + weights[j]) if cost > 0 else 0.0
                costs[j - n_fixed] = min(costs[j - n_fixed], cost)
            costs[i - n_fixed] = min(costs[i - n_fixed], cost)
    return costs
