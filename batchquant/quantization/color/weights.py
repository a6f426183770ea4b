"""Alpha → what each pixel counts."""

from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

OPAQUE = 255  # alpha

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
