"""Linear light → sRGB."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.primaries import SRGB_PRIMARIES, are_of_srgb, rgb_to_linear_srgb
from batchquant.quantization.color import spaces

Matrix = tuple[tuple[float, ...], ...]


def encode_srgb(linear: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Encode linear light by the transfer function of sRGB (IEC 61966-2-1:1999).

    Parameters
    ----------
    linear : ndarray of any shape, float
        Light of sRGB's primaries, 0 (black) to 1 (white); what is outside is clipped, what is no
        number becomes black.

    Returns
    -------
    ndarray of the same shape, uint8
        Rounded.

    Examples
    --------
    >>> encode_srgb(np.array([0.0, 0.5, 1.0, 7.5, np.nan])).tolist()
    [0, 188, 255, 255, 0]
    """
    light = np.nan_to_num(linear, nan=0.0).clip(0, 1)
    levels: NDArray[np.uint8] = np.rint(255 * spaces.encode_srgb(light)).astype(np.uint8)
    return levels


def to_srgb_primaries(chromaticities: Sequence[float]) -> Matrix | None:
    """Return the matrix from light of given primaries to light of sRGB's.

    Parameters
    ----------
    chromaticities : sequence of float
        x and y of red, green, blue and white, as OpenEXR has them.

    Returns
    -------
    tuple of tuple of float, or None
        3 rows of 3. None where they are sRGB's, or no colors can be made of them.
    """
    try:
        *colors, x, y = (round(100_000 * number) for number in chromaticities)
        primaries = (x, y, *colors)
        if len(primaries) != len(SRGB_PRIMARIES) or are_of_srgb(primaries):
            return None
        return rgb_to_linear_srgb(primaries)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
