"""Pixels of a picture in few colors → the same as palette and indices, as it was painted."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.formats.format import Painted
from batchquant.formats.raster import laid_image, lay_entries_onto
from batchquant.images.read.color_profile import colors_in_profile, colors_to_srgb
from batchquant.images.read.density import Dpi
from batchquant.quantization.color import Color
from batchquant.quantization.color.histogram import count_colors, look_up
from batchquant.quantization.color.weights import OPAQUE, weights_of
from batchquant.quantization.painting import dark_to_light


def paint_from(
    pixels: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None = None,
    icc_profile: bytes | None = None,
    dpi: Dpi | None = None,
) -> Painted:
    """Find palette and indices of a picture of colors (H, W, 3) and opacity (H, W)."""
    found = count_colors(pixels, weights_of(alpha))
    palette, rank = dark_to_light(found.colors)
    counts = np.empty_like(found.counts)
    counts[rank] = found.counts
    indices = look_up(rank, found.color_index) if len(rank) else found.color_index
    return Painted(indices, palette, counts, found.unit, alpha, icc_profile, dpi)


def paint_from_entries(
    entries: NDArray[np.uint8],
    colors: NDArray[np.uint8],
    hidden: int | None = None,
    icc_profile: bytes | None = None,
    dpi: Dpi | None = None,
) -> Painted:
    """Do the same for rows (H, W) of a palette (N, 3), of which `hidden` is transparent."""
    n_of_entry = np.bincount(entries.reshape(-1), minlength=len(colors))
    is_worn = n_of_entry > 0
    alpha = None
    if hidden is not None and is_worn[hidden]:
        alpha = np.where(entries == hidden, 0, OPAQUE).astype(np.uint8)
        is_worn[hidden] = False
    worn = np.flatnonzero(is_worn)
    palette, row, counts = _merge(colors[worn], n_of_entry[worn])
    row_of_entry = np.zeros(max(len(colors), len(n_of_entry)), dtype=row.dtype)
    row_of_entry[worn] = row
    return Painted(row_of_entry[entries], palette, counts, 1, alpha, icc_profile, dpi)


def in_srgb(painted: Painted) -> Painted:
    """Convert a picture to sRGB; colors that become the same share an entry."""
    if painted.icc_profile is None:
        return painted
    shown = colors_to_srgb(painted.palette, painted.icc_profile)
    if not len(shown):
        return replace(painted, icc_profile=None, memo={})
    palette, row, counts = _merge(shown, painted.counts)
    indices = row[painted.indices if painted.alpha is None else _safe(painted)]
    return replace(
        painted, indices=indices, palette=palette, counts=counts, icc_profile=None, memo={}
    )


def flatten(painted: Painted, background: Color) -> Painted:
    """Lay a picture that is not opaque onto a color, given in sRGB."""
    indices, palette, alpha = painted.indices, painted.palette, painted.alpha
    if alpha is None:
        return painted
    (background,) = colors_in_profile([background], painted.icc_profile)
    if painted.opacity == "binary":
        entries, colors = lay_entries_onto(background, indices, palette, alpha)
        return paint_from_entries(entries, colors, None, painted.icc_profile, painted.dpi)
    pixels = np.asarray(laid_image(background, indices, palette, alpha))
    return paint_from(pixels, None, painted.icc_profile, painted.dpi)


def _safe(painted: Painted) -> NDArray[np.unsignedinteger[Any]]:
    """Return indices that are rows of the palette where a pixel is hidden, too."""
    assert painted.alpha is not None
    return np.where(painted.alpha, painted.indices, 0).astype(painted.indices.dtype)


def _merge(
    colors: NDArray[np.uint8], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.unsignedinteger[Any]], NDArray[np.int64]]:
    """Return the palette of some colors, what row of it each has, and the sums of their counts."""
    distinct, of_color = np.unique(colors, axis=0, return_inverse=True)
    palette, rank = dark_to_light(distinct)
    row = rank[of_color.reshape(-1)]
    sums = np.zeros(len(palette), dtype=np.int64)
    np.add.at(sums, row, counts)
    return palette, row, sums
