"""Linear light → sRGB."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.primaries import SRGB_PRIMARIES, are_of_srgb, rgb_to_linear_srgb
from batchquant.quantization.color import spaces

Matrix = tuple[tuple[float, ...], ...]


def encode_srgb(linear: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Encode light of sRGB's primaries by its transfer function (IEC 61966-2-1:1999), rounded.

    What is outside of 0 (black) to 1 (white) is clipped, what is no number becomes black.
    """
    light = np.nan_to_num(linear, nan=0.0).clip(0, 1)
    levels: NDArray[np.uint8] = np.rint(255 * spaces.encode_srgb(light)).astype(np.uint8)
    return levels


def to_srgb_primaries(chromaticities: Sequence[float]) -> Matrix | None:
    """Return the 3 x 3 matrix from light of given primaries to light of sRGB's.

    `chromaticities` are x and y of red, green, blue and white, as OpenEXR has them. None where they
    are sRGB's, or no colors can be made of them.
    """
    try:
        *colors, x, y = (round(100_000 * number) for number in chromaticities)
        primaries = (x, y, *colors)
        if len(primaries) != len(SRGB_PRIMARIES) or are_of_srgb(primaries):
            return None
        return rgb_to_linear_srgb(primaries)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
