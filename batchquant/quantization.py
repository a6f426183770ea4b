"""A histogram → a palette, indices and figures. Pure: no paths, no files, no clock."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.color.fidelity import psnr_db
from batchquant.color.histogram import Histogram, count_colors, look_up
from batchquant.kmeans.compiler import telling
from batchquant.kmeans.initialize import INITS, WITHOUT_CHANCE
from batchquant.kmeans.lloyd import Clustering, lloyd
from batchquant.kmeans.octree import Octree, build_octree

# Luma weights times 10,000 (ITU-R BT.709-6, item 3.2): whole numbers, so that the order of a
# palette is exact.
LUMA = np.array([2126, 7152, 722])


@dataclass(frozen=True, slots=True)
class Quantized:
    """A picture in few colors.

    Attributes
    ----------
    palette : ndarray of shape (n_colors, 3), uint8
        The sRGB colors the picture wears, dark to light; each occurs.
    indices : ndarray of shape (H, W), uint8, uint16 or uint32
        Row of `palette` for each pixel, in the smallest type that holds it.
    counts : ndarray of shape (n_colors,), int64
        Pixels of each palette entry.
    centroids : ndarray of shape (K, 3), float64
        Final centroids before rounding and merging, in the order of the start; of a copy, the
        colors themselves.
    inertia : float
        Sum over pixels of the squared distance to the centroid, 0-255 scale.
    mse : float
        Mean over pixels and channels of the squared error of the written picture.
    n_iter : int
        Iterations of the restart that was kept.
    converged : bool
        Whether that restart came to rest before `max_iter`.
    """

    palette: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    counts: NDArray[np.int64]
    centroids: NDArray[np.float64]
    inertia: float
    mse: float
    n_iter: int
    converged: bool

    @property
    def n_colors(self) -> int:
        """Colors the picture contains; at most k."""
        return len(self.palette)

    @property
    def psnr_db(self) -> float:
        """Peak signal-to-noise ratio in decibels; infinite for an exact copy."""
        return psnr_db(self.mse)


def quantize(
    pixels: NDArray[np.uint8],
    k: int,
    *,
    init: str | NDArray[np.float64] = "in_pixel",
    n_init: int = 1,
    seed: int = 0,
    max_iter: int = 1000,
    tol: float = 0.0,
) -> Quantized:
    """Show a picture in at most k colors, found by exact K-Means.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        sRGB picture.
    k : int
        Colors at most, >= 1.
    init : {'random', 'in_pixel', 'kmeans++', 'maximin'} or ndarray of shape (k, 3)
        Start method (also 'forgy' for 'in_pixel', 'k-means++' for 'kmeans++'), or the start itself
        on the 0-255 scale.
    n_init : int
        Restarts, of which the lowest inertia is kept; 'maximin' and an array are tried once.
    seed : int
        The ``seed`` of a report row reproduces that row.
    max_iter : int
        Iterations at most.
    tol : float
        Summed squared move of the centroids that counts as rest.

    Returns
    -------
    Quantized
        Palette, indices and figures.

    Raises
    ------
    TypeError
        If `pixels` is not uint8.
    ValueError
        If a shape or a number is outside what is described above.

    Examples
    --------
    >>> pixels = np.array([[[0, 0, 0], [2, 0, 0]], [[250, 0, 0], [250, 0, 0]]], dtype=np.uint8)
    >>> found = quantize(pixels, 2, seed=1)
    >>> found.palette.tolist(), found.indices.tolist(), found.inertia
    ([[1, 0, 0], [250, 0, 0]], [[0, 0], [1, 1]], 2.0)
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise TypeError(f"pixels: found dtype {pixels.dtype}, expected uint8.")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(
            f"pixels: found shape {pixels.shape}, expected (H, W, 3) with at least one pixel."
        )
    whole = {"k": (k, 1), "n_init": (n_init, 1), "max_iter": (max_iter, 1), "seed": (seed, 0)}
    for name, (value, least) in whole.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: found {value!r}, expected a whole number from {least} up.")
    if not 0 <= tol < math.inf:
        raise ValueError(f"tol: found {tol!r}, expected a number from 0 up.")
    _check_init(init, k)
    histogram = count_colors(pixels)
    return quantize_histogram(
        histogram,
        octree_of(histogram),
        k,
        init=init,
        n_init=n_init,
        seed=seed,
        max_iter=max_iter,
        tol=tol,
    )


