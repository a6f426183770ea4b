"""How close a picture comes to the one it was made of: squared errors in sRGB, 0-255."""

import math

import numpy as np

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
    return _squared_errors(pairs)[0] / (3 * max(pairs.weight, 1))


def max_error_of(pairs: Pairs) -> float:
    """Return the largest distance of a pixel from what it is shown as."""
    return math.sqrt(_squared_errors(pairs)[1])


def psnr_db(mse: float) -> float:
    """Turn a mean squared error on the 0-255 scale into decibels; infinite for 0.

    Examples
    --------
    >>> psnr_db(65.025), psnr_db(0.0)
    (30.0, inf)
    """
    return 10 * math.log10(255**2 / mse) if mse > 0 else math.inf


def _squared_errors(pairs: Pairs) -> tuple[int, int]:
    """Return the sum of squared distances, by weight, and the largest; once for all figures."""
    if "squared" not in pairs.found:
        # Late: numba takes 0.5 s to load, and who counts pairs needs none of it.
        from batchquant.quantization.color.squared import squared_errors
        from batchquant.quantization.compiler import as_constant

        total, largest = squared_errors(
            as_constant(pairs.distinct),
            as_constant(pairs.palette),
            as_constant(pairs.row),
            as_constant(pairs.entry.astype(np.uint32, copy=False)),
            as_constant(pairs.weights),
        )
        pairs.found["squared"] = int(total), int(largest)
    found: tuple[int, int] = pairs.found["squared"]
    return found
