"""Pixels with alpha → pixels on a background."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.weights import OPAQUE


def lay_onto(
    background: tuple[int, int, int], pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Lay some rows of a picture onto a color; what is computed is several times as large."""
    opacity = alpha[..., np.newaxis].astype(np.uint16)  # the largest sum, 255 * 255 + 127, fits
    mixed = pixels * opacity + np.array(background, np.uint16) * (OPAQUE - opacity)
    return ((mixed + OPAQUE // 2) // OPAQUE).astype(np.uint8)
