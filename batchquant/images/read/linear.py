"""Linear light → sRGB."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_LINEAR_PART = 0.0031308  # up to here the transfer function is a straight line


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
    curved = 1.055 * np.maximum(light, MAX_LINEAR_PART) ** (1 / 2.4) - 0.055
    encoded = np.where(light <= MAX_LINEAR_PART, 12.92 * light, curved)
    levels: NDArray[np.uint8] = np.rint(255 * encoded).astype(np.uint8)
    return levels
