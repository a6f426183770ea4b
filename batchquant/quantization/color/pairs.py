"""What the visible pixels of a picture are, and what they are shown as: figures are made of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.histogram import Histogram
from batchquant.quantization.color.weights import Weights, is_soft

PART = 1 << 22  # pixels that are counted at a time: 16 to 32 MB
BLOCK = 1 << 14  # pairs at a time, so that what is computed of them stays in the cache


@dataclass(frozen=True, slots=True)
class Pairs:
    """The distinct pairs of a color and what it is shown as, by color, then by palette entry.

    Attributes
    ----------
    distinct : ndarray of shape (N, 3), uint8
        Distinct colors of the picture.
    palette : ndarray of shape (K, 3), uint8
        What they are shown in.
    row : ndarray of shape (M,), uint32
        Row of `distinct` of each pair.
    entry : ndarray of shape (M,), unsigned integer
        Row of `palette` of each pair.
    weights : ndarray of shape (M,), int64
        Visible pixels of each pair, > 0; where alpha is soft, the sum of their alpha.
    memo : dict
        What was computed of `distinct`, for all variants of a picture.
    found : dict
        What was computed of these pairs, for all figures.
    """

    distinct: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    row: NDArray[np.uint32]
    entry: NDArray[np.unsignedinteger[Any]]
    weights: NDArray[np.int64]
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    found: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def of_nothing(cls) -> Self:
        """Return what there is where no pixel is visible."""
        colors, rows = np.empty((0, 3), np.uint8), np.empty(0, np.uint32)
        return cls(colors, colors, rows, rows, np.empty(0, np.int64))

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The color of each pair: (M, 3)."""
        return self.distinct.take(self.row, axis=0)

    @property
    def painted(self) -> NDArray[np.uint8]:
        """What it is shown as: (M, 3)."""
        return self.palette.take(self.entry, axis=0)

    @property
    def weight(self) -> int:
        """What all pairs weigh together."""
        return int(self.weights.sum())

    def blocks(self) -> Iterator["Pairs"]:
        """Yield some pairs at a time: what is computed of pairs is larger than they are."""
        for start in range(0, len(self.weights), BLOCK):
            some = slice(start, start + BLOCK)
            yield Pairs(
                self.distinct,
                self.palette,
                self.row[some],
                self.entry[some],
                self.weights[some],
                self.memo,
            )


def count_pairs(
    histogram: Histogram,
    palette: NDArray[np.uint8],
    indices: NDArray[np.unsignedinteger[Any]],
    weights: Weights | None = None,
) -> Pairs:
    """Compare a picture with what it is shown as, whatever was done to its pixels.

    Parameters
    ----------
    histogram : Histogram
        Of the picture.
    palette : ndarray of shape (K, 3), uint8
        What it is shown in.
    indices : ndarray of shape (H, W), unsigned integer
        Row of `palette` that each pixel is shown as.
    weights : ndarray of shape (H, W), bool or uint8, optional
        From `weights_of`: which pixels count or, of 255, how much; all where it is not given.

    Returns
    -------
    Pairs
        Of visible pixels.

    Examples
    --------
    >>> from batchquant.quantization.color.histogram import count_colors
    >>> picture = count_colors(np.array([[[9, 0, 0], [9, 0, 0], [9, 0, 0]]], dtype=np.uint8))
    >>> palette = np.array([[0, 0, 0], [20, 0, 0]], dtype=np.uint8)
    >>> found = count_pairs(picture, palette, np.array([[0, 1, 0]], dtype=np.uint8))
    >>> found.painted.tolist(), found.weights.tolist()
    ([[0, 0, 0], [20, 0, 0]], [2, 1])
    """
    if not len(histogram.colors):
        return Pairs.of_nothing()
    codes, sums = _count(histogram, len(palette), indices, weights)
    row, entry = np.divmod(codes, codes.dtype.type(len(palette)))
    return Pairs(
        histogram.colors,
        palette,
        row.astype(np.uint32, copy=False),
        entry.astype(np.min_scalar_type(len(palette) - 1)),
        sums,
        histogram.memo,
    )


def _count(
    histogram: Histogram,
    k: int,
    indices: NDArray[np.unsignedinteger[Any]],
    weights: Weights | None,
) -> tuple[NDArray[np.unsignedinteger[Any]], NDArray[np.int64]]:
    """Return codes of pairs, row times k plus entry, sorted, and the weight of each."""
    fits = len(histogram.colors) * k <= 1 << 32
    code_type = np.dtype(np.uint32 if fits else np.uint64)
    rows, entries = histogram.color_index.reshape(-1), indices.reshape(-1)
    counts = None if weights is None else weights.reshape(-1)
    waiting: list[tuple[NDArray[Any], NDArray[np.int64]]] = []
    for start in range(0, len(rows), PART):
        part = slice(start, start + PART)
        codes = rows[part].astype(code_type)
        codes *= code_type.type(k)
        codes += entries[part].astype(code_type, copy=False)
        if counts is None:
            waiting.append(np.unique_counts(codes))
        elif is_soft(counts):
            waiting.append(_sum_up(codes, counts[part]))
        else:
            waiting.append(np.unique_counts(codes[counts[part]]))
        # Merged whenever they have doubled: a code is sorted again a few times at most.
        if len(waiting) > 1 and sum(len(each) for each, _ in waiting[1:]) > len(waiting[0][0]):
            waiting = [_merge(waiting)]
    return _merge(waiting)


def _sum_up(
    codes: NDArray[Any], alpha: NDArray[np.unsignedinteger[Any]]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Sum up alpha by code: of each alpha of a code the pixels are counted."""
    seen = alpha > 0
    with_alpha = codes[seen].astype(np.uint64) << np.uint64(8) | alpha[seen]
    distinct, counts = np.unique_counts(with_alpha)
    counts *= (distinct & np.uint64(255)).astype(np.int64)
    return _merge([((distinct >> np.uint64(8)).astype(codes.dtype), counts)])


def _merge(
    found: list[tuple[NDArray[Any], NDArray[np.int64]]],
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Join what was found of several parts, or of the same code."""
    codes = np.concatenate([codes for codes, _ in found])
    sums = np.concatenate([sums for _, sums in found]).astype(np.int64, copy=False)
    if len(found) > 1:
        order = np.argsort(codes, kind="stable")  # quick where sorted parts follow each other
        codes, sums = codes[order], sums[order]
    is_first = np.empty(len(codes), np.bool_)
    is_first[:1] = True
    np.not_equal(codes[1:], codes[:-1], out=is_first[1:])
    if is_first.all():
        return codes, sums
    return codes[is_first], np.add.reduceat(sums, np.flatnonzero(is_first))
