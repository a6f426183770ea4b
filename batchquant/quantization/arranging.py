"""Distinct colors → points under an octree, in the space where distances are measured."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.histogram import Histogram
from batchquant.quantization.color.spaces import srgb_to_oklab
from batchquant.quantization.color.weights import cells_of, rare_weights
from batchquant.quantization.kmeans.octree import Octree, build_octree

SPACES = ("srgb", "oklab")
# Oklab is clustered on a grid of 2**-24, or a coarser one: as in sRGB, all sums are exact and do
# not depend on the order of adding. 8-bit colors are 7e-5 apart, 1,176 steps of the finest.
OKLAB_BITS = 24
EXACT_BITS = 53  # of whole numbers in float64
# Of sRGB: means of cells are rounded to 1/64 of a level, or less finely.
MEAN_BITS, LEVEL_BITS = 6, 8
# Means of cells stand for colors where there are so many of them for each centroid, and so many
# colors for each of them.
CELLS_A_CENTROID, COLORS_A_CELL = 8, 4


@dataclass(frozen=True, slots=True)
class Colors:
    """The distinct colors of a picture, arranged for search: what all its variants share."""

    histogram: Histogram  # of its visible pixels
    octree: Octree | None  # of the colors as points of `space`; None where no pixel is visible
    space: str  # ``srgb`` or ``oklab``
    steps: int  # of the grid that points of Oklab lie on, from 0 to 1
    favors_rare: bool = False  # whether colors weigh otherwise than by their pixels in the octree
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def to_points(self, colors: NDArray[np.uint8] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring colors of sRGB, 0-255, into the space."""
        if self.space == "srgb":
            return colors.astype(np.float64)
        return np.rint(srgb_to_oklab(colors) * self.steps) / self.steps


def arrange(histogram: Histogram, space: str = "srgb", favor_rare: float = 0.0) -> Colors:
    """Arrange the colors of a picture for search in a space, once for all its variants.

    `favor_rare` is as in `quantize`.
    """
    weights = rare_weights(histogram, favor_rare) if favor_rare else histogram.counts
    # No coordinate exceeds 1, so no sum of them exceeds what all pixels count.
    sum_bits = int(weights.sum()).bit_length()
    steps = 2 ** min(OKLAB_BITS, EXACT_BITS - sum_bits)
    colors = Colors(histogram, None, space, steps, favors_rare=favor_rare > 0)
    if not len(histogram.colors):
        return colors
    points = histogram.colors if space == "srgb" else colors.to_points(histogram.colors)
    return replace(colors, octree=build_octree(points, weights))


def summarize(colors: Colors, k: int) -> Octree | None:
    """Return the weighted means of cells of colors, on which a search is quick.

    None where there are too few cells for k centroids, or so many that nothing is gained. What a
    clustering of means misses beside one of colors is the scatter inside cells, whichever it is:
    so it tells well which of several starts leads farthest.
    """
    if "summary" not in colors.memo:
        colors.memo["summary"] = _means_of_cells(colors)
    means: Octree | None = colors.memo["summary"]
    return None if means is None or means.n_points < CELLS_A_CENTROID * k else means


def _means_of_cells(colors: Colors) -> Octree | None:
    octree = colors.octree
    assert octree is not None
    cells = cells_of(colors.histogram.colors)[octree.order]
    weights = np.bincount(cells, weights=octree.weights)
    there = np.flatnonzero(weights)
    if octree.n_points < COLORS_A_CELL * len(there):
        return None
    # On a grid, so that sums stay exact: a clustering comes to rest then.
    total_bits = int(octree.weights.sum()).bit_length()
    bits = min(MEAN_BITS, EXACT_BITS - LEVEL_BITS - total_bits)
    steps = 2.0**bits if colors.space == "srgb" else float(colors.steps)
    means = [
        np.rint(np.bincount(cells, weights=octree.weights * axis)[there] / weights[there] * steps)
        for axis in (octree.x, octree.y, octree.z)
    ]
    return build_octree(np.stack(means, axis=1) / steps, weights[there].astype(np.int64))
