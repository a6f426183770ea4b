"""Centers out of a stock, exchanged one by one for others of it, until no exchange helps."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel
from batchquant.quantization.kmeans.octree import Octree

# Times a squared distance to a box: no more than the one to any point in it, in spite of rounding.
SAFETY = 1 - 1e-12


class Nearest(NamedTuple):
    """The nearest two of the chosen centers of each point, along the Morton curve."""

    first: NDArray[np.int16]  # (N,), places among the chosen
    second: NDArray[np.int16]  # (N,)
    squared: NDArray[np.float64]  # (N,), squared distance to the first
    beyond: NDArray[np.float64]  # (N,), and to the second


def exchange(
    octree: Octree,
    centers: NDArray[np.float64],
    start: Sequence[int],
    n_fixed: int = 0,
    checkpoint: Callable[[], None] = lambda: None,
) -> list[int]:
    """Exchange chosen centers for others until no single exchange lessens the error.

    Parameters
    ----------
    octree : Octree
        N weighted points.
    centers : ndarray of shape (n, 3), float64
        What there is to choose from; n < 2**15.
    start : sequence of int
        Different rows of `centers`, at least two.
    n_fixed : int
        So many of them, the first, stay.
    checkpoint : callable
        Called now and then; what it raises ends the work.

    Returns
    -------
    list of int
        Rows of `centers`, in no order but for the first: a local optimum of the weighted sum of
        squared distances to the nearest, no worse than the start.

    Notes
    -----
    Candidates take their turns in the order of `centers`. Each is weighed against all that it could
    stand for at one go, and at once takes the place of the best of these, the first of equals,
    where the error falls. It is over when none of a whole round has. A candidate concerns only
    points that it is nearer to than their second nearest center; boxes of the octree leave out the
    others.

    References
    ----------
    E. Schubert and P. J. Rousseeuw (2021), Fast and eager k-medoids clustering: O(k) runtime
    improvement of the PAM, CLARA, and CLARANS algorithms, Information Systems 101, 101804,
    doi:10.1016/j.is.2021.101804. The pruning is ours.
    """
    chosen = np.array(start, dtype=np.int64)
    n = octree.n_points
    nearest = Nearest(np.zeros(n, np.int16), np.zeros(n, np.int16), np.empty(n), np.empty(n))
    reach, losses = np.empty(len(octree.begin)), np.empty(len(chosen))
    _put(octree, centers[chosen], 0, nearest)  # all believe it is theirs, and look at every one
    error = _sum_up(octree, nearest, reach, losses)
    candidate, n_unchanged = 0, 0
    while n_unchanged < len(centers):
        if candidate not in chosen:
            checkpoint()
            place, change = _weigh(octree, nearest, reach, losses, centers[candidate], n_fixed)
            if change < 0:
                former = chosen[place]
                chosen[place] = candidate
                _put(octree, centers[chosen], place, nearest)
                found = _sum_up(octree, nearest, reach, losses)
                if found < error:
                    error, n_unchanged = found, 0
                else:  # it was rounding, as there may be in Oklab
                    chosen[place] = former
                    _put(octree, centers[chosen], place, nearest)
                    _sum_up(octree, nearest, reach, losses)
        candidate = (candidate + 1) % len(centers)
        n_unchanged += 1
    return [int(row) for row in chosen]


@kernel
def _find_nearest(octree: Octree, i: int, chosen: NDArray[np.float64], nearest: Nearest) -> None:
    first, second, squared, beyond = 0, 0, np.inf, np.inf
    for j in range(len(chosen)):
        distance = _squared_to_point(octree, i, chosen[j])
        if distance < squared:
            first, second, squared, beyond = j, first, distance, squared
        elif distance < beyond:
            second, beyond = j, distance
    nearest.first[i], nearest.second[i] = first, second
    nearest.squared[i], nearest.beyond[i] = squared, beyond


@kernel
def _put(octree: Octree, chosen: NDArray[np.float64], place: int, nearest: Nearest) -> None:
    """Bring the nearest two up to date after another center took a place."""
    for i in range(len(octree.weights)):
        if nearest.first[i] == place or nearest.second[i] == place:
            _find_nearest(octree, i, chosen, nearest)
            continue
        distance = _squared_to_point(octree, i, chosen[place])
        if distance < nearest.squared[i]:
            nearest.second[i], nearest.beyond[i] = nearest.first[i], nearest.squared[i]
            nearest.first[i], nearest.squared[i] = place, distance
        elif distance < nearest.beyond[i]:
            nearest.second[i], nearest.beyond[i] = place, distance


@kernel
def _sum_up(
    octree: Octree, nearest: Nearest, reach: NDArray[np.float64], losses: NDArray[np.float64]
) -> float:
    """Return the error; find how far candidates matter to nodes, and what each center is worth."""
    for place in range(len(losses)):
        losses[place] = 0.0
    error = 0.0
    for v in range(len(octree.begin) - 1, -1, -1):
        reach[v] = 0.0
        child = v + 1
        while child < octree.after[v]:
            reach[v] = max(reach[v], reach[child])
            child = octree.after[child]
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                reach[v] = max(reach[v], nearest.beyond[i])
                error += octree.weights[i] * nearest.squared[i]
                more = nearest.beyond[i] - nearest.squared[i]
                losses[nearest.first[i]] += octree.weights[i] * more
    return error


@kernel
def _weigh(
    octree: Octree,
    nearest: Nearest,
    reach: NDArray[np.float64],
    losses: NDArray[np.float64],
    candidate: NDArray[np.float64],
    n_fixed: int,
) -> tuple[int, float]:
    """Return whose place a candidate would best take, and by how much the error would change."""
    changes = losses.copy()  # of leaving the one out and taking the candidate in
    gain = 0.0  # which all have in common
    v = 0
    while v < len(octree.begin):
        if _squared_to_box(octree, v, candidate) >= reach[v]:
            v = octree.after[v]
            continue
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                distance = _squared_to_point(octree, i, candidate)
                weight, squared, beyond = octree.weights[i], nearest.squared[i], nearest.beyond[i]
                if distance < squared:
                    gain += weight * (squared - distance)
                    changes[nearest.first[i]] -= weight * (beyond - squared)
                elif distance < beyond:
                    changes[nearest.first[i]] -= weight * (beyond - distance)
        v += 1
    best = n_fixed
    for place in range(n_fixed + 1, len(changes)):
        best = place if changes[place] < changes[best] else best
    return best, changes[best] - gain


@kernel
def _squared_to_box(octree: Octree, v: int, center: NDArray[np.float64]) -> float:
    """Squared distance of a center to the box of a node, not rounded up."""
    total = 0.0
    for axis in range(3):
        beyond = abs(center[axis] - octree.center[v, axis]) - octree.half[v, axis]
        if beyond > 0:
            total += beyond * beyond
    return total * SAFETY


@kernel
def _squared_to_point(octree: Octree, i: int, center: NDArray[np.float64]) -> float:
    dx, dy, dz = octree.x[i] - center[0], octree.y[i] - center[1], octree.z[i] - center[2]
    return float((dx * dx + dy * dy) + dz * dz)
