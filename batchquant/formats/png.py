"""Pixels → PNG."""

import io
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.formats.format import Format, Painted
from batchquant.formats.raster import (
    full_image,
    indexed_image,
    is_binary,
    laid_image,
    lay_entries_onto,
)
from batchquant.images.read.density import as_in_png
from batchquant.quantization.color.weights import OPAQUE

MAX_PALETTE = 256  # colors an indexed PNG can hold
MAX_RLE_COLORS = 16  # up to here zlib's run-length strategy may win: up to 4 bits a pixel
MANY_COLORS_LEVEL = 3  # of zlib: 6 takes twice as long for contact sheets 6 % smaller
BAND = 64  # rows that both strategies are tried on


def encode_png(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    *,
    alpha: NDArray[np.uint8] | None = None,
    icc_profile: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> bytes:
    """Encode a picture of few colors, indexed where PNG can, else as RGB or RGBA.

    The parameters are attributes of `Painted`. Up to 256 colors, a transparent one among them, are
    indexed with 1, 2, 4 or 8 bits a pixel; alpha is kept exactly, and pixels of alpha 0 are black.
    The file has no other metadata: the same arguments give the same bytes.
    """
    # The transparent entry is the first, though this moves the others up by one: so its chunk,
    # tRNS, holds one byte and not K + 1, and a run of transparent pixels goes on through the zero
    # that PNG puts before each row. Photographs cut out were up to 4 % smaller than with it behind.
    metadata = {"icc_profile": icc_profile, "dpi": dpi}
    if alpha is None or _is_opaque(alpha):
        if len(palette) <= MAX_PALETTE:
            return _save_indexed(indexed_image(indices, palette), len(palette), **metadata)
        image = full_image(indices, palette)
    elif len(palette) < MAX_PALETTE and is_binary(alpha):
        image = indexed_image(indices, palette, alpha)
        return _save_indexed(image, len(palette) + 1, transparency=0, **metadata)
    else:
        image = full_image(indices, palette, alpha)
    return _save(image, _strategy(palette), **metadata)


def encode_flattened_png(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    background: tuple[int, int, int],
    *,
    dpi: tuple[float, float] | None = None,
) -> bytes:
    """Encode a picture laid onto a background, for formats without transparency.

    Parameters
    ----------
    indices : ndarray of shape (H, W), unsigned integer
        Row of `palette` for each pixel; any number where `alpha` is 0.
    palette : ndarray of shape (K, 3), uint8
        sRGB colors; none, shape (0, 3), where no pixel is visible.
    alpha : ndarray of shape (H, W), uint8
        Opacity.
    background : tuple of int
        sRGB color.
    dpi : tuple of float, optional
        As in `encode_png`.

    Returns
    -------
    bytes
        An opaque PNG file without other metadata. Where alpha is only 0 or 255, its colors are
        those of `palette` and the background, which shares the entry of an equal color; else it is
        RGB, and each channel is ``(color * alpha + background * (255 - alpha) + 127) // 255``.
    """
    if _is_opaque(alpha):
        return encode_png(indices, palette, dpi=dpi)
    if is_binary(alpha):
        return encode_png(*lay_entries_onto(background, indices, palette, alpha), dpi=dpi)
    image = laid_image(background, indices, palette, alpha)
    return _save(image, _strategy(palette), dpi=dpi)


def encode_rgb_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a picture of any number of colors.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        sRGB picture.

    Returns
    -------
    bytes
        A PNG file without metadata.
    """
    return _save(Image.fromarray(pixels), zlib.Z_FILTERED, compress_level=MANY_COLORS_LEVEL)


def _is_opaque(alpha: NDArray[np.uint8]) -> bool:
    return bool(alpha.min() == OPAQUE)


def _save_indexed(image: Image.Image, n_entries: int, **options: Any) -> bytes:
    # Pillow chooses the bit depth by the length of the palette it is handed.
    strategy = zlib.Z_DEFAULT_STRATEGY
    # Run-length is about five times faster, and a little smaller on photographs of up to 16 colors,
    # but several times larger where a pattern repeats: so both are tried on a band in the middle.
    if n_entries <= MAX_RLE_COLORS:
        top = max(0, (image.height - BAND) // 2)
        band = image.crop((0, top, image.width, min(image.height, top + BAND)))
        strategy = min((zlib.Z_RLE, strategy), key=lambda tried: len(_save(band, tried)))
    return _save(image, strategy, **options)


def _strategy(palette: NDArray[np.uint8]) -> int:
    """Choose for RGB and RGBA: few colors repeat, and Z_FILTERED looks less for repeats."""
    return zlib.Z_DEFAULT_STRATEGY if len(palette) <= MAX_PALETTE else zlib.Z_FILTERED


def _save(image: Image.Image, strategy: int, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_type=strategy, **options)
    return stream.getvalue()


def png_of(painted: Painted) -> bytes:
    """Encode a painted picture, once for all formats that hold its PNG."""
    if "png" not in painted.memo:
        painted.memo["png"] = encode_png(
            painted.indices,
            painted.palette,
            alpha=painted.alpha,
            icc_profile=painted.icc_profile,
            dpi=painted.dpi,
        )
    png: bytes = painted.memo["png"]
    return png


class Png(Format):
    """Holds all of a picture."""

    kind, suffix, noun = "png", ".png", "PNG"
    pillow = "PNG"
    is_shown_by_browsers = True

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Encode indexed, or else as RGB or RGBA."""
        return png_of(painted)

    def is_exact(self, painted: Painted) -> bool:
        """Say yes: it holds all there is."""
        return True

    def read(self, content: bytes) -> Painted:
        """Read any PNG of `encode`."""
        from batchquant.formats.written import read_by_pillow  # it knows the registry

        return read_by_pillow(content, "PNG", lambda image: as_in_png(image.info.get("dpi")))
