"""Maps of thresholds for ordered dithering: in which order the pixels of a tile change over."""

from base64 import b85decode
from functools import cache

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import as_constant
from batchquant.quantization.dithering.blue_noise import RANKS

BAYER_DOUBLINGS = 3  # to 8 x 8


@cache
def bayer() -> NDArray[np.uint16]:
    """Return the ranks (8, 8), 0 to 63, of Bayer's crosshatch.

    References
    ----------
    B. E. Bayer (1973), An optimum method for two-level rendition of continuous-tone pictures, IEEE
    Int. Conf. on Communications 26, 11-15.

    Examples
    --------
    >>> bayer()[:2, :4].tolist()
    [[0, 32, 8, 40], [48, 16, 56, 24]]
    """
    ranks = np.zeros((1, 1), np.uint16)
    for _ in range(BAYER_DOUBLINGS):
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return as_constant(ranks)


@cache
def blue_noise() -> NDArray[np.uint16]:
    """Return the ranks (64, 64), 0 to 4095, of a pattern without coarse structure.

    References
    ----------
    R. Ulichney (1993), The void-and-cluster method for dither array generation, Proc. SPIE 1913,
    332-343, doi:10.1117/12.152707.
    """
    bits = np.unpackbits(np.frombuffer(b85decode(RANKS), np.uint8)).reshape(64, 64, 12)
    return as_constant((bits @ (1 << np.arange(11, -1, -1))).astype(np.uint16))
