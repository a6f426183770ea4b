"""Finding few colors for many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.arranging import Colors, arrange, summarize
from batchquant.quantization.checking import check_search
from batchquant.quantization.color.difference import ciede2000, srgb_to_lab
from batchquant.quantization.color.fidelity import mse_of
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.spaces import oklab_to_srgb
from batchquant.quantization.color.weights import weights_of
from batchquant.quantization.compiler import telling
from batchquant.quantization.dithering.dither import DITHERS, dither
from batchquant.quantization.kmeans.initialize import INITS, WITHIN_THE_CUBE
from batchquant.quantization.kmeans.lloyd import Clustering, assign_nearest, lloyd
from batchquant.quantization.kmeans.octree import Octree, build_octree
from batchquant.quantization.kmeans.refine import refine_by_swaps
from batchquant.quantization.kmeans.subsets import best_subset
from batchquant.quantization.kmeans.swaps import exchange
from batchquant.quantization.painting import Quantized, paint, paint_nothing
from batchquant.quantization.restarts import WITHOUT_CHANCE, NInit, restarts_of


def quantize(
    pixels: NDArray[np.uint8],
    k: int,
    *,
    alpha: NDArray[np.uint8] | None = None,
    init: str | NDArray[np.float64] = "kmeans++",
    n_init: NInit = "auto",
    refine: str = "none",
    seed: int = 0,
    max_iter: int = 1000,
    tol: float = 0.0,
    color_space: str = "srgb",
    favor_rare: float = 0.0,
) -> Quantized:
    """Show pixels in at most k colors, found by exact K-Means.

    `pixels` are (H, W, 3) and `alpha` (H, W), uint8; all else is that of `batchquant.quantize`,
    which takes whatever has pixels.

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
    if alpha is not None:
        alpha = np.asarray(alpha)
        if alpha.dtype != np.uint8:
            raise TypeError(f"alpha: found dtype {alpha.dtype}, expected uint8.")
        if alpha.shape != pixels.shape[:2]:
            raise ValueError(f"alpha: found shape {alpha.shape}, expected {pixels.shape[:2]}.")
    check_search(
        k,
        init=init,
        n_init=n_init,
        refine=refine,
        seed=seed,
        max_iter=max_iter,
        tol=tol,
        color_space=color_space,
        favor_rare=favor_rare,
    )
    return quantize_colors(
        arrange(count_colors(pixels, weights_of(alpha)), color_space, favor_rare),
        k,
        init=init,
        n_init=restarts_of(n_init, k, init),
        refine=refine,
        seed=seed,
        max_iter=max_iter,
        tol=tol,
    )


def compile_kernels(tell: Callable[[], None] = lambda: None) -> None:
    """Compile everything that chooses colors and dithers, or load it from an earlier run's cache.

    `tell` is called before something is compiled, which takes seconds.
    """
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    with telling(tell):
        load_kernels()
        found = quantize(pixels, 3, n_init=1, refine="swaps")
        octree = build_octree(found.pairs.colors, found.pairs.weights)
        points = found.pairs.colors.astype(np.float64)
        best_subset(octree, points, 2, [0])
        exchange(octree, points, [0, 1])
        colors = arrange(count_colors(pixels))
        for kind in DITHERS:
            dither(colors, found.palette, kind)


def load_kernels() -> None:
    """Load what every job needs; each kernel takes some 20 ms, whoever loads it."""
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    for init in INITS:
        found = quantize(pixels, 3, init=init, n_init=1)
    ciede2000(*(srgb_to_lab(colors) for colors in (found.pairs.colors, found.pairs.painted)))
    mse_of(found.pairs)


