"""All ways to choose a few centers out of some, and the error of each."""

from collections.abc import Callable, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel
from batchquant.quantization.kmeans.octree import Octree

BLOCK = 256  # points at a time: what is compared again and again stays in a processor's cache
BUDGET = 50_000_000  # distances between two checkpoints: about 50 milliseconds


def best_subset(
    octree: Octree,
    centers: NDArray[np.float64],
    k: int,
    fixed: Sequence[int] = (),
    checkpoint: Callable[[], None] = lambda: None,
) -> list[int]:
    """Try all subsets of k centers that have the fixed ones, and return the best.

    Parameters
    ----------
    octree : Octree
        N weighted points.
    centers : ndarray of shape (n, 3), float64
        What there is to choose from.
    k : int
        Number of centers, more than there are fixed ones and at most n.
    fixed : sequence of int
        Rows of `centers` that are chosen in any case.
    checkpoint : callable
        Called now and then; what it raises ends the work.

    Returns
    -------
    list of int
        Rows of `centers`, rising: those with the least weighted sum of squared distances to the
        nearest of them; of equal sums, the first in lexicographic order.

    Notes
    -----
    Subsets follow each other in that order, so that each shares most of its distances with the one
    before. Once all that are left have to be taken, their least distance is looked up: subsets are
    then leaves of a binary tree, and two comparisons for each point and subset suffice, whatever k.
    """
    free = [row for row in range(len(centers)) if row not in fixed]
    n_free = k - len(fixed)
    errors = np.zeros(comb(len(free), n_free))
    step = max(1, BUDGET // (2 * len(errors) * BLOCK)) * BLOCK
    for begin in range(0, octree.n_points, step):
        checkpoint()
        end = min(begin + step, octree.n_points)
        _add_errors(octree, begin, end, centers[free], centers[list(fixed)], n_free, errors)
    best = next(islice(combinations(free, n_free), int(np.argmin(errors)), None))
    return sorted([*fixed, *best])


@kernel
def _add_errors(
    octree: Octree,
    begin: int,
    end: int,
    centers: NDArray[np.float64],
    fixed: NDArray[np.float64],
    k: int,
    errors: NDArray[np.float64],
) -> None:
    """Add the errors of some points to those of all subsets of k centers, in their order."""
    n = len(centers)
    apart = np.empty((n, BLOCK))  # weighted squared distances of a block, here and below
    least_from = np.empty((n + 1, BLOCK))  # to the nearest of a center and all after it
    least = np.empty((k + 1, BLOCK))  # to the nearest of the fixed and so many chosen ones
    terms = np.empty(BLOCK)
    chosen = np.empty(k, np.int64)
    for first in range(begin, end, BLOCK):
        size = min(BLOCK, end - first)
        for row in range(n):
            _weigh(octree, first, size, centers[row], apart[row])
        for i in range(BLOCK):
            least[0, i] = np.inf
        for row in range(len(fixed)):
            _weigh(octree, first, size, fixed[row], terms)
            _take_less(least[0], terms, least[0])
        for i in range(BLOCK):
            least_from[n, i] = np.inf  # of none
        for row in range(n - 1, -1, -1):
            _take_less(least_from[row + 1], apart[row], least_from[row])

        n_kept = 0  # of the chosen ones, those that are as they were
        for place in range(k):
            chosen[place] = place
        for subset in range(len(errors)):
            n_open = k  # chosen ones before those that are the last there are
            while n_open > 0 and chosen[n_open - 1] == n - k + n_open - 1:
                n_open -= 1
            for place in range(n_kept, n_open):
                _take_less(least[place], apart[chosen[place]], least[place + 1])
            _take_less(least[n_open], least_from[n - k + n_open], terms)
            width = BLOCK
            while width > 1:  # in halves, which several lanes add at a time
                width //= 2
                for i in range(width):
                    terms[i] += terms[width + i]
            errors[subset] += terms[0]
            if n_open > 0:
                n_kept = n_open - 1
                following = chosen[n_kept] + 1
                for place in range(n_kept, k):
                    chosen[place] = following + place - n_kept


@kernel
def _weigh(
    octree: Octree, first: int, size: int, center: NDArray[np.float64], apart: NDArray[np.float64]
) -> None:
    """Compute weighted squared distances of a block; behind its last point they are 0."""
    x, y, z = center[0], center[1], center[2]
    for i in range(size):
        dx, dy, dz = octree.x[first + i] - x, octree.y[first + i] - y, octree.z[first + i] - z
        apart[i] = octree.weights[first + i] * ((dx * dx + dy * dy) + dz * dz)
    for i in range(size, BLOCK):
        apart[i] = 0.0


@kernel
def _take_less(
    one: NDArray[np.float64], other: NDArray[np.float64], less: NDArray[np.float64]
) -> None:
    for i in range(BLOCK):
        less[i] = other[i] if other[i] < one[i] else one[i]
