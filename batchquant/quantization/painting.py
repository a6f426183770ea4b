"""Centroids → a palette, indices, and how close the picture comes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.fidelity import max_error_of, mse_of, psnr_db
from batchquant.quantization.color.histogram import Histogram, look_up
from batchquant.quantization.color.pairs import Pairs, count_pairs
from batchquant.quantization.color.weights import Weights

if TYPE_CHECKING:  # numba takes 0.5 s to load, and painting needs none of it
    from batchquant.quantization.kmeans.lloyd import Clustering

# Luma weights times 10,000 (ITU-R BT.709-6, item 3.2): whole numbers, so that the order of a
# palette is exact.
LUMA = np.array([2126, 7152, 722])


@dataclass(frozen=True, slots=True)
class Quantized:
    """A picture in few colors; where its alpha is soft, each pixel counts by its alpha.

    Attributes
    ----------
    palette : ndarray of shape (n_colors, 3), uint8
        The sRGB colors the picture wears, dark to light; each occurs. None, shape (0, 3), where no
        pixel is visible.
    indices : ndarray of shape (H, W), uint8, uint16 or uint32
        Row of `palette` for each pixel, in the smallest type that holds it; any where a pixel is
        not visible.
    counts : ndarray of shape (n_colors,), int64
        Visible pixels of each palette entry, > 0; where alpha is soft, the sum of their alpha.
    centroids : ndarray of shape (K, 3), float64
        Final centroids before rounding and merging, in the order of the start and in the space
        that was clustered in; of a copy, the colors themselves.
    inertia : float
        Sum over visible pixels of the squared distance to the centroid, in the space that was
        clustered in: sRGB, 0-255, or Oklab. An opaque pixel counts 1.
    pairs : Pairs
        What visible pixels are, and what they are shown as.
    n_iter : int
        Iterations of the restart that was kept, and of all that refined it.
    converged : bool
        Whether the last of its descents came to rest before `max_iter`.
    unit : int
        What an opaque pixel adds to `counts`: 1, or 255 where alpha is soft.
    """

    palette: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    counts: NDArray[np.int64]
    centroids: NDArray[np.float64]
    entry_of_centroid: NDArray[np.int64]
    inertia: float
    pairs: Pairs
    n_iter: int
    converged: bool
    unit: int = 1

    @property
    def n_colors(self) -> int:
        """Colors the picture contains; at most k."""
        return len(self.palette)

    @property
    def palette_centroids(self) -> NDArray[np.float64]:
        """The centroid of each palette entry, (n_colors, 3); of several the first."""
        entries, first = np.unique(self.entry_of_centroid, return_index=True)
        return self.centroids[first[entries >= 0]]

    @property
    def mse(self) -> float:
        """Mean over visible pixels and channels of the squared error in sRGB, 0-255."""
        return mse_of(self.pairs)

    @property
    def max_error(self) -> float:
        """Largest distance in sRGB, 0-255, of a visible pixel from what it is shown as."""
        return max_error_of(self.pairs)

    @property
    def psnr_db(self) -> float:
        """Peak signal-to-noise ratio in decibels; infinite for an exact copy."""
        return psnr_db(self.mse)


def paint(
    histogram: Histogram,
    clustering: "Clustering",
    to_srgb: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Quantized:
    """Paint every pixel with its centroid, rounded to a color.

    Parameters
    ----------
    histogram : Histogram
        Of the picture; of at least one color.
    clustering : Clustering
        Of its colors.
    to_srgb : callable
        Brings points (N, 3) of the space that was clustered in to sRGB, 0-255.

    Returns
    -------
    Quantized
        Rounding is half to even. Pixels keep their centroid even where a neighbor's rounded color
        is nearer; centroids that round to one color share one palette entry.
    """
    worn = np.flatnonzero(np.bincount(clustering.labels))
    rounded = np.rint(to_srgb(clustering.centroids[worn])).clip(0, 255).astype(np.uint8)
    palette, entry_of_worn = np.unique(rounded, axis=0, return_inverse=True)
    palette, rank = dark_to_light(palette)

    rank_of_worn = rank[entry_of_worn.reshape(-1)]
    narrow = np.zeros(len(clustering.centroids), dtype=rank.dtype)
    narrow[worn] = rank_of_worn
    entry = narrow[clustering.labels]  # palette entry of each distinct color
    entry_of_centroid = np.full(len(clustering.centroids), -1, dtype=np.int64)
    entry_of_centroid[worn] = rank_of_worn
    counts = np.bincount(entry, weights=histogram.counts, minlength=len(palette))
    rows = np.arange(len(entry), dtype=np.uint32)
    pairs = Pairs(histogram.colors, palette, rows, entry, histogram.counts, histogram.memo)
    return Quantized(
        palette=palette,
        indices=look_up(entry, histogram.color_index),
        counts=counts.astype(np.int64),
        centroids=clustering.centroids,
        entry_of_centroid=entry_of_centroid,
        inertia=clustering.inertia / histogram.unit,
        pairs=pairs,
        n_iter=clustering.n_iter,
        converged=clustering.converged,
        unit=histogram.unit,
    )


def dark_to_light(
    colors: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], NDArray[np.unsignedinteger[Any]]]:
    """Put colors (K, 3), sorted and all different, into the order of a palette: by luma.

    Returns them, and what row each has then, in the smallest type that holds it.
    """
    order = np.argsort(colors @ LUMA, kind="stable")
    narrow: np.dtype[np.unsignedinteger[Any]] = np.min_scalar_type(max(len(colors) - 1, 0))
    rank = np.empty(len(colors), dtype=narrow)
    rank[order] = np.arange(len(colors))
    return colors[order], rank


def paint_nothing(shape: tuple[int, ...]) -> Quantized:
    """Return a picture of a shape (H, W) in which no pixel is visible."""
    return Quantized(
        palette=np.empty((0, 3), np.uint8),
        indices=np.zeros(shape, np.uint8),
        counts=np.empty(0, np.int64),
        centroids=np.empty((0, 3)),
        entry_of_centroid=np.empty(0, np.int64),
        inertia=0.0,
        pairs=Pairs.of_nothing(),
        n_iter=0,
        converged=True,
    )


def repaint(
    quantized: Quantized,
    compared: Histogram,
    weights: Weights | None,
    indices: NDArray[np.unsignedinteger[Any]] | None = None,
) -> Quantized:
    """Compare a picture with another than the one whose colors were clustered, or dither it.

    Parameters
    ----------
    quantized : Quantized
        With at least one color.
    compared : Histogram
        Of what to compare with.
    weights : ndarray of shape (H, W), bool or uint8, or None
        What the pixels counted that `quantized` was made of: from `weights_of`.
    indices : ndarray of shape (H, W), unsigned integer, optional
        Rows of the palette in place of those it has.

    Returns
    -------
    Quantized
        Without entries that no visible pixel wears any more; inertia stays that of the clustering.
    """
    if indices is None:
        indices = quantized.indices
    pairs = count_pairs(compared, quantized.palette, indices, weights)
    # Whole numbers, and exact as float64, in which they are added up.
    counts = np.bincount(pairs.entry, pairs.weights, minlength=quantized.n_colors).astype(np.int64)
    is_worn = counts > 0
    narrow: np.dtype[np.unsignedinteger[Any]] = np.min_scalar_type(int(is_worn.sum()) - 1)
    entries: NDArray[np.unsignedinteger[Any]] = (np.cumsum(is_worn) - is_worn).astype(narrow)
    palette = quantized.palette[is_worn]
    # The last stands for centroids that no pixel wore before: -1 is its place.
    entry_now = np.append(np.where(is_worn, entries.astype(np.int64), -1), -1)
    return replace(
        quantized,
        palette=palette,
        indices=entries[indices],
        counts=counts[is_worn],
        entry_of_centroid=entry_now[quantized.entry_of_centroid],
        pairs=replace(pairs, palette=palette, entry=entries[pairs.entry]),
    )