def compile_kernels(tell: Callable[[], None] = lambda: None) -> None:
    """Compile everything `quantize` needs, or load it from the cache of an earlier run.

    Parameters
    ----------
    tell : callable
        Called before something is compiled, which takes seconds; not when all is in the cache.
    """
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    with telling(tell):
        for init in INITS:
            quantize(pixels, 3, init=init)


def octree_of(histogram: Histogram) -> Octree:
    """Arrange the colors of a picture for `quantize_histogram`, once for all its calls."""
    return build_octree(histogram.colors, histogram.counts)


def quantize_histogram(
    histogram: Histogram,
    octree: Octree,
    k: int,
    *,
    init: str | NDArray[np.float64],
    n_init: int,
    seed: int,
    max_iter: int,
    tol: float,
    checkpoint: Callable[[], None] = lambda: None,
) -> Quantized:
    """Do what `quantize` does for a picture whose colors are counted already.

    Parameters
    ----------
    histogram : Histogram
        Of the picture.
    octree : Octree
        From `octree_of`.
    k, init, n_init, seed, max_iter, tol
        As for `quantize`, and not checked again.
    checkpoint : callable
        Called now and then between iterations; what it raises ends the work.

    Returns
    -------
    Quantized
        Palette, indices and figures.
    """
    if len(histogram.colors) <= k:
        clustering = _each_color_its_own(histogram)
    else:
        restarts = (
            lloyd(octree, start, max_iter=max_iter, tol=tol, checkpoint=checkpoint)
            for start in _starts(octree, k, init, n_init, seed)
        )
        clustering = min(restarts, key=lambda found: found.inertia)  # the first wins ties
    return _render(histogram, clustering)


def _check_init(init: str | NDArray[np.float64], k: int) -> None:
    if isinstance(init, str):
        if init not in INITS:
            known = ", ".join(repr(name) for name in INITS)
            raise ValueError(f"init: found {init!r}, expected one of {known} or a ({k}, 3) array.")
    elif np.shape(init) != (k, 3):
        raise ValueError(f"init: found shape {np.shape(init)}, expected ({k}, 3).")
    elif not np.isfinite(init).all():
        raise ValueError("init: found a number that is not finite, expected finite ones.")


def _starts(
    octree: Octree, k: int, init: str | NDArray[np.float64], n_init: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Yield the start of each restart; restart r draws from a generator of its own."""
    if not isinstance(init, str):
        yield np.asarray(init, dtype=np.float64)
        return
    for restart in range(1 if init in WITHOUT_CHANCE else n_init):
        yield INITS[init](octree, k, np.random.default_rng([seed, restart]))


def _each_color_its_own(histogram: Histogram) -> Clustering:
    """Return the clustering of a picture that has no more colors than were asked for."""
    labels = np.arange(len(histogram.colors), dtype=np.int32)
    return Clustering(histogram.colors.astype(np.float64), labels, 0.0, 0, True)


def _render(histogram: Histogram, clustering: Clustering) -> Quantized:
    """Paint every pixel with its centroid, rounded to a color.

    Rounding is half to even. Pixels keep their centroid even where a neighbor's rounded color is
    nearer; centroids that round to one color share one palette entry.
    """
    worn = np.flatnonzero(np.bincount(clustering.labels))
    rounded = np.rint(clustering.centroids[worn]).astype(np.uint8)
    palette, entry_of_worn = np.unique(rounded, axis=0, return_inverse=True)
    dark_to_light = np.argsort(palette @ LUMA, kind="stable")
    narrow: np.dtype[np.unsignedinteger[Any]] = np.min_scalar_type(len(palette) - 1)
    rank = np.empty(len(palette), dtype=narrow)
    rank[dark_to_light] = np.arange(len(palette))
    palette = palette[dark_to_light]

    entry_of_centroid = np.zeros(len(clustering.centroids), dtype=narrow)
    entry_of_centroid[worn] = rank[entry_of_worn.reshape(-1)]
    entry = entry_of_centroid[clustering.labels]  # palette entry of each distinct color
    counts = np.bincount(entry, weights=histogram.counts, minlength=len(palette))
    squared_error = 0
    for found, shown in zip(histogram.colors.T, palette.astype(np.int64).T, strict=True):
        squared_error += int(histogram.counts @ np.square(found - shown[entry]))
    return Quantized(
        palette=palette,
        indices=look_up(entry, histogram.color_index),
        counts=counts.astype(np.int64),
        centroids=clustering.centroids,
        inertia=clustering.inertia,
        mse=squared_error / (3 * int(histogram.counts.sum())),
        n_iter=clustering.n_iter,
        converged=clustering.converged,
    )
