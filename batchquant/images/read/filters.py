"""Filters on decoded pictures: blur and reduce, both blind to transparent pixels."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from batchquant.images.read.density import dpi_after
from batchquant.images.read.picture import Picture

Plane = NDArray[np.float32]  # shape (H, W)
COLUMNS = 256  # smoothed at a time: their sums are several times as large as they are
N_BOXES = 3  # box blurs that stand for a Gaussian, as in Pillow


def blur(picture: Picture, radius: float) -> Picture:
    """Soften a picture by a Gaussian.

    Parameters
    ----------
    picture : Picture
        Not modified.
    radius : float
        Standard deviation in pixels, >= 0, as that of Pillow's GaussianBlur; 0 changes nothing.

    Returns
    -------
    Picture
        Colors are means over visible pixels, each weighted by its alpha. Alpha, and the colors of
        fully transparent pixels, are those of `picture`.

    Notes
    -----
    Pillow blurs 8 bits only. Where few visible pixels lie around, colors times alpha are a fraction
    of one level and would be lost; so pictures with alpha are blurred in numpy, by the same boxes.

    References
    ----------
    P. Gwosdek, S. Grewenig, A. Bruhn, J. Weickert (2011), Theoretical foundations of Gaussian
    convolution by extended box filtering, SSVM 2011, doi:10.1007/978-3-642-24785-9_38.
    """
    if radius == 0:
        return picture
    if picture.alpha is None:
        softened = Image.fromarray(picture.pixels).filter(ImageFilter.GaussianBlur(radius))
        return replace(picture, pixels=np.asarray(softened))
    pixels, _ = _filter_visible(picture.pixels, picture.alpha, lambda plane: _gauss(plane, radius))
    hidden = picture.alpha == 0
    pixels[hidden] = picture.pixels[hidden]
    return replace(picture, pixels=pixels)


def reduce(picture: Picture, longest: int, *, keeps_size: bool = False) -> Picture:
    """Make a picture smaller by Lanczos resampling, colors weighted by alpha.

    One whose longest side is within `longest` comes back as it is. Its dpi is that of the same size
    on paper, where this is to be kept, or pixels are not square; else None.
    """
    height, width = picture.pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    dpi = dpi_after(picture.dpi, scale, keeps_size=keeps_size)
    if picture.alpha is None:
        smaller = Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS)
        return replace(picture, pixels=np.asarray(smaller), dpi=dpi)
    pixels, weights = _filter_visible(
        picture.pixels,
        picture.alpha,
        lambda plane: np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS)),
    )
    return replace(picture, pixels=pixels, alpha=_rounded(weights), dpi=dpi)


def _filter_visible(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8], smooth: Callable[[Plane], Plane]
) -> tuple[NDArray[np.uint8], Plane]:
    """Smooth colors times alpha, and alpha, and divide.

    Returns pixels of the new size, black where nothing visible is near, and the smoothed alpha.
    """
    weights = smooth(alpha.astype(np.float32))
    filtered = np.empty((*weights.shape, 3), np.uint8)
    for channel in range(3):
        colors = smooth(np.multiply(pixels[..., channel], alpha, dtype=np.float32))
        mixed = np.zeros_like(weights)
        np.divide(colors, weights, out=mixed, where=weights > 0)
        del colors
        filtered[..., channel] = _rounded(mixed)
    return filtered, weights


def _rounded(levels: Plane) -> NDArray[np.uint8]:
    """Round to 8 bits; Lanczos overshoots."""
    rounded = np.rint(levels)
    return np.clip(rounded, 0, 255, out=rounded).astype(np.uint8)


def _gauss(plane: Plane, radius: float) -> Plane:
    """Blur rows and columns by boxes of the same variance together as a Gaussian's."""
    variance = radius * radius / N_BOXES
    whole = int((np.sqrt(12 * variance + 1) - 1) / 2)
    part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
    part /= 6 * (variance - (whole + 1) ** 2)
    for _ in range(2):
        smoothed = np.empty_like(plane)
        for left in range(0, plane.shape[1], COLUMNS):
            columns = plane[:, left : left + COLUMNS]
            for _ in range(N_BOXES):
                columns = _box(columns, whole, part)
            smoothed[:, left : left + COLUMNS] = columns
        plane = smoothed.T
    return plane


def _box(plane: Plane, whole: int, part: float) -> Plane:
    """Average along columns over `whole` pixels to each side, and `part` of the next ones."""
    height = len(plane)
    padded = np.pad(plane, ((whole + 1, whole + 1), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    inside = sums[2 * whole + 1 : 2 * whole + 1 + height] - sums[:height]
    rims = padded[:height] + padded[2 * whole + 2 :]
    averaged: Plane = ((inside + part * rims) / (2 * (whole + part) + 1)).astype(np.float32)
    return averaged
