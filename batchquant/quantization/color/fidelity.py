"""How close a picture comes to the one it was made of."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.weights import Weights, visible_bands


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Squared errors in sRGB, 0-255, of some pixels; those of parts of a picture add up.

    Attributes
    ----------
    weight : int
        How many there are; where alpha is soft, the sum of their alpha.
    squared : int
        Sum of their squared distances, each by what its pixel counts: exact, so that the order of
        adding does not matter.
    largest : int
        Largest squared distance.
    """

    weight: int
    squared: int
    largest: int

    @classmethod
    def of_nothing(cls) -> Self:
        """Return what sums begin with."""
        return cls(0, 0, 0)

    def __add__(self, other: Self) -> "Fidelity":
        return Fidelity(
            self.weight + other.weight,
            self.squared + other.squared,
            max(self.largest, other.largest),
        )

    @property
    def mse(self) -> float:
        """Mean squared error per pixel and channel; 0 of no pixels."""
        return self.squared / (3 * max(self.weight, 1))

    @property
    def max_error(self) -> float:
        """Largest distance of a pixel from what it is shown as."""
        return math.sqrt(self.largest)


def fidelity_of(
    colors: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    entry: NDArray[np.unsignedinteger[Any]],
    counts: NDArray[np.integer[Any]] | None = None,
) -> Fidelity:
    """Compare colors with what they are shown as.

    Parameters
    ----------
    colors : ndarray of shape (N, 3), uint8
        sRGB.
    palette : ndarray of shape (K, 3), uint8
        sRGB.
    entry : ndarray of shape (N,), unsigned integer
        Row of `palette` that each color is shown as.
    counts : ndarray of shape (N,), integer, optional
        Pixels of each color, or what they count by their alpha; one where not given.

    Returns
    -------
    Fidelity
        Of all the pixels.

    Examples
    --------
    >>> colors = np.array([[10, 0, 0], [250, 0, 0]], dtype=np.uint8)
    >>> shown = np.array([[13, 4, 0]], dtype=np.uint8)
    >>> found = fidelity_of(colors[:1], shown, np.array([0], dtype=np.uint8), np.array([6]))
    >>> found.mse, found.max_error
    (8.333333333333334, 5.0)
    """
    error = np.zeros(len(colors), dtype=np.int32)
    for found, shown in zip(colors.T, palette.astype(np.int32).T, strict=True):
        error += np.square(found - shown[entry])
    if counts is None:
        return Fidelity(len(colors), int(error.sum(dtype=np.int64)), int(error.max(initial=0)))
    counts = counts.astype(np.int64, copy=False)
    return Fidelity(int(counts.sum()), int(counts @ error), int(error.max(initial=0)))


def fidelity_of_picture(
    pixels: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    indices: NDArray[np.unsignedinteger[Any]],
    weights: Weights | None = None,
) -> Fidelity:
    """Compare a picture with what it is shown as.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        sRGB.
    palette : ndarray of shape (K, 3), uint8
        sRGB.
    indices : ndarray of shape (H, W), unsigned integer
        Row of `palette` that each pixel is shown as.
    weights : ndarray of shape (H, W), bool or uint8, optional
        From `weights_of`: which pixels count or, of 255, how much; all where it is not given.

    Returns
    -------
    Fidelity
        Of the visible pixels.
    """
    fidelity = Fidelity.of_nothing()
    for colors, entry, counts in visible_bands(pixels, indices, weights):
        fidelity += fidelity_of(colors, palette, entry, counts)
    return fidelity


def psnr_db(mse: float) -> float:
    """Turn a mean squared error into a peak signal-to-noise ratio.

    Parameters
    ----------
    mse : float
        Mean squared error on the 0-255 scale, >= 0.

    Returns
    -------
    float
        Decibels, to the peak 255; infinite for 0.

    Examples
    --------
    >>> psnr_db(65.025), psnr_db(0.0)
    (30.0, inf)
    """
    return 10 * math.log10(255**2 / mse) if mse > 0 else math.inf
