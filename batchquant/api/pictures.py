"""One picture, wherever it lies → the same in few colors."""

import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from batchquant.api.quantized import QuantizedPicture
from batchquant.errors import ImageError
from batchquant.files.opening import read_regular
from batchquant.images.read.decode import decode
from batchquant.images.read.in_memory import picture_of_array, picture_of_image
from batchquant.images.read.picture import Picture
from batchquant.quantization import arrange, quantize_colors
from batchquant.quantization.checking import check_search
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.weights import weights_of
from batchquant.quantization.restarts import NInit, restarts_of
from batchquant.sources.source import scheme_of, suffix_of

SEED_BITS = 32  # as many as a job file takes

PictureLike = str | os.PathLike[str] | Image.Image | ArrayLike


@overload
def quantize(
    picture: PictureLike,
    k: int,
    *,
    alpha: ArrayLike | None = ...,
    init: str | NDArray[np.float64] = ...,
    n_init: NInit = ...,
    refine: str = ...,
    seed: int | None = ...,
    max_iter: int = ...,
    tol: float = ...,
    color_space: str = ...,
    favor_rare: float = ...,
) -> QuantizedPicture: ...


@overload
def quantize(
    picture: PictureLike,
    k: Iterable[int],
    *,
    alpha: ArrayLike | None = ...,
    init: str | NDArray[np.float64] = ...,
    n_init: NInit = ...,
    refine: str = ...,
    seed: int | None = ...,
    max_iter: int = ...,
    tol: float = ...,
    color_space: str = ...,
    favor_rare: float = ...,
) -> dict[int, QuantizedPicture]: ...


def quantize(
    picture: PictureLike,
    k: int | Iterable[int],
    *,
    alpha: ArrayLike | None = None,
    init: str | NDArray[np.float64] = "kmeans++",
    n_init: NInit = "auto",
    refine: str = "none",
    seed: int | None = 0,
    max_iter: int = 1000,
    tol: float = 0.0,
    color_space: str = "srgb",
    favor_rare: float = 0.0,
) -> QuantizedPicture | dict[int, QuantizedPicture]:
    """Show a picture in at most k colors, found by exact K-Means.

    Parameters
    ----------
    picture : path, PIL.Image.Image or array
        A file of any format that a job reads, or a place in a bucket; an image of Pillow's; or sRGB
        pixels of shape (H, W), gray, (H, W, 3), or (H, W, 4) with opacity, as uint8, uint16 or
        floats from 0 to 1. Files and images are turned upright.
    k : int, or several
        Colors at most, >= 1. Several share the work of reading and counting.
    alpha : array of shape (H, W), optional
        Opacity of an array that has none: uint8, uint16 or floats from 0 to 1. A pixel counts by
        it; where it is 0 its color plays no part.
    init : {'random', 'in_pixel', 'kmeans++', 'maximin'} or ndarray of shape (k, 3)
        Start method (also 'forgy' for 'in_pixel', 'k-means++' for 'kmeans++'), or the start itself
        in sRGB on the 0-255 scale.
    n_init : int or 'auto'
        Restarts, of which the lowest inertia is kept; 'maximin' and an array are tried once. 'auto'
        takes so many as pay: 4 up to k 5, 6 up to 32, 3 up to 64, else 1.
    refine : {'none', 'swaps'}
        How to leave the local optimum that K-Means ends in: 'swaps' moves single centroids to where
        colors are far from any, as long as that lowers the inertia.
    seed : int or None
        What chance is drawn from; None draws one, which the result keeps. The ``seed`` of a report
        row gives that row again, where its job changes nothing else of the picture.
    max_iter : int
        Iterations at most, of each restart and each swap.
    tol : float
        Summed squared move of the centroids that counts as rest, in units of the space.
    color_space : {'srgb', 'oklab'}
        Where distances are measured.
    favor_rare : float
        From 0 to 1: how much more pixels of rare colors count while colors are searched for, so
        that small accents keep a color of their own.

    Returns
    -------
    QuantizedPicture, or dict of these by k
        Palette, indices and figures; a picture to look at and to save.

    Raises
    ------
    TypeError
        If numbers are of another type than those above.
    ValueError
        If a shape or a number is outside what is described above.
    OSError
        If the file is not there.
    ImageError
        If it cannot be read as a picture.

    Examples
    --------
    >>> pixels = np.array([[[0, 0, 0], [2, 0, 0]], [[250, 0, 0], [250, 0, 0]]], dtype=np.uint8)
    >>> found = quantize(pixels, 2)
    >>> found
    <QuantizedPicture: 2 x 2 in 2 colors, 55.9 dB>
    >>> found.palette.tolist(), found.indices.tolist(), found.inertia
    ([[1, 0, 0], [250, 0, 0]], [[0, 0], [1, 1]], 2.0)
    >>> {k: each.n_colors for k, each in quantize(pixels, [1, 2, 3]).items()}
    {1: 1, 2: 2, 3: 3}
    """
    is_several = isinstance(k, Iterable) and not isinstance(k, str)
    wanted: list[Any] = list(cast(Iterable[int], k)) if is_several else [k]
    if not wanted:
        raise ValueError("k: found no number, expected one or more.")
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    for each in wanted:
        check_search(
            each,
            init=init,
            n_init=n_init,
            refine=refine,
            seed=seed,
            max_iter=max_iter,
            tol=tol,
            color_space=color_space,
            favor_rare=favor_rare,
        )
    read = _read(picture, alpha)
    counted = count_colors(read.pixels, weights_of(read.alpha))
    colors = arrange(counted, color_space, favor_rare)
    made = {}
    for each in wanted:
        found = quantize_colors(
            colors,
            int(each),
            init=init,
            n_init=restarts_of(n_init, each, init),
            refine=refine,
            seed=int(seed),
            max_iter=max_iter,
            tol=tol,
        )
        made[int(each)] = QuantizedPicture.of(read, int(each), int(seed), found)
    return made if is_several else made[int(wanted[0])]


def _read(picture: PictureLike, alpha: ArrayLike | None) -> Picture:
    """Read a picture from where it lies."""
    if alpha is not None and isinstance(picture, str | os.PathLike | Image.Image):
        raise ValueError("alpha: found it beside a file or an image, expected it beside an array.")
    if isinstance(picture, str | os.PathLike):
        return _read_file(os.fspath(picture))
    if isinstance(picture, Image.Image):
        return picture_of_image(picture)
    if isinstance(picture, bytes):
        raise TypeError(
            "picture: found bytes, expected a path, an image or an array. Of the content of a file:"
            " PIL.Image.open(io.BytesIO(picture))."
        )
    array = np.asarray(picture)
    if array.dtype == object:
        found = type(picture).__name__
        raise TypeError(f"picture: found {found}, expected a path, an image of Pillow or an array.")
    return picture_of_array(array, None if alpha is None else np.asarray(alpha))


def _read_file(place: str) -> Picture:
    if scheme_of(place):
        from batchquant.sources.reading import read_source  # who gives a path needs no buckets

        content = read_source(place).content
    elif Path(place).is_dir():
        told = "found a folder, expected a picture; quantize_folder takes a folder"
        raise IsADirectoryError(errno.EISDIR, told, place)
    else:
        content = read_regular(Path(place))
    try:
        return decode(content, suffix=suffix_of(place))
    except ImageError as error:
        raise ImageError(f"{place}: {error}") from error
