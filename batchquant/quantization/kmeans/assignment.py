"""Which centroid owns which points, and the working arrays that it takes to find out."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.kmeans.octree import DEPTH, Octree

UNSETTLED = -1  # owner of a node that is divided among centroids; label of a point before the start
WORDS = 4  # of 64 bits, in which a node keeps who competed for its points


class Assignment(NamedTuple):
    """Which centroid owns which points, kept up to date from iteration to iteration.

    `owners` tells who owned all points below a node when it was last visited, or `UNSETTLED`;
    `nearest` who was nearest to its center then, or `UNSETTLED`; `rivals` who competed for its
    points. They hold only while no node above has an owner.
    """

    labels: NDArray[np.int32]  # (N,), owner of each point, along the Morton curve
    owners: NDArray[np.int64]  # (M,)
    sums: NDArray[np.float64]  # (K, 4), of each centroid: weight, weighted coordinates
    seen: NDArray[np.float64]  # (K, 3), where the centroids were; NaN before the start
    nearest: NDArray[np.int64]  # (M,)
    rivals: NDArray[np.uint64]  # (M, WORDS), a bit for each centroid; shared from the 257th on

    def copy_from(self, other: "Assignment") -> None:
        """Become equal to another of as many points and centroids."""
        arrays: zip[tuple[NDArray[Any], NDArray[Any]]] = zip(self, other, strict=True)
        for array, theirs in arrays:
            np.copyto(array, theirs)


class Contenders(NamedTuple):
    """Room for the centroids that may own a point of a node, level by level."""

    number: NDArray[np.int64]  # (DEPTH + 1,)
    which: NDArray[np.int64]  # (DEPTH + 1, K + 1), ascending
    xyz: NDArray[np.float64]  # (DEPTH + 1, 3, K + 1), side by side: read again and again
    squared: NDArray[np.float64]  # (K,), their distances to the center of the node at hand
    nearest: NDArray[np.int64]  # (L,), of them to each point of the leaf at hand
    least: NDArray[np.float64]  # (L,), the squared distance to it
    has_moved: NDArray[np.bool_]  # (K,), since the assignment before


def unassigned(octree: Octree, k: int) -> Assignment:
    """Return the assignment before the first iteration: nobody owns anything."""
    return Assignment(
        labels=np.full(octree.n_points, UNSETTLED, np.int32),
        owners=np.full(len(octree.begin), UNSETTLED, np.int64),
        sums=np.zeros((k, 4)),
        seen=np.full((k, 3), np.nan),
        nearest=np.full(len(octree.begin), UNSETTLED, np.int64),
        rivals=np.zeros((len(octree.begin), WORDS), np.uint64),
    )


def room_for_contenders(octree: Octree, k: int) -> Contenders:
    """Return the working arrays of `iterate` and `assign`."""
    return Contenders(
        number=np.zeros(DEPTH + 1, np.int64),
        which=np.empty((DEPTH + 1, k + 1), np.int64),  # + 1: see `kept` in `assign`
        xyz=np.empty((DEPTH + 1, 3, k + 1)),
        squared=np.empty(k),
        nearest=np.empty(octree.largest_leaf, np.int64),
        least=np.empty(octree.largest_leaf),
        has_moved=np.empty(k, np.bool_),
    )
