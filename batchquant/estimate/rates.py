"""Pictures that were made → what a million pixels cost. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from batchquant.plan.records import PlannedImage, Variant


class Cost(NamedTuple):
    """What one variant took.

    Attributes
    ----------
    k : int
        Colors.
    init : str
        Start method.
    seconds : float
        For K-Means with all restarts, encoding and writing.
    size_bytes : int
        Of all its files.
    """

    k: int
    init: str
    seconds: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture of which variants were made.

    Attributes
    ----------
    image : PlannedImage
        The picture; its header could be read.
    weight : float
        Share of the work that it stands for, in any unit.
    decode_s : float
        Seconds for reading, decoding and counting colors.
    costs : tuple of Cost
        At least one.
    """

    image: PlannedImage
    weight: float
    decode_s: float
    costs: tuple[Cost, ...]

    def and_drawn(self, overview_s: float, overview_bytes: int) -> Self:
        """Add what its overview took: it decodes once more, and then looks at each variant."""
        n_variants = len(self.costs)
        looking_s = max(0.0, overview_s - self.decode_s) / n_variants
        costs = tuple(
            cost._replace(
                seconds=cost.seconds + looking_s,
                size_bytes=cost.size_bytes + overview_bytes // n_variants,
            )
            for cost in self.costs
        )
        return replace(self, decode_s=2 * self.decode_s, costs=costs)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a million pixels cost, whatever the start: of each, as many are measured.

    Attributes
    ----------
    decode_s : float
        Seconds for reading a picture, a million pixels of the source.
    log_k : ndarray of shape (n,), float64
        Logarithms of the K that were measured, ascending; between them costs are interpolated.
    seconds : ndarray of shape (n,), float64
        For a variant, a million pixels of the picture as it is clustered.
    size_bytes : ndarray of shape (n,), float64
        Of all its files, likewise.
    """

    decode_s: float
    log_k: NDArray[np.float64]
    seconds: NDArray[np.float64]
    size_bytes: NDArray[np.float64]

    @classmethod
    def of(cls, measured: Sequence[Measured]) -> Self:
        """Average over at least one picture, by weight.

        Parameters
        ----------
        measured : sequence of Measured
            Pictures; not all need have the same K.
        """
        rows = np.array(
            [
                (cost.k, picture.weight, cost.seconds / megapixels, cost.size_bytes / megapixels)
                for picture in measured
                for megapixels in [made_megapixels(picture.image)]
                for cost in picture.costs
            ]
        )
        k = np.unique(rows[:, 0])
        weights = rows[:, 1] * (rows[:, 0] == k[:, np.newaxis])  # a row for each K
        seconds, size_bytes = (weights @ rows[:, 2:] / weights.sum(axis=1, keepdims=True)).T
        decode_s = np.average(
            [picture.decode_s / picture.image.megapixels for picture in measured],
            weights=[picture.weight for picture in measured],
        )
        return cls(float(decode_s), np.log(k), seconds, size_bytes)

    def seconds_of(self, image: PlannedImage, variants: Iterable[Variant]) -> float:
        """Return how long one worker takes for a picture and some of its variants."""
        made_s = np.interp(_logarithms(variants), self.log_k, self.seconds).sum()
        return float(self.decode_s * image.megapixels + made_s * made_megapixels(image))

    def size_bytes_of(self, image: PlannedImage, variants: Iterable[Variant]) -> float:
        """Return how large the files of some variants of a picture are together."""
        size_bytes = np.interp(_logarithms(variants), self.log_k, self.size_bytes).sum()
        return float(size_bytes * made_megapixels(image))


def made_megapixels(image: PlannedImage) -> float:
    """Return millions of pixels of a picture as it is clustered: reduced, where that is wanted."""
    if image.size is None or image.settings.reduce is None:
        return image.megapixels
    return image.megapixels * min(1.0, image.settings.reduce / max(image.size)) ** 2


def _logarithms(variants: Iterable[Variant]) -> list[float]:
    return [math.log(variant.k) for variant in variants]
