"""Ordered dithering, compiled: each pixel shows one of two entries, by a map of thresholds."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel

# What the noise of a mixture weighs beside the error of its mean. Blurred by two pixels, Kodak
# pictures came closest with 0.02 to 0.05 at K 4 to 64; but at K 8 yellow pixels stood in olive
# then. With 0.1, at 4 % more, few do, and with 0.25, at 16 % more, bands come back.
NOISE: Final = np.float32(0.1)


@kernel
def bracket(
    colors: NDArray[np.uint8],
    points: NDArray[np.float32],
    palette: NDArray[np.uint8],
    entries: NDArray[np.float32],
    nearest: NDArray[np.int32],
    order: NDArray[np.int64],
    steps: int,
    strength: float,
) -> NDArray[np.uint16]:
    """Find the two entries that each color is mixed of, and how much of either.

    One is the nearest. The other is that with which the mixture comes closest, where its noise, the
    variance of what is shown, counts by `NOISE`: of two that serve as well the nearer.

    Parameters
    ----------
    colors, points : ndarray of shape (N, 3), uint8 and float32
        Colors in sRGB, and in the space where distances are measured.
    palette, entries : ndarray of shape (K, 3), uint8 and float32
        The same of the palette's.
    nearest : ndarray of shape (N,), int32
        Row of the entry nearest to each color.
    order : ndarray of shape (N,), int64
        Rows of colors, those with the same nearest entry one after another.
    steps : int
        All of a mixture, up to 65,535.
    strength : float
        Times how much of the other entry.

    Returns
    -------
    ndarray of shape (N, 3), uint16
        Rows of both entries, the lower first, and how much of the second: mixed as sRGB values.
    """
    k = len(palette)
    mixtures = np.empty((len(colors), 3), np.uint16)
    dx, dy, dz = np.empty(k, np.float32), np.empty(k, np.float32), np.empty(k, np.float32)
    inverse, costs = np.empty(k, np.float32), np.empty(k, np.float32)
    bits = costs.view(np.int32)  # which compare as they do, since none is negative
    from_entry = np.int64(-1)
    for row in order:
        first = np.int64(nearest[row])
        if first != from_entry:
            from_entry = first
            for j in range(k):
                dx[j] = entries[j, 0] - entries[first, 0]
                dy[j] = entries[j, 1] - entries[first, 1]
                dz[j] = entries[j, 2] - entries[first, 2]
                squared = (dx[j] * dx[j] + dy[j] * dy[j]) + dz[j] * dz[j]
                inverse[j] = np.float32(1) / squared if squared > 0 else np.float32(0)
        x = points[row, 0] - entries[first, 0]
        y = points[row, 1] - entries[first, 1]
        z = points[row, 2] - entries[first, 2]
        squared = (x * x + y * y) + z * z
        for j in range(k):
            along = (x * dx[j] + y * dy[j]) + z * dz[j]
            cost = squared - along * ((np.float32(1) + NOISE) * along * inverse[j] - NOISE)
            cost = cost if cost > 0 else np.float32(0)
            costs[j] = cost if along > 0 else np.float32(np.inf)
        least = bits[0]
        for j in range(k):
            least = min(least, bits[j])
        second = np.int64(0)
        while bits[second] != least:
            second += 1
        if costs[second] == np.inf:
            second = first
        along_srgb, length = 0.0, 0.0
        for channel in range(3):
            gap = float(palette[second, channel]) - float(palette[first, channel])
            along_srgb += gap * (float(colors[row, channel]) - float(palette[first, channel]))
            length += gap * gap
        share = min(max(along_srgb / length, 0.0), 1.0) if length > 0 else 0.0
        amount = np.int64(np.rint(steps * strength * share))
        mixtures[row, 0], mixtures[row, 1] = min(first, second), max(first, second)
        mixtures[row, 2] = amount if first <= second else steps - amount
    return mixtures


@kernel
def wear(
    color_index: NDArray[np.uint32], mixtures: NDArray[np.uint16], thresholds: NDArray[np.uint16]
) -> NDArray[np.uint16]:
    """Return the entry that each pixel of (H, W) shows: by the threshold in its place."""
    height, width = color_index.shape
    side = len(thresholds)
    indices = np.empty((height, width), np.uint16)
    for y in range(height):
        for x in range(width):
            row = color_index[y, x]
            is_second = thresholds[y % side, x % side] < mixtures[row, 2]
            indices[y, x] = mixtures[row, 1] if is_second else mixtures[row, 0]
    return indices
