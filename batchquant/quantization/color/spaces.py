"""sRGB ↔ Oklab.

Every color is converted on its own, with sums in a fixed order: its bytes do not depend on the
other colors of an array. A matrix product by BLAS does not promise that.

References
----------
B. Ottosson (2020), "A perceptual color space for image processing",
https://bottosson.github.io/posts/oklab/, with the matrices as corrected on 2021-01-25.
IEC 61966-2-1:1999, the transfer function of sRGB.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[tuple[float, float, float], ...]

# Linear sRGB → responses of long, medium and short cones → Oklab, as published.
LMS_FROM_SRGB: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB_FROM_LMS: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
# Their inverses, from exact fractions. With the published ones, of 10 digits, 8-bit colors come
# back 4e-4 of a level away; with these 2e-11.
LMS_FROM_OKLAB: Matrix = (
    (0.9999999984505198, 0.39633779217376786, 0.2158037580607588),
    (1.0000000088817609, -0.10556134232365635, -0.06385417477170591),
    (1.0000000546724108, -0.08948418209496575, -1.2914855378640917),
)
SRGB_FROM_LMS: Matrix = (
    (4.076741661347994, -3.3077115904081933, 0.2309699287294279),
    (-1.268438004092176, 2.6097574006633715, -0.3413193963102196),
    (-0.004196086541837109, -0.7034186144594496, 1.7076147009309448),
)
# Up to here the transfer function is a straight line.
MAX_ENCODED_PART = 0.04045
MAX_LINEAR_PART = 0.0031308
BLOCK = 1 << 16  # colors at a time, so that what is computed of them stays in the cache


def srgb_to_oklab(colors: NDArray[Any]) -> NDArray[np.float64]:
    """Convert colors to Oklab.

    Parameters
    ----------
    colors : ndarray of shape (N, 3), uint8 or float64
        sRGB, 0 to 255.

    Returns
    -------
    ndarray of shape (N, 3), float64
        Lightness L, 0 (black) to 1 (white), and two opponents: a, green to red, -0.24 to 0.28, and
        b, blue to yellow, -0.32 to 0.20.

    Examples
    --------
    >>> srgb_to_oklab(np.array([[255, 255, 255], [255, 0, 0]], dtype=np.uint8)).round(3) + 0.0
    array([[1.   , 0.   , 0.   ],
           [0.628, 0.225, 0.126]])
    """
    points = np.empty(colors.shape, dtype=np.float64)
    for start in range(0, len(colors), BLOCK):
        block = slice(start, start + BLOCK)
        linear = decode_srgb(colors[block] / 255)
        points[block] = _transform(OKLAB_FROM_LMS, np.cbrt(_transform(LMS_FROM_SRGB, linear)))
    return points


def oklab_to_srgb(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert points of Oklab to colors.

    Parameters
    ----------
    points : ndarray of shape (N, 3), float64
        L, a, b.

    Returns
    -------
    ndarray of shape (N, 3), float64
        sRGB, not rounded. Not clipped either: 0 to 255 where sRGB has the color, below or above
        where it has none. Means of colors may lie a little outside.

    Examples
    --------
    >>> oklab_to_srgb(np.array([[0.5, 0.0, 0.0], [1.1, 0.0, 0.0]])).round().tolist()
    [[99.0, 99.0, 99.0], [289.0, 289.0, 289.0]]
    """
    roots = _transform(LMS_FROM_OKLAB, points)
    linear = _transform(SRGB_FROM_LMS, roots * roots * roots)
    return 255 * encode_srgb(linear)


def decode_srgb(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the light, 0 to 1, that values of sRGB, 0 to 1, stand for."""
    curved = ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= MAX_ENCODED_PART, encoded / 12.92, curved)


def encode_srgb(linear: NDArray[Any]) -> NDArray[Any]:
    """Return the values of sRGB that light stands as; neither rounded nor clipped."""
    curved = np.maximum(linear, MAX_LINEAR_PART) ** (1 / 2.4)
    return np.where(linear <= MAX_LINEAR_PART, 12.92 * linear, 1.055 * curved - 0.055)


def _transform(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z = points.T
    return np.stack([a * x + b * y + c * z for a, b, c in matrix], axis=1)
