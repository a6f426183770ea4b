"""Pixels → a palette's entries, mixed so that areas keep their mean color."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def dither(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each pixel a palette entry, and what it misses by to the pixels after it.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        sRGB picture.
    palette : ndarray of shape (K, 3), uint8
        sRGB colors, 1 to 256, all different.

    Returns
    -------
    ndarray of shape (H, W), uint8
        Row of `palette` for each pixel.

    Notes
    -----
    Pillow looks the nearest entry up on a lattice of every fourth value a channel, from the lattice
    point at or below the color. So entries less than 11 apart may stand in for each other, and
    areas come out up to a level too dark. A picture whose colors are all in the palette comes back
    exactly only where its entries lie farther apart than that.

    References
    ----------
    R. W. Floyd, L. Steinberg (1976), An adaptive algorithm for spatial greyscale, Proc. SID 17(2),
    75-77.

    Examples
    --------
    >>> gray = np.full((2, 4, 3), 100, dtype=np.uint8)
    >>> dither(gray, np.array([[0, 0, 0], [200, 200, 200]], dtype=np.uint8)).tolist()
    [[0, 1, 0, 1], [1, 0, 1, 0]]
    """
    paint = Image.new("P", (1, 1))
    paint.putpalette(palette.tobytes())
    picture = Image.fromarray(pixels)
    return np.asarray(picture.quantize(palette=paint, dither=Image.Dither.FLOYDSTEINBERG))
