"""What each pixel counts, by its alpha; and each color, by how rare it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from batchquant.quantization.color.histogram import Histogram

OPAQUE = 255  # alpha
# Of what all colors together weigh: sums stay exact, in Oklab on its finest grid, too, and of
# 100,000 colors a mean one weighs 5,000.
WEIGHT_BITS = 29
CELL_BITS = 5  # of each channel

Weights = NDArray[np.bool_] | NDArray[np.uint8]
"""Of shape (H, W): which pixels count, each as one; or by how much of 255 each does."""


def weights_of(alpha: NDArray[np.uint8] | None) -> Weights | None:
    """Tell what the pixels of a picture count: as much as is seen of them.

    Parameters
    ----------
    alpha : ndarray of shape (H, W), uint8, or None
        Opacity; None where every pixel is opaque.

    Returns
    -------
    ndarray of shape (H, W), bool or uint8, or None
        Where alpha is soft, alpha itself, not a copy. Where it is only on or off, which pixels are
        seen, so that figures are in pixels. None where all count as one.

    Examples
    --------
    >>> weights_of(np.array([[0, 255]], np.uint8)), weights_of(np.array([[0, 7]], np.uint8))
    (array([[False,  True]]), array([[0, 7]], dtype=uint8))
    """
    if alpha is None:
        return None
    is_seen = alpha > 0
    return alpha if (is_seen & (alpha < OPAQUE)).any() else is_seen


def is_soft(weights: Weights | None) -> TypeGuard[NDArray[np.uint8]]:
    """Tell whether pixels count by their alpha."""
    return weights is not None and weights.dtype == np.uint8


def cells_of(colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of the cell of each color (N, 3): cubes of 8 levels a channel."""
    high = (colors >> (8 - CELL_BITS)).astype(np.int64)
    return (high[:, 0] << 2 * CELL_BITS) | (high[:, 1] << CELL_BITS) | high[:, 2]


def rare_weights(histogram: Histogram, favor_rare: float) -> NDArray[np.int64]:
    """Tell what the colors of a picture weigh where rare ones are favored.

    Parameters
    ----------
    histogram : Histogram
        Of the picture.
    favor_rare : float
        Above 0, up to 1: 1 lets all cells of colors weigh the same, however many pixels they have.

    Returns
    -------
    ndarray of shape (N,), int64
        Count · (pixels in its cell) ** -favor_rare, times a power of two, rounded, at least 1.
        Cells are cubes of 8 levels a channel. Colors themselves would not do: on pictures of
        ordinary size most of them occur once.

    Examples
    --------
    >>> from batchquant.quantization.color.histogram import count_colors
    >>> pixels = np.array([[[0, 0, 0]] * 4 + [[255, 0, 0]]], dtype=np.uint8)
    >>> weights = rare_weights(count_colors(pixels), 0.5)
    >>> (weights / weights[1]).tolist()  # of 4 and of 1 pixels
    [2.0, 1.0]
    """
    cells = cells_of(histogram.colors)
    in_cell = np.bincount(cells, weights=histogram.counts)  # whole numbers, exact as float64
    weights = histogram.counts / in_cell[cells] ** favor_rare
    if not len(weights):
        return histogram.counts
    scale = 2.0 ** (WEIGHT_BITS - math.ceil(math.log2(math.fsum(weights))))
    return np.maximum(1, np.rint(weights * scale)).astype(np.int64)
