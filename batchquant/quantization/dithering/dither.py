"""Which kinds of dithering there are, and what each works with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.arranging import Colors
from batchquant.quantization.color.histogram import NOTHING
from batchquant.quantization.color.spaces import LMS_FROM_SRGB, OKLAB_FROM_LMS, decode_srgb
from batchquant.quantization.color.weights import Weights
from batchquant.quantization.compiler import as_constant
from batchquant.quantization.dithering.diffusion import (
    CELL_BITS,
    LEVEL_BITS,
    SHARE_BITS,
    Space,
    diffuse,
)
from batchquant.quantization.dithering.ordered import bracket, wear
from batchquant.quantization.dithering.thresholds import bayer, blue_noise
from batchquant.quantization.kmeans.lloyd import assign_nearest

SHARES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "floyd-steinberg": (7 / 16, 0, 3 / 16, 5 / 16, 1 / 16, 0),
        "atkinson": (1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 8),
    }
)
"""Of the error, where each goes: see `diffuse`. Of Atkinson's a quarter goes nowhere."""
THRESHOLDS: Mapping[str, Callable[[], NDArray[np.uint16]]] = MappingProxyType(
    {"bayer": bayer, "blue-noise": blue_noise}
)
DITHERS: Final = (*SHARES, *THRESHOLDS)
OKLAB_STEPS = (1 << 20) - 64  # a grid on which white is not yet beyond the last cell


def dither(
    colors: Colors,
    palette: NDArray[np.uint8],
    kind: str,
    *,
    strength: float = 1.0,
    weights: Weights | None = None,
) -> NDArray[np.unsignedinteger[Any]]:
    """Show a picture in the colors of a palette, mixed where they lie between.

    Parameters
    ----------
    colors : Colors
        Of the picture, of which at least one pixel is visible.
    palette : ndarray of shape (K, 3), uint8
        sRGB colors, all different, up to 65,536, dark to light: where two are mixed, patterns of
        neighboring areas meet without a seam then.
    kind : {'floyd-steinberg', 'atkinson', 'bayer', 'blue-noise'}
        How it is mixed.
    strength : float
        How much, 0 to 1: of errors how much is passed on; of a mixture, how much of the entry that
        is farther. 0 shows each pixel in the nearest entry.
    weights : ndarray of shape (H, W), bool or uint8, optional
        From `weights_of`. A pixel that weighs nothing takes no error and gives none.

    Returns
    -------
    ndarray of shape (H, W), unsigned integer
        Row of `palette` for each pixel, in the smallest type that holds it.

    Notes
    -----
    Nearest is what is nearest in the space of `colors`. Errors and mixtures are of sRGB values in
    any space: these are what viewers average when they show a picture smaller, and what it is
    compared by; mixed by their light, areas would come out too dark there. A picture of nothing but
    colors of the palette comes back as it is: no pixel misses by anything, and none is mixed.

    References
    ----------
    R. W. Floyd, L. Steinberg (1976), An adaptive algorithm for spatial greyscale, Proc. SID 17(2),
    75-77. B. Atkinson's, of MacPaint (1984). Mixtures of two entries: J. Yliluoma (2011),
    Joel Yliluoma's arbitrary-palette positional dithering algorithm,
    https://bisqwit.iki.fi/story/howto/dither/jy/, and T. Knoll (1999), US patent 6,606,166.

    Examples
    --------
    >>> from batchquant.quantization.color.histogram import count_colors
    >>> from batchquant.quantization.search import arrange
    >>> gray = arrange(count_colors(np.full((2, 4, 3), 100, dtype=np.uint8)))
    >>> dither(gray, np.array([[0, 0, 0], [200, 200, 200]], dtype=np.uint8), "bayer").tolist()
    [[1, 0, 1, 0], [0, 1, 0, 1]]
    """
    if kind in SHARES:
        indices = _diffuse(colors, palette, SHARES[kind], strength, weights)
    else:
        indices = _mix(colors, palette, THRESHOLDS[kind](), strength)
    narrow: np.dtype[np.unsignedinteger[Any]] = np.min_scalar_type(len(palette) - 1)
    return indices.astype(narrow, copy=False)


def _diffuse(
    colors: Colors,
    palette: NDArray[np.uint8],
    shares: tuple[float, ...],
    strength: float,
    weights: Weights | None,
) -> NDArray[np.uint16]:
    levels = palette.astype(np.int32) << LEVEL_BITS
    if colors.space == "srgb":  # from -128 to 384, to leave room for errors
        points, cones, lab = levels, np.empty((0, 256, 3)), np.eye(3)
        offset, shift = np.full(3, 128 << LEVEL_BITS), LEVEL_BITS + 9 - CELL_BITS
    else:
        points = np.rint(colors.to_points(palette) * OKLAB_STEPS).astype(np.int32)
        light = decode_srgb(np.arange(256) / 255)
        cones = light[:, np.newaxis] * np.array(LMS_FROM_SRGB).T[:, np.newaxis]
        lab = np.array(OKLAB_FROM_LMS) * OKLAB_STEPS
        offset, shift = np.array([0, 1 << 19, 1 << 19]), 20 - CELL_BITS
    return diffuse(
        as_constant(colors.histogram.color_index),
        as_constant(colors.histogram.colors),
        as_constant(NOTHING if weights is None else weights.reshape(-1).view(np.uint8)),
        as_constant(levels),
        as_constant(points),
        Space(as_constant(offset), shift, as_constant(cones), as_constant(lab)),
        as_constant((np.array(shares) * strength * (1 << SHARE_BITS)).astype(np.int32)),
    )


def _mix(
    colors: Colors, palette: NDArray[np.uint8], thresholds: NDArray[np.uint16], strength: float
) -> NDArray[np.uint16]:
    assert colors.octree is not None
    histogram = colors.histogram
    entries = colors.to_points(palette)
    nearest = assign_nearest(colors.octree, entries).labels
    mixtures = bracket(
        as_constant(histogram.colors),
        as_constant(colors.to_points(histogram.colors).astype(np.float32)),
        as_constant(palette),
        as_constant(entries.astype(np.float32)),
        as_constant(nearest),
        as_constant(nearest.astype(np.uint16).argsort(kind="stable")),
        thresholds.size,
        float(strength),
    )
    return wear(as_constant(histogram.color_index), mixtures, thresholds)
