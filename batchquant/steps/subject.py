"""A decoded picture → what its variants are made from."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.filters import blur
from batchquant.images.read.picture import Picture
from batchquant.plan.records import Settings
from batchquant.quantization import Colors, Quantized, arrange, repaint
from batchquant.quantization.color.histogram import Histogram, count_colors
from batchquant.quantization.color.weights import Weights, weights_of
from batchquant.quantization.dithering.dither import dither


@dataclass(frozen=True, slots=True)
class Subject:
    """What all variants of a picture need, and no more: a picture may be most of the memory.

    Attributes
    ----------
    colors : Colors
        Of the visible pixels, softened.
    picture : Picture
        Its alpha, color profile and dpi, without its pixels.
    compared : Histogram or None
        Of the picture before it was softened, with which written ones are compared; None where
        they show each color as one, so that nothing is to be compared again.
    weights : ndarray of shape (H, W), bool or uint8, or None
        Which pixels count, or how much; None where all do, and where it is not asked for again.
    dither : str
        How colors between those of the palette are shown, or ``none``.
    dither_strength : float
        How much, 0 to 1.
    original : ndarray of shape (H, W, 3), uint8, or None
        The pixels, where files show them.
    """

    colors: Colors
    picture: Picture
    compared: Histogram | None
    weights: Weights | None
    dither: str
    dither_strength: float
    original: NDArray[np.uint8] | None = None

    @classmethod
    def of(
        cls,
        picture: Picture,
        settings: Settings,
        counted: dict[float, Histogram] | None = None,
        *,
        keeps_original: bool = False,
    ) -> Self:
        """Soften a picture and count its colors.

        `counted` are its histograms by radius; it gets those that were counted here, in place of
        those of other radii.
        """
        original = picture.pixels if keeps_original else None
        counted = {} if counted is None else counted
        weights = weights_of(picture.alpha)
        radii = {0.0, settings.blur}
        for radius in counted.keys() - radii:
            del counted[radius]
        for radius in radii - counted.keys():
            counted[radius] = count_colors(blur(picture, radius).pixels, weights)
        histogram, compared = counted[settings.blur], counted[0.0]
        colors = arrange(histogram, settings.color_space, settings.favor_rare)
        picture = replace(picture, pixels=np.empty((0, 0, 3), np.uint8))
        how = settings.dither, settings.dither_strength, original
        if settings.dither == "none" and not settings.blur:
            return cls(colors, picture, None, None, *how)
        return cls(colors, picture, compared, weights, *how)

    def finish(self, found: Quantized) -> Quantized:
        """Dither, where that is wanted, and compare with the picture before it was softened."""
        if self.compared is None or not found.n_colors:
            return found
        indices = None
        if self.dither != "none" and found.mse > 0:  # there is nothing to mix in a copy
            indices = dither(
                self.colors,
                found.palette,
                self.dither,
                strength=self.dither_strength,
                weights=self.weights,
            )
        return repaint(found, self.compared, self.weights, indices)
