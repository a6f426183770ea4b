"""Lloyd's iteration on weighted points, to a true fixed point."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.kmeans.assignment import (
    Assignment,
    room_for_contenders,
    unassigned,
)
from batchquant.quantization.kmeans.field import add_center, farthest, field_of, own_distances
from batchquant.quantization.kmeans.filtering import assign, iterate
from batchquant.quantization.kmeans.octree import Octree

BUDGET = 20_000_000  # distances between two checkpoints: about 20 milliseconds


@dataclass(frozen=True, slots=True)
class Clustering:
    """Where K-Means ended."""

    centroids: NDArray[np.float64]  # (K, 3), in the order of the start
    labels: NDArray[np.int32]  # (N,), of the centroid nearest to each point
    inertia: float  # weighted sum of squared distances to the centroids
    n_iter: int  # one is an assignment and an update
    converged: bool  # whether the centroids came to rest before `max_iter`


def lloyd(
    octree: Octree,
    centroids: NDArray[np.float64],
    *,
    n_fixed: int = 0,
    max_iter: int = 1000,
    tol: float = 0.0,
    checkpoint: Callable[[], None] = lambda: None,
) -> Clustering:
    """Move centroids to the weighted means of their nearest points until they rest.

    Parameters
    ----------
    octree : Octree
        N weighted points, from `build_octree`; not modified, so that calls can share it.
    centroids : ndarray of shape (K, 3), float64
        Start. Not modified.
    n_fixed : int
        So many centroids, the first, stay where they are, whether they own points or not.
    max_iter : int
        Iterations at most, >= 1.
    tol : float
        Stop when the squared moves of an iteration sum to no more than this; 0 means the fixed
        point itself.
    checkpoint : callable
        Called now and then, in between iterations; what it raises ends the work.

    Returns
    -------
    Clustering
        Labels and inertia belong to the returned centroids.

    Notes
    -----
    Ties go to the lower index. A centroid that owns nothing takes, in that update, the point
    farthest from its nearest centroid (ties: the lowest point), seen from this iteration's
    assignment; several choose one after another, each choice counting as a centroid for the next.
    The mean of the cluster it takes from is not changed by that, and an iteration with such a move
    has not converged. Where every point lies on a centroid already, as only fixed ones bring about,
    it stays where it is.

    Where points are multiples of a power of two and their weighted sums fit 53 bits, as those of
    8-bit colors do, all sums are exact: the result is that of adding point after point, whatever
    the order. Inertia is added row after row.

    References
    ----------
    S. P. Lloyd (1982), Least squares quantization in PCM, IEEE Trans. Inf. Theory 28(2), 129-137,
    doi:10.1109/TIT.1982.1056489.

    Examples
    --------
    >>> from batchquant.quantization.kmeans.octree import build_octree
    >>> points = np.array([[0.0, 0, 0], [2, 0, 0], [9, 0, 0]])
    >>> octree = build_octree(points, np.array([3, 1, 1]))
    >>> found = lloyd(octree, np.array([[0.0, 0, 0], [1, 0, 0]]))
    >>> found.centroids[:, 0].tolist(), found.labels.tolist(), found.inertia, found.n_iter
    ([0.5, 9.0], [0, 0, 1], 3.0, 3)
    """
    centroids = np.array(centroids, dtype=np.float64, order="C")  # one layout, one kernel
    state = unassigned(octree, len(centroids))
    room = room_for_contenders(octree, len(centroids))
    n_iter, converged = 0, False
    while not converged and n_iter < max_iter:
        checkpoint()
        n_more, converged, has_empty = iterate(
            octree, centroids, state, room, n_fixed, max_iter - n_iter, float(tol), BUDGET
        )
        n_iter += n_more
        if has_empty:
            before = centroids
            centroids, is_refilled = _update_and_refill(octree, before, state, n_fixed)
            shift = ((centroids - before) ** 2).sum()
            converged = not is_refilled and bool(shift <= tol)
            n_iter += 1
    assign(octree, centroids, state, room)
    return Clustering(centroids, *_in_rows(octree, centroids, state), n_iter, converged)


def assign_nearest(octree: Octree, centroids: NDArray[np.float64]) -> Clustering:
    """Give each point to its nearest centroid, the lower of equals, and move nothing."""
    centroids = np.array(centroids, dtype=np.float64, order="C")
    state = unassigned(octree, len(centroids))
    assign(octree, centroids, state, room_for_contenders(octree, len(centroids)))
    return Clustering(centroids, *_in_rows(octree, centroids, state), 0, True)


def _update_and_refill(
    octree: Octree, centroids: NDArray[np.float64], state: Assignment, n_fixed: int
) -> tuple[NDArray[np.float64], bool]:
    """Return the weighted means, and whether a centroid without points took the farthest one."""
    owned = state.sums[:, :1]
    moved = np.where(owned > 0, state.sums[:, 1:] / np.where(owned > 0, owned, 1.0), centroids)
    moved[:n_fixed] = centroids[:n_fixed]
    field = field_of(octree, own_distances(octree, centroids, state.labels))
    is_refilled = False
    for index in n_fixed + np.flatnonzero(owned[n_fixed:] == 0):
        if field.greatest[0] == 0:
            break
        moved[index] = octree.point(farthest(octree, field))
        add_center(octree, field, moved[index])
        is_refilled = True
    return moved, is_refilled


def _in_rows(
    octree: Octree, centroids: NDArray[np.float64], state: Assignment
) -> tuple[NDArray[np.int32], float]:
    """Return the labels in the order of the rows, and the inertia, added in that order."""
    labels = np.empty_like(state.labels)
    labels[octree.order] = state.labels
    along_curve = own_distances(octree, centroids, state.labels)
    along_curve *= octree.weights
    terms = np.empty_like(along_curve)
    terms[octree.order] = along_curve
    # `np.sum` adds in pairs, in an order that is numpy's own affair.
    return labels, float(np.add.accumulate(terms, out=terms)[-1])
