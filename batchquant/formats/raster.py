"""Palette and indices → a Pillow image, band by band: its own copy is the only whole one."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.images.read.compositing import lay_onto
from batchquant.quantization.color import Color
from batchquant.quantization.color.weights import OPAQUE

BAND = 64  # rows that are painted at a time
HIDDEN = (0, 0, 0)  # color of transparent pixels: what lay below them never leaves

Indices = NDArray[np.unsignedinteger[Any]]
"""Of shape (H, W): row of a palette (K, 3) for each pixel, any where alpha is 0."""


def is_binary(alpha: NDArray[np.uint8]) -> bool:
    """Tell whether every pixel is either hidden or opaque, without a copy."""
    shares = Image.fromarray(alpha).histogram()
    return shares[0] + shares[OPAQUE] == alpha.size


def indexed_image(
    indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> Image.Image:
    """Return an image of mode P; of binary alpha, hidden pixels are entry 0, before the palette."""
    entries = indices.astype(np.uint8, copy=False)
    if alpha is not None:
        entries = entries + np.uint8(1)
        entries &= alpha
        palette = np.vstack([_as_row(HIDDEN), palette])
    image = Image.fromarray(entries)
    image.putpalette(palette.tobytes())
    return image


def full_image(
    indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> Image.Image:
    """Return an image of mode RGB, or RGBA where there is alpha; hidden pixels are black."""
    mode: Literal["RGB", "RGBA"] = "RGB" if alpha is None else "RGBA"
    return _paint(mode, indices.shape, full_rows(indices, palette, alpha))


def full_rows(
    indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> Callable[[slice], NDArray[np.uint8]]:
    """Return what paints rows of it: (rows, W, 3), or (rows, W, 4) where there is alpha."""
    if alpha is None:
        return lambda rows: palette.take(indices[rows], axis=0)
    words = np.zeros(max(len(palette), 1), "<u4")  # red, green and blue, in the order of bytes
    words[: len(palette)] = palette @ np.array([1, 1 << 8, 1 << 16], np.uint32)

    def paint(rows: slice) -> NDArray[np.uint8]:
        opacity = alpha[rows]
        # "clip": where a pixel is hidden, its index may be any.
        painted = words.take(indices[rows], mode="clip")
        painted |= opacity.astype("<u4") << 24
        painted *= opacity > 0
        return painted.view(np.uint8).reshape(*opacity.shape, 4)

    return paint


def lay_entries_onto(
    background: Color, indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> tuple[Indices, NDArray[np.uint8]]:
    """Lay binary alpha onto a color: an entry behind the palette, where none is equal to it."""
    if not (palette == background).all(axis=1).any():
        palette = np.vstack([palette, _as_row(background)])
    narrow: np.dtype[np.unsignedinteger[Any]] = np.min_scalar_type(len(palette) - 1)
    entries = indices.astype(narrow)
    entries[alpha == 0] = (palette == background).all(axis=1).argmax()
    return entries, palette


def laid_image(
    background: Color, indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> Image.Image:
    """Lay soft alpha onto a color, as `lay_onto` does: an image of mode RGB."""
    return _paint("RGB", indices.shape, laid_rows(background, indices, palette, alpha))


def laid_rows(
    background: Color, indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> Callable[[slice], NDArray[np.uint8]]:
    """Return what paints rows of it: (rows, W, 3)."""
    paint = full_rows(indices, palette, alpha)
    return lambda rows: lay_onto(background, paint(rows)[..., :3], alpha[rows])


def _as_row(color: Color) -> NDArray[np.uint8]:
    return np.array([color], dtype=np.uint8)


def _paint(
    mode: Literal["RGB", "RGBA"],
    shape: tuple[int, ...],
    band: Callable[[slice], NDArray[np.uint8]],
) -> Image.Image:
    height, width = shape
    image = Image.new(mode, (width, height))
    for top in range(0, height, BAND):
        image.paste(Image.fromarray(band(slice(top, top + BAND))), (0, top))
    return image
