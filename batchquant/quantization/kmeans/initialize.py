"""Start methods: where the centroids stand before the first iteration."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.kmeans.field import (
    add_center,
    draw_far,
    farthest,
    field_around,
)
from batchquant.quantization.kmeans.octree import Octree

LOW, HIGH = 0.0, 255.0  # bounds of the cube that `random` draws from

Init = Callable[[Octree, int, np.random.Generator], NDArray[np.float64]]


def init_random(octree: Octree, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw centroids uniformly from the 0-255 cube, wherever the points are.

    Parameters
    ----------
    octree : Octree
        Not looked at; the start methods share one signature.
    k : int
        Number of centroids, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (k, 3), float64
        Centroids in [0, 255).
    """
    return rng.uniform(LOW, HIGH, size=(k, 3))


def init_in_pixel(octree: Octree, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw different points with probability proportional to their weight.

    With pixels as weights this is drawing pixels of the image until k different colors are found.

    Parameters
    ----------
    octree : Octree
        N distinct points, N >= k.
    k : int
        Number of centroids, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (k, 3), float64
        Points, in the order they were drawn.

    References
    ----------
    E. W. Forgy (1965), Cluster analysis of multivariate data, Biometrics 21(3), 768-769.
    """
    return np.stack([octree.point(place) for place in _draw_by_weight(octree, k, rng)])


def init_kmeans_plusplus(octree: Octree, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw points far from those drawn before, and of a few such draws keep the best.

    Parameters
    ----------
    octree : Octree
        N distinct points, N >= k.
    k : int
        Number of centroids, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (k, 3), float64
        Points, in the order they were drawn.

    Notes
    -----
    The first point is drawn by weight. Each of the others is drawn 2 + floor(ln k) times with
    probability proportional to its weighted squared distance to the points chosen so far; the
    draw that leaves the least sum of these is chosen, the first of equals.

    References
    ----------
    D. Arthur and S. Vassilvitskii (2007), k-means++: the advantages of careful seeding, Proc.
    SODA '07, 1027-1035; the greedy variant is in section 8.
    """
    chosen = [octree.point(_draw_by_weight(octree, 1, rng)[0])]
    field = field_around(octree, chosen[0])
    while len(chosen) < k:
        chosen.append(draw_far(octree, field, k, rng))
        add_center(octree, field, chosen[-1])
    return np.stack(chosen)


def init_maximin(octree: Octree, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Take the point nearest the mean, then again and again the point farthest from all taken.

    Parameters
    ----------
    octree : Octree
        N distinct points, N >= k.
    k : int
        Number of centroids, >= 1.
    rng : numpy.random.Generator
        Not used: there is one such start.

    Returns
    -------
    ndarray of shape (k, 3), float64
        Points, in the order they were taken; of equally far ones, the first row.

    References
    ----------
    T. F. Gonzalez (1985), Clustering to minimize the maximum intercluster distance, Theoretical
    Computer Science 38, 293-306, doi:10.1016/0304-3975(85)90224-5. I. Katsavounidis, C.-C. J. Kuo
    and Z. Zhang (1994), A new initialization technique for generalized Lloyd iteration, IEEE
    Signal Processing Letters 1(10), 144-146, doi:10.1109/97.329844.
    """
    total = octree.weights.sum()
    mean = np.array([(octree.weights * axis).sum() for axis in (octree.x, octree.y, octree.z)])
    squared = field_around(octree, mean / total).squared
    nearest = np.flatnonzero(squared == squared.min())
    taken = [octree.point(nearest[np.argmin(octree.order[nearest])])]
    field = field_around(octree, taken[0])
    while len(taken) < k:
        taken.append(octree.point(farthest(octree, field)))
        add_center(octree, field, taken[-1])
    return np.stack(taken)


def _draw_by_weight(octree: Octree, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the places of n different points, drawn by their weights."""
    places = octree.places()  # rows, not places, are drawn: the result is that of any tree
    weights = octree.weights[places]
    return places[rng.choice(len(weights), size=n, replace=False, p=weights / weights.sum())]


INITS: dict[str, Init] = {
    "random": init_random,
    "in_pixel": init_in_pixel,
    "forgy": init_in_pixel,
    "kmeans++": init_kmeans_plusplus,
    "k-means++": init_kmeans_plusplus,
    "maximin": init_maximin,
}
"""Start methods by their names, one line each, and the other names they go by."""
WITHIN_THE_CUBE = frozenset({"random"})
"""Start methods that draw from the 0-255 cube, whatever scale the points are on."""
