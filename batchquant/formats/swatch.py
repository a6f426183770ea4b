"""A palette → a picture of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.formats.format import Format, Painted
from batchquant.formats.png import encode_png
from batchquant.images.read.color_profile import colors_to_srgb

HEIGHT = 64
MIN_WIDTH = 512
MIN_STRIPE = 4  # pixels of a color, however rare it is: still seen


def draw_swatch(palette: NDArray[np.uint8], counts: NDArray[np.integer[Any]]) -> bytes:
    """Draw the colors of a palette as stripes, wide where a color is frequent.

    Parameters
    ----------
    palette : ndarray of shape (K, 3), uint8
        sRGB colors; drawn from left to right.
    counts : ndarray of shape (K,), integer
        Pixels of each color, >= 0, or the sum of their alpha; of at least one color > 0.

    Returns
    -------
    bytes
        A PNG of exactly these colors, 64 pixels high and 512 wide, wider with more than 64 colors.
        Half of the width or more is divided by frequency, the rest equally. Without colors it is
        transparent.
    """
    if not len(palette):
        nothing = np.zeros((HEIGHT, MIN_WIDTH), np.uint8)
        return encode_png(nothing, palette, alpha=nothing)
    floor = MIN_STRIPE * np.arange(1, len(palette) + 1)
    width = max(MIN_WIDTH, 2 * floor[-1])
    cumulative = np.cumsum(counts, dtype=np.int64)
    # Edges are rounded, not widths, so that the widths sum up.
    edges = floor + (width - floor[-1]) * cumulative // cumulative[-1]
    stripes = np.repeat(np.arange(len(palette), dtype=np.uint32), np.diff(edges, prepend=0))
    return encode_png(np.tile(stripes, (HEIGHT, 1)), palette)


class Swatch(Format):
    """A picture of the palette, in sRGB."""

    kind, suffix, noun, key = "swatch", "_swatch.png", "swatch", "palette_files"

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Draw the colors as stripes."""
        return draw_swatch(colors_to_srgb(painted.palette, painted.icc_profile), painted.counts)
