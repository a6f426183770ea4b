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


SRGB_CHROMATICITIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
MAX_OFF = 0.0005  # of sRGB's, rounded by whoever wrote them


def to_srgb_primaries(chromaticities: NDArray[np.floating[Any]]) -> NDArray[np.float64] | None:
    """Return the matrix from light of given primaries to light of sRGB's.

    Parameters
    ----------
    chromaticities : ndarray of shape (8,), float
        x and y of red, green, blue and white.

    Returns
    -------
    ndarray of shape (3, 3), float64, or None
        To be multiplied from the left; white stays white (Bradford). None where they are sRGB's, or
        no colors can be made of them.

    References
    ----------
    SMPTE RP 177-1993; Lam, K. M. (1985), Metamerism and colour constancy.
    """
    told = np.asarray(chromaticities, np.float64)
    if told.shape != (8,) or np.abs(told - SRGB_CHROMATICITIES).max() <= MAX_OFF:
        return None
    try:
        source, white = _to_xyz(told)
        target, d65 = _to_xyz(np.array(SRGB_CHROMATICITIES))
        adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ d65 / (BRADFORD @ white)) @ BRADFORD
        matrix: NDArray[np.float64] = np.linalg.inv(target) @ adapt @ source
    except np.linalg.LinAlgError:
        return None
    return matrix if np.isfinite(matrix).all() else None


def _to_xyz(chromaticities: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrix from light of given primaries to XYZ, and XYZ of white."""
    x, y = chromaticities.reshape(4, 2).T
    xyz = np.stack([x, y, 1 - x - y])
    with np.errstate(all="ignore"):
        white = xyz[:, 3] / y[3]
    return xyz[:, :3] * np.linalg.solve(xyz[:, :3], white), white
