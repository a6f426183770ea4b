"""A picture, and what it is shown as → its figures."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.color_profile import colors_to_srgb
from batchquant.images.read.picture import Picture
from batchquant.metrics.metric import Pairs
from batchquant.metrics.registry import compute_figures
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.pairs import count_pairs
from batchquant.quantization.color.weights import weights_of


def figures_of_pairs(pairs: Pairs, icc_profile: bytes | None) -> dict[str, float]:
    """Compute every figure by name; colors are values under a profile, or sRGB."""
    if icc_profile is None:
        return compute_figures(pairs)
    return compute_figures(pairs, partial(colors_to_srgb, icc_profile=icc_profile))


class Original:
    """A picture that others are compared with: its colors, and where they stand."""

    def __init__(self, picture: Picture) -> None:
        self.is_opaque = picture.alpha is None
        self._weights = weights_of(picture.alpha)
        self._histogram = count_colors(picture.pixels, self._weights)
        self._icc_profile = picture.icc_profile

    def figures_of(
        self, palette: NDArray[np.uint8], indices: NDArray[np.unsignedinteger[Any]]
    ) -> dict[str, float]:
        """Compute every figure of what it is shown as: to the bit those of when it was made."""
        pairs = count_pairs(self._histogram, palette, indices, self._weights)
        return figures_of_pairs(pairs, self._icc_profile)
