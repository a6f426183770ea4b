"""Pixels with alpha → pixels on a background."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.weights import OPAQUE


def lay_onto(
    background: tuple[int, int, int], pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Lay pixels onto a color.

    Parameters
    ----------
    background : tuple of int
        0-255.
    pixels : ndarray of shape (H, W, 3), uint8
        Some rows of a picture: what is computed of them is several times as large.
    alpha : ndarray of shape (H, W), uint8
        Opacity.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        ``(pixel * alpha + background * (255 - alpha) + 127) // 255``: rounded.

    Examples
    --------
    >>> lay_onto((255, 0, 0), np.zeros((1, 1, 3), np.uint8), np.array([[51]], np.uint8)).tolist()
    [[[204, 0, 0]]]
    """
    opacity = alpha[..., np.newaxis].astype(np.uint16)  # the largest sum, 255 * 255 + 127, fits
    mixed = pixels * opacity + np.array(background, np.uint16) * (OPAQUE - opacity)
    return ((mixed + OPAQUE // 2) // OPAQUE).astype(np.uint8)
