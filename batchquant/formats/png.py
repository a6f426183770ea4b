"""Pixels → PNG."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.formats.format import Format, Painted
from batchquant.formats.png_stream import (
    DOWN,
    FAST,
    INDEXED,
    PLAIN,
    RGB,
    RGBA,
    RUNS_DOWN,
    Head,
    Rows,
    pack,
    write_png,
)
from batchquant.formats.raster import BAND, full_rows, is_binary, laid_rows, lay_entries_onto
from batchquant.images.read.density import Dpi, as_in_png
from batchquant.quantization.color.histogram import look_up
from batchquant.quantization.color.weights import OPAQUE

MAX_PALETTE = 256  # colors, or pairs of color and opacity, that an indexed PNG can hold
MAX_FEW = 16  # colors, of up to 4 bits

Indices = NDArray[np.unsignedinteger[Any]]


def encode_png(
    indices: Indices,
    palette: NDArray[np.uint8],
    *,
    alpha: NDArray[np.uint8] | None = None,
    icc_profile: bytes | None = None,
    dpi: Dpi | None = None,
) -> bytes:
    """Encode a picture of few colors, indexed where PNG can, else as RGB or RGBA.

    The parameters are attributes of `Painted`. Up to 256 colors, each with its opacity, are indexed
    with 1, 2, 4 or 8 bits a pixel; alpha is kept exactly, and pixels of alpha 0 are black.
    The file has no other metadata: the same arguments give the same bytes.
    """
    metadata: dict[str, Any] = {"icc_profile": icc_profile, "dpi": dpi}
    if alpha is None or _is_opaque(alpha):
        if len(palette) <= MAX_PALETTE:
            return _write_indexed(lambda rows: indices[rows], palette, indices.shape, **metadata)
        return _write_full(RGB, indices.shape, full_rows(indices, palette), **metadata)
    if is_binary(alpha):
        # The transparent entry is the first, though this moves the others up by one: so its chunk,
        # tRNS, holds one byte and not K + 1, and a run of transparent pixels goes on through the
        # zero that PNG puts before each row.
        if len(palette) < MAX_PALETTE:
            return _write_indexed(
                lambda rows: (indices[rows] + np.uint8(1)) & alpha[rows],
                np.vstack([np.zeros((1, 3), np.uint8), palette]),
                indices.shape,
                transparency=bytes(1),
                **metadata,
            )
    elif (pairs := _find_pairs(indices, palette, alpha)) is not None:
        colors, opacity, entry = pairs
        return _write_indexed(
            lambda rows: look_up(entry, _code_pairs(indices[rows], alpha[rows])),
            colors,
            indices.shape,
            transparency=opacity.tobytes().rstrip(bytes([OPAQUE])),
            **metadata,
        )
    return _write_full(RGBA, indices.shape, full_rows(indices, palette, alpha), **metadata)


def encode_flattened_png(
    indices: Indices,
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    background: tuple[int, int, int],
    *,
    dpi: Dpi | None = None,
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
    return _write_full(RGB, indices.shape, laid_rows(background, indices, palette, alpha), dpi=dpi)


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
    height, width, _ = pixels.shape
    flat = pixels.reshape(height, -1)
    return write_png(Head(width, height, RGB), lambda rows: flat[rows], [FAST])


def _is_opaque(alpha: NDArray[np.uint8]) -> bool:
    return bool(alpha.min() == OPAQUE)


def _write_indexed(
    entries: Callable[[slice], Indices],
    palette: NDArray[np.uint8],
    shape: tuple[int, ...],
    **options: Any,
) -> bytes:
    """Write with as few bits as hold the palette; `entries` returns rows of the picture."""
    bits = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    ways = (RUNS_DOWN if len(palette) <= MAX_FEW else DOWN, PLAIN)
    head = Head(shape[1], shape[0], INDEXED, bits, palette, **options)
    return write_png(head, lambda rows: pack(entries(rows).astype(np.uint8), bits), ways)


def _write_full(
    color_type: int,
    shape: tuple[int, ...],
    paint: Callable[[slice], NDArray[np.uint8]],
    **options: Any,
) -> bytes:
    def rows(wanted: slice) -> Rows:
        band = paint(wanted)
        return band.reshape(len(band), -1)

    return write_png(Head(shape[1], shape[0], color_type, **options), rows, (DOWN, PLAIN))


def _find_pairs(
    indices: Indices, palette: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Find the pairs of color and opacity, where a palette can hold them.

    Returns their colors (N, 3) and opacity (N,), opaque ones last, and the row of each code of
    `_code_pairs`; None where there are more than `MAX_PALETTE`.
    """
    if len(palette) > MAX_PALETTE:
        return None
    is_there = np.zeros(MAX_PALETTE << 8, np.bool_)
    for top in range(0, len(indices), BAND):
        rows = slice(top, top + BAND)
        is_there[_code_pairs(indices[rows], alpha[rows])] = True
        if np.count_nonzero(is_there) > MAX_PALETTE:
            return None
    codes = np.flatnonzero(is_there)
    codes = codes[np.argsort(codes & 0xFF, kind="stable")]
    entry = np.zeros(len(is_there), np.uint8)
    entry[codes] = np.arange(len(codes))
    opacity = (codes & 0xFF).astype(np.uint8)
    colors = np.where(opacity[:, np.newaxis], palette[codes >> 8], np.uint8(0))
    return colors, opacity, entry


def _code_pairs(indices: Indices, alpha: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return a code of 16 bits for each pixel, 0 where it is hidden."""
    codes = indices.astype(np.uint32)
    codes <<= 8
    codes |= alpha
    codes *= alpha > 0
    return codes


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
