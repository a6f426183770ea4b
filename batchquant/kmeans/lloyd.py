"""Lloyd's iteration on weighted points, to a true fixed point."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 8192  # points whose distances are held at a time: the working arrays stay in the L2 cache


@dataclass(frozen=True, slots=True)
class Clustering:
    """Where K-Means ended.

    Attributes
    ----------
    centroids : ndarray of shape (K, 3), float64
        Final centroids, in the order of the start.
    labels : ndarray of shape (N,), int64
        Index of the centroid nearest to each point.
    inertia : float
        Weighted sum of squared distances of the points to their centroids.
    n_iter : int
        Iterations done; one is an assignment and an update.
    converged : bool
        Whether the centroids came to rest before `max_iter`.
    """

    centroids: NDArray[np.float64]
    labels: NDArray[np.int64]
    inertia: float
    n_iter: int
    converged: bool


def lloyd(
    points: NDArray[np.float64],
    weights: NDArray[np.int64],
    centroids: NDArray[np.float64],
    *,
    max_iter: int = 1000,
    tol: float = 0.0,
    checkpoint: Callable[[], None] = lambda: None,
) -> Clustering:
    """Move centroids to the weighted means of their nearest points until they rest.

    Parameters
    ----------
    points : ndarray of shape (N, 3), float64
        Distinct points, N > K.
    weights : ndarray of shape (N,), int64
        Weight of each point, > 0.
    centroids : ndarray of shape (K, 3), float64
        Start. Not modified.
    max_iter : int
        Iterations at most, >= 1.
    tol : float
        Stop when the squared moves of an iteration sum to no more than this; 0 means the fixed
        point itself.
    checkpoint : callable
        Called before each iteration; what it raises ends the work.

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
    has not converged.

    Where points are 8-bit integers and the weights sum below 2**45, all sums are exact: the result
    does not depend on the order of adding. Inertia is added point after point.

    References
    ----------
    S. P. Lloyd (1982), Least squares quantization in PCM, IEEE Trans. Inf. Theory 28(2), 129-137,
    doi:10.1109/TIT.1982.1056489.

    Examples
    --------
    >>> points = np.array([[0.0, 0, 0], [2, 0, 0], [9, 0, 0]])
    >>> found = lloyd(points, np.array([3, 1, 1]), np.array([[0.0, 0, 0], [1, 0, 0]]))
    >>> found.centroids[:, 0].tolist(), found.labels.tolist(), found.inertia, found.n_iter
    ([0.5, 9.0], [0, 0, 1], 3.0, 3)
    """
    centroids = centroids.astype(np.float64)
    masses = np.vstack([weights, weights * points.T])  # of each point: weight and weighted axes
    n_iter, converged = 0, False
    while not converged and n_iter < max_iter:
        checkpoint()
        labels, distances = assign(points, centroids)
        moved, had_empty = _update(points, masses, labels, distances, len(centroids))
        shift = _add_in_order(_squared(moved - centroids))
        converged = shift <= tol and not had_empty
        centroids = moved
        n_iter += 1
    labels, distances = assign(points, centroids)
    inertia = _add_in_order(distances * weights)
    return Clustering(centroids, labels, inertia, n_iter, converged)


def assign(
    points: NDArray[np.float64], centroids: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the nearest centroid of each point.

    Parameters
    ----------
    points : ndarray of shape (N, 3), float64
        Any scale.
    centroids : ndarray of shape (K, 3), float64
        On the same scale.

    Returns
    -------
    labels : ndarray of shape (N,), int64
        Index of the nearest centroid, the lower one of equals.
    distances : ndarray of shape (N,), float64
        Squared Euclidean distance to it, computed as ``(dr*dr + dg*dg) + db*db``.
    """
    labels = np.zeros(len(points), dtype=np.int64)
    distances = np.full(len(points), np.inf)
    for begin in range(0, len(points), BLOCK):
        block = slice(begin, begin + BLOCK)
        r, g, b = np.ascontiguousarray(points[block].T)
        nearest, least = labels[block], distances[block]
        for index, (cr, cg, cb) in enumerate(centroids):
            dr, dg, db = r - cr, g - cg, b - cb
            distance = (dr * dr + dg * dg) + db * db
            closer = distance < least
            nearest[closer] = index
            np.minimum(least, distance, out=least)
    return labels, distances


def _update(
    points: NDArray[np.float64],
    masses: NDArray[np.float64],
    labels: NDArray[np.int64],
    distances: NDArray[np.float64],
    k: int,
) -> tuple[NDArray[np.float64], bool]:
    """Return the weighted means, empty clusters refilled, and whether there were empty ones."""
    owned, *sums = (np.bincount(labels, weights=mass, minlength=k) for mass in masses)
    empty = np.flatnonzero(owned == 0)
    owned[empty] = 1.0  # a divisor; these rows are written below
    moved = np.stack(sums, axis=1) / owned[:, None]
    for index in empty:
        farthest = int(np.argmax(distances))
        moved[index] = points[farthest]
        distances = np.minimum(distances, _squared(points - points[farthest]))
    return moved, empty.size > 0


def _squared(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared length of each row, added in the defined order."""
    squares = differences * differences
    return np.asarray((squares[:, 0] + squares[:, 1]) + squares[:, 2])


def _add_in_order(values: NDArray[np.float64]) -> float:
    """Sum from first to last: `np.sum` adds in pairs, in an order that is numpy's own affair."""
    return float(np.add.accumulate(values)[-1])
