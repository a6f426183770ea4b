"""Start methods: where the centroids stand before the first iteration."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = 0.0, 255.0  # bounds of the cube that `random` draws from

Init = Callable[
    [NDArray[np.float64], NDArray[np.int64], int, np.random.Generator], NDArray[np.float64]
]


def init_random(
    points: NDArray[np.float64], weights: NDArray[np.int64], k: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw centroids uniformly from the 0-255 cube, wherever the points are.

    Parameters
    ----------
    points : ndarray of shape (N, 3), float64
        Not looked at; the start methods share one signature.
    weights : ndarray of shape (N,), int64
        Not looked at.
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


def init_in_pixel(
    points: NDArray[np.float64], weights: NDArray[np.int64], k: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw different points with probability proportional to their weight.

    With pixels as weights this is drawing pixels of the image until k different colors are found.

    Parameters
    ----------
    points : ndarray of shape (N, 3), float64
        Distinct points, N >= k.
    weights : ndarray of shape (N,), int64
        Weight of each point, > 0.
    k : int
        Number of centroids, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (k, 3), float64
        Rows of `points`, in the order they were drawn.

    References
    ----------
    E. W. Forgy (1965), Cluster analysis of multivariate data, Biometrics 21(3), 768-769.
    """
    drawn = rng.choice(len(points), size=k, replace=False, p=weights / weights.sum())
    return points[drawn]


INITS: dict[str, Init] = {"random": init_random, "in_pixel": init_in_pixel}
"""Start methods by the name that job files and reports give them."""
