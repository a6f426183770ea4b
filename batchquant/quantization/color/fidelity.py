"""How close a picture comes to the one it was made of: squared errors in sRGB, 0-255."""

import math

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.pairs import Pairs


def mse_of(pairs: Pairs) -> float:
    """Return the mean squared error per pixel and channel; 0 of no pixels.

    Sums are whole numbers: how a picture is divided into pairs does not matter.

    Examples
    --------
    >>> colors = np.array([[10, 0, 0]], dtype=np.uint8)
    >>> shown = np.array([[13, 4, 0]], dtype=np.uint8)
    >>> row = np.array([0], dtype=np.uint32)
    >>> pairs = Pairs(colors, shown, row, row, np.array([6]))
    >>> mse_of(pairs), max_error_of(pairs)
    (8.333333333333334, 5.0)
    """
    squared = sum(int(some.weights @ _squared(some)) for some in pairs.blocks())
    return squared / (3 * max(pairs.weight, 1))


def max_error_of(pairs: Pairs) -> float:
    """Return the largest distance of a pixel from what it is shown as."""
    return math.sqrt(max((int(_squared(some).max()) for some in pairs.blocks()), default=0))


def psnr_db(mse: float) -> float:
    """Turn a mean squared error on the 0-255 scale into decibels; infinite for 0.

    Examples
    --------
    >>> psnr_db(65.025), psnr_db(0.0)
    (30.0, inf)
    """
    return 10 * math.log10(255**2 / mse) if mse > 0 else math.inf


def _squared(pairs: Pairs) -> NDArray[np.int32]:
    """Return the squared distance of each pair."""
    error = np.zeros(len(pairs.weights), dtype=np.int32)
    for found, shown in zip(pairs.distinct.T, pairs.palette.T, strict=True):
        error += np.square(found[pairs.row].astype(np.int32) - shown[pairs.entry])
    return error
