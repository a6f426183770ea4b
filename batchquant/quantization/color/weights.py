"""Alpha → what each pixel counts."""

from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

OPAQUE = 255  # alpha
BAND = 64  # rows at a time: what is computed of them is larger than they are

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


def visible_bands(
    pixels: NDArray[np.uint8], indices: NDArray[np.unsignedinteger[Any]], weights: Weights | None
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.unsignedinteger[Any]], NDArray[np.uint8] | None]]:
    """Yield what is visible of a picture, some rows at a time.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        A picture.
    indices : ndarray of shape (H, W), unsigned integer
        A number for each pixel.
    weights : ndarray of shape (H, W), bool or uint8, or None
        From `weights_of`.

    Yields
    ------
    colors, indices, counts : ndarrays of shape (N, 3), (N,) and (N,)
        Of visible pixels; counts are None where each is one.
    """
    for top in range(0, len(pixels), BAND):
        band = slice(top, top + BAND)
        if weights is None:
            yield pixels[band].reshape(-1, 3), indices[band].reshape(-1), None
            continue
        seen = weights[band] > 0
        counts = weights[band][seen] if is_soft(weights) else None
        yield pixels[band][seen], indices[band][seen], counts
