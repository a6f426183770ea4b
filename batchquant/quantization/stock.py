"""The best few of many given colors."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.arranging import Colors
from batchquant.quantization.kmeans.initialize import init_kmeans_plusplus
from batchquant.quantization.kmeans.lloyd import Clustering, assign_nearest, lloyd
from batchquant.quantization.kmeans.octree import Octree
from batchquant.quantization.kmeans.subsets import best_subset
from batchquant.quantization.kmeans.swaps import exchange
from batchquant.quantization.painting import Quantized
from batchquant.quantization.search import map_to_palette
from batchquant.quantization.ways import MAX_TRIED, n_ways


def choose_from_palette(
    colors: Colors,
    palette: Sequence[Sequence[int]],
    k: int,
    *,
    seed: int,
    max_iter: int,
    tol: float,
    pin: Sequence[Sequence[int]] = (),
    checkpoint: Callable[[], None] = lambda: None,
) -> Quantized:
    """Do what `map_to_palette` does with the best k of given colors, all of them if there are k.

    Pinned ones, at most k, are chosen in any case; `choose` says how the others are. Where K-Means
    has to begin, it starts once, from kmeans++: exchanges lead from the centroids of other restarts
    to the same colors.
    """
    if colors.octree is None or k >= len(palette):
        return map_to_palette(colors, palette)
    octree, points = colors.octree, colors.to_points(np.array(palette, dtype=np.uint8))
    fixed = [palette.index(color) for color in pin]

    def search() -> Clustering:
        start = init_kmeans_plusplus(octree, k - len(pin), np.random.default_rng(seed))
        return lloyd(
            octree,
            np.vstack([points[fixed], start]),
            n_fixed=len(pin),
            max_iter=max_iter,
            tol=tol,
            checkpoint=checkpoint,
        )

    chosen = choose(octree, points, k, fixed, search, checkpoint)
    return map_to_palette(colors, [palette[row] for row in chosen])


def choose(
    octree: Octree,
    stock: NDArray[np.float64],
    k: int,
    fixed: Sequence[int],
    search: Callable[[], Clustering],
    checkpoint: Callable[[], None] = lambda: None,
) -> list[int]:
    """Choose the k points of a stock that are nearest to weighted points.

    Parameters
    ----------
    octree : Octree
        N weighted points.
    stock : ndarray of shape (n, 3), float64
        Different points.
    k : int
        How many to choose, fewer than n.
    fixed : sequence of int
        At most k rows of `stock` that are chosen in any case.
    search : callable
        Returns k centroids, of which the first are the fixed points; asked where all ways to choose
        are too many to be tried, and of as many points at least.
    checkpoint : callable
        Called now and then; what it raises ends the work.

    Returns
    -------
    list of int
        Rows of `stock`, rising. Of up to 10,000 ways to choose it is the best, the first of equals.
        Else it is as good as the centroids, each snapped to the nearest row that no other has,
        or better, and no exchange of one row for another makes it better still.
    """
    if len(fixed) == k:
        return sorted(fixed)
    if n_ways(len(stock), k, len(fixed)) <= MAX_TRIED:
        return best_subset(octree, stock, k, fixed, checkpoint)
    wanted = {*fixed, *np.unique(assign_nearest(octree, stock).labels).tolist()}
    if len(wanted) <= k:  # more would not be seen
        return sorted(wanted)
    start = snap(search().centroids, stock, fixed)
    return sorted(exchange(octree, stock, start, len(fixed), checkpoint))


def snap(
    centroids: NDArray[np.float64], stock: NDArray[np.float64], fixed: Sequence[int] = ()
) -> list[int]:
    """Return the row of a stock nearest to each centroid that none before has taken.

    The first centroids have the fixed rows. Of rows as near, it is the first.
    """
    taken = list(fixed)
    is_free = np.ones(len(stock), dtype=bool)
    is_free[taken] = False
    for centroid in centroids[len(fixed) :]:
        squared = ((stock - centroid) ** 2).sum(axis=1)
        taken.append(int(np.argmin(np.where(is_free, squared, np.inf))))
        is_free[taken[-1]] = False
    return taken
