"""Samples of any depth, as OpenImageIO hands them over → 8 bits a channel, band by band."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.linear import Matrix, encode_srgb

Samples = NDArray[Any]
LINEAR = "linear light, clipped at 1, converted to sRGB"


@dataclass(frozen=True, slots=True)
class Scale:
    """What samples mean."""

    black: float = 0.0  # the sample that becomes 0; below it is clipped
    white: float = 255.0  # the sample that becomes 255, likewise
    white_alpha: float = 255.0  # of what is opaque
    is_linear: bool = False  # whether they are light, for the curve of sRGB
    to_srgb_primaries: Matrix | None = None  # for light of other primaries
    is_inverted: bool = False  # whether white is zero
    is_premultiplied: bool = False  # whether colors are multiplied by alpha

    def apply(self, samples: Samples, *, has_alpha: bool) -> NDArray[np.uint8]:
        """Reduce a band (H, W, C) to 8 bits; what is no number becomes black, or transparent.

        C is 1 or 3, and one more with alpha.
        """
        levels = np.empty(samples.shape, np.uint8)
        n_colors = samples.shape[2] - has_alpha
        # Whole numbers of 32 bits do not fit float32.
        wide = np.float64 if samples.dtype.itemsize > 2 else np.float32
        colors: Any = samples[..., :n_colors].astype(wide)
        if has_alpha:
            alpha = _unit(samples[..., -1:].astype(wide), 0.0, self.white_alpha)
            levels[..., -1:] = np.rint(255 * alpha)
            if self.is_premultiplied:
                colors = divided(colors, alpha)
        if self.is_linear:
            light: Any = np.nan_to_num(colors / self.white, posinf=1e9)
            if self.to_srgb_primaries is not None and n_colors == 3:
                red, green, blue = np.moveaxis(light, -1, 0)
                rows = self.to_srgb_primaries  # summed in this order, unlike by BLAS
                light = np.stack([a * red + b * green + c * blue for a, b, c in rows], axis=-1)
            levels[..., :n_colors] = encode_srgb(light)
        else:
            levels[..., :n_colors] = np.rint(255 * _unit(colors, self.black, self.white))
        if self.is_inverted:
            levels[..., :n_colors] = 255 - levels[..., :n_colors]
        return levels


def divided(colors: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Divide colors by the opacity, 0 to 1, that they were multiplied by; not those without."""
    straight = colors.copy()
    np.divide(colors, alpha, out=straight, where=alpha > 0)
    return straight


def _unit(samples: NDArray[Any], black: float, white: float) -> NDArray[Any]:
    numbers: Any = np.nan_to_num(samples, nan=black)
    unit: NDArray[Any] = ((numbers - black) / ((white - black) or 1.0)).clip(0, 1)
    return unit


def largest(dtype: np.dtype[Any]) -> float:
    """Return the largest sample of a type: 1 for floats."""
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


@dataclass(slots=True)
class UsedRange:
    """The least and the largest sample of a picture that states no white.

    Attributes
    ----------
    least, largest : float
        Of what was seen so far; infinite ones do not count.
    """

    least: float = np.inf
    largest: float = -np.inf

    def see(self, samples: Samples) -> None:
        """Take notice of a band."""
        numbers = samples[np.isfinite(samples)]
        if numbers.size:
            self.least = min(self.least, float(numbers.min()))
            self.largest = max(self.largest, float(numbers.max()))

    def black_and_white(self, dtype: np.dtype[Any]) -> tuple[float, float]:
        """Return what becomes 0 and 255: floats from 0 to 1 have a white of their own."""
        if self.least > self.largest:  # not one number
            return 0.0, 1.0
        if dtype.kind == "f" and self.least >= 0 and self.largest <= 1:
            return 0.0, 1.0
        return self.least, self.largest