def quantize_colors(
    colors: Colors,
    k: int,
    *,
    init: str | NDArray[np.float64],
    n_init: int,
    refine: str = "none",
    seed: int,
    max_iter: int,
    tol: float,
    pin: Sequence[Sequence[int]] = (),
    checkpoint: Callable[[], None] = lambda: None,
) -> Quantized:
    """Do what `quantize` does for counted colors; its arguments are not checked again.

    The pinned sRGB colors, at most k, count among the k and stay what they are; `init` finds the
    others. One that is nearest to no pixel does not occur in the picture. `checkpoint` is called
    now and then between iterations; what it raises ends the work.
    """
    if colors.octree is None:
        return paint_nothing(colors.histogram.color_index.shape)
    n_free = k - len(pin)
    if n_free == 0:
        return map_to_palette(colors, pin)
    if len(colors.histogram.colors) <= n_free:
        return _paint(colors, _each_color_its_own(colors))
    pinned = colors.to_points(np.array(pin, dtype=np.uint8).reshape(-1, 3))
    how: dict[str, Any] = {
        "n_fixed": len(pin),
        "max_iter": max_iter,
        "tol": tol,
        "checkpoint": checkpoint,
    }
    # Each restart on all colors takes as long again; on means of cells all of them next to nothing.
    has_restarts = n_init > 1 and isinstance(init, str) and init not in WITHOUT_CHANCE
    means = summarize(colors, k) if has_restarts else None
    searched = means or colors.octree
    restarts = (
        lloyd(searched, np.vstack([pinned, start]), **how)
        for start in _starts(colors, searched, n_free, init, n_init, seed)
    )
    found = min(restarts, key=lambda found: found.inertia)  # the first wins ties
    if means is not None:
        found = lloyd(colors.octree, found.centroids, **how)
    if refine == "swaps":
        rng = np.random.default_rng([seed, 0, 1])  # of no restart
        found = refine_by_swaps(colors.octree, found, rng, **how)
    return _paint(colors, _told_by_pixels(colors, found))


def map_to_palette(colors: Colors, palette: Sequence[Sequence[int]]) -> Quantized:
    """Show a picture in given sRGB colors, each pixel in the nearest, the first of equals.

    They are all different, at least one; those that no pixel is nearest to are left out.
    """
    if colors.octree is None:
        return paint_nothing(colors.histogram.color_index.shape)
    points = colors.to_points(np.array(palette, dtype=np.uint8))
    return _paint(colors, _told_by_pixels(colors, assign_nearest(colors.octree, points)))


def show_in_centroids(
    colors: Colors, centroids: NDArray[np.float64], *, n_iter: int, converged: bool
) -> Quantized:
    """Show a picture by centroids (K, 3) of the space that were found for more than it.

    Each pixel wears the nearest, the first of equals; what is said of iterations is handed on.
    """
    if colors.octree is None:
        return paint_nothing(colors.histogram.color_index.shape)
    found = _told_by_pixels(colors, assign_nearest(colors.octree, centroids))
    return _paint(colors, replace(found, n_iter=n_iter, converged=converged))


def _starts(
    colors: Colors,
    octree: Octree,
    k: int,
    init: str | NDArray[np.float64],
    n_init: int,
    seed: int,
) -> Iterator[NDArray[np.float64]]:
    """Yield the start of each restart in a tree; restart r draws from a generator of its own."""
    if not isinstance(init, str):
        yield colors.to_points(np.asarray(init, dtype=np.float64))
        return
    for restart in range(1 if init in WITHOUT_CHANCE else n_init):
        start = INITS[init](octree, k, np.random.default_rng([seed, restart]))
        yield colors.to_points(start) if init in WITHIN_THE_CUBE else start


def _each_color_its_own(colors: Colors) -> Clustering:
    """Return the clustering of a picture that has no more colors than were asked for."""
    points = colors.to_points(colors.histogram.colors)
    return Clustering(points, np.arange(len(points), dtype=np.int32), 0.0, 0, True)


def _told_by_pixels(colors: Colors, found: Clustering) -> Clustering:
    """Return a clustering with the inertia of pixels, however colors weighed in the search."""
    if not colors.favors_rare:
        return found
    assert colors.octree is not None
    counts = colors.histogram.counts[colors.octree.order].astype(np.float64)
    by_pixels = assign_nearest(colors.octree._replace(weights=counts), found.centroids)
    return replace(found, inertia=by_pixels.inertia)


def _paint(colors: Colors, clustering: Clustering) -> Quantized:
    to_srgb = oklab_to_srgb if colors.space == "oklab" else lambda points: points
    return paint(colors.histogram, clustering, to_srgb)
