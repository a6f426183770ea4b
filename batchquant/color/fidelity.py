"""How close a picture comes to the one it was made of."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Squared errors in sRGB, 0-255, of some pixels; those of parts of a picture add up.

    Attributes
    ----------
    n_pixels : int
        How many there are.
    squared : int
        Sum of their squared distances: exact, so that the order of adding does not matter.
    largest : int
        Largest squared distance.
    """

    n_pixels: int
    squared: int
    largest: int

    @classmethod
    def of_nothing(cls) -> Self:
        """Return what sums begin with."""
        return cls(0, 0, 0)

    def __add__(self, other: Self) -> "Fidelity":
        return Fidelity(
            self.n_pixels + other.n_pixels,
            self.squared + other.squared,
            max(self.largest, other.largest),
        )

    @property
    def mse(self) -> float:
        """Mean squared error per pixel and channel; 0 of no pixels."""
        return self.squared / (3 * max(self.n_pixels, 1))

    @property
    def max_error(self) -> float:
        """Largest distance of a pixel from what it is shown as."""
        return math.sqrt(self.largest)


def fidelity_of(
    colors: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    entry: NDArray[np.unsignedinteger[Any]],
    counts: NDArray[np.int64] | None = None,
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
    counts : ndarray of shape (N,), int64, optional
        Pixels of each color; one where not given.

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
    return Fidelity(int(counts.sum()), int(counts @ error), int(error.max(initial=0)))


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
