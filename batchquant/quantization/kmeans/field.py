"""How far the points are from what was chosen so far: what start methods and refills look at."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel
from batchquant.quantization.kmeans.octree import Octree

# Times a squared distance to a box: no more than the one to any point in it, in spite of rounding.
SAFETY = 1 - 1e-12


class Field(NamedTuple):
    """Squared distance of each point to the nearest of some centers, summed up over an octree."""

    squared: NDArray[np.float64]  # (N,), along the Morton curve
    greatest: NDArray[np.float64]  # (M,), below each node
    potential: NDArray[np.float64]  # (M,), weighted sum below each node


def field_of(octree: Octree, squared: NDArray[np.float64]) -> Field:
    """Sum up squared distances (N,) along the Morton curve; `add_center` changes them."""
    n_nodes = len(octree.begin)
    field = Field(squared, np.empty(n_nodes), np.empty(n_nodes))
    _sum_up(octree, field, np.arange(n_nodes))
    return field


def field_around(octree: Octree, center: NDArray[np.float64]) -> Field:
    """Return the field of a single center, of shape (3,)."""
    squares = [
        (values - at) ** 2
        for values, at in zip((octree.x, octree.y, octree.z), center, strict=True)
    ]
    return field_of(octree, (squares[0] + squares[1]) + squares[2])


@kernel
def own_distances(
    octree: Octree, centroids: NDArray[np.float64], labels: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the squared distance of each point to its owner, along the Morton curve."""
    squared = np.empty(len(labels))
    for i in range(len(labels)):
        dx = octree.x[i] - centroids[labels[i], 0]
        dy = octree.y[i] - centroids[labels[i], 1]
        dz = octree.z[i] - centroids[labels[i], 2]
        squared[i] = (dx * dx + dy * dy) + dz * dz
    return squared


@kernel
def _sum_up(octree: Octree, field: Field, nodes: NDArray[np.int64]) -> None:
    """Bring nodes up to date, each after the nodes below it that are listed, too."""
    for v in nodes[::-1]:
        greatest, potential = -1.0, 0.0
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                greatest = max(greatest, field.squared[i])
                potential += octree.weights[i] * field.squared[i]
        child = v + 1
        while child < octree.after[v]:
            greatest = max(greatest, field.greatest[child])
            potential += field.potential[child]
            child = octree.after[child]
        field.greatest[v], field.potential[v] = greatest, potential


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


@kernel
def add_center(octree: Octree, field: Field, center: NDArray[np.float64]) -> None:
    """Let one more center count, of shape (3,), float64."""
    visited = np.empty(len(octree.begin), np.int64)
    n_visited = 0
    v = 0
    while v < len(octree.begin):
        if _squared_to_box(octree, v, center) >= field.greatest[v]:
            v = octree.after[v]
            continue
        visited[n_visited] = v
        n_visited += 1
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                field.squared[i] = min(field.squared[i], _squared_to_point(octree, i, center))
        v += 1
    _sum_up(octree, field, visited[:n_visited])


@kernel
def potential_with(octree: Octree, field: Field, center: NDArray[np.float64]) -> float:
    """Return what the potential of the root would be with one more center, of shape (3,)."""
    gain = 0.0
    v = 0
    while v < len(octree.begin):
        if _squared_to_box(octree, v, center) >= field.greatest[v]:
            v = octree.after[v]
            continue
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                nearer = field.squared[i] - _squared_to_point(octree, i, center)
                gain += octree.weights[i] * max(nearer, 0.0)
        v += 1
    return float(field.potential[0] - gain)


@kernel
def farthest(octree: Octree, field: Field) -> int:
    """Return the place of the point with the greatest squared distance; of equals the first row."""
    found = -1
    v = 0
    while v < len(octree.begin):
        if field.greatest[v] < field.greatest[0]:
            v = octree.after[v]
            continue
        if octree.after[v] == v + 1:
            for i in range(octree.begin[v], octree.end[v]):
                if field.squared[i] == field.greatest[0] and (
                    found < 0 or octree.order[i] < octree.order[found]
                ):
                    found = i
        v += 1
    return found


@kernel
def at_potential(octree: Octree, field: Field, target: float) -> int:
    """Return the place of the point in whose share of the potential a number lies.

    The shares follow each other along the Morton curve, from 0 to the potential of the root.
    """
    v = 0
    while octree.after[v] > v + 1:
        child = v + 1
        while octree.after[child] < octree.after[v] and target >= field.potential[child]:
            target -= field.potential[child]
            child = octree.after[child]
        v = child
    found = int(octree.begin[v])
    for i in range(octree.begin[v], octree.end[v]):
        share = octree.weights[i] * field.squared[i]
        if share > 0:  # points at a center have none, and are not found by rounding either
            found = i
            if target < share:
                break
            target -= share
    return found


@kernel
def best_at(octree: Octree, field: Field, targets: NDArray[np.float64]) -> int:
    """Return, of the points at shares of the potential, the one that would leave least of it.

    Of equals, the first in the order of the shares, of shape (T,).
    """
    best, least = -1, np.inf
    for target in targets:
        place = at_potential(octree, field, target)
        center = np.array([octree.x[place], octree.y[place], octree.z[place]])
        left = potential_with(octree, field, center)
        if best < 0 or left < least:
            best, least = place, left
    return best


def draw_far(octree: Octree, field: Field, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a point by its share of the potential 2 + floor(ln k) times, and return the best one."""
    targets = rng.uniform(0, field.potential[0], size=2 + math.floor(math.log(k)))
    return octree.point(best_at(octree, field, targets))
