"""Distinct colors → points under an octree, in the space where distances are measured."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.histogram import Histogram
from batchquant.quantization.color.spaces import srgb_to_oklab
from batchquant.quantization.color.weights import rare_weights
from batchquant.quantization.kmeans.octree import Octree, build_octree

SPACES = ("srgb", "oklab")
# Oklab is clustered on a grid of 2**-24, or a coarser one: as in sRGB, all sums are exact and do
# not depend on the order of adding. 8-bit colors are 7e-5 apart, 1,176 steps of the finest.
OKLAB_BITS = 24
EXACT_BITS = 53  # of whole numbers in float64


@dataclass(frozen=True, slots=True)
class Colors:
    """The distinct colors of a picture, arranged for search: what all its variants share."""

    histogram: Histogram  # of its visible pixels
    octree: Octree | None  # of the colors as points of `space`; None where no pixel is visible
    space: str  # ``srgb`` or ``oklab``
    steps: int  # of the grid that points of Oklab lie on, from 0 to 1
    favors_rare: bool = False  # whether colors weigh otherwise than by their pixels in the octree

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
