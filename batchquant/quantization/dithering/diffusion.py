"""Error diffusion, compiled: each pixel passes what it misses by on to the pixels after it.

All in whole numbers: the same bytes on every machine, and a shorter way from one pixel to the next
than by floats.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel

LEVEL_BITS: Final = 8  # of a level: values of sRGB are multiples of 1/256
SHARE_BITS: Final = 12  # of what is passed on: 4096 is all of it
CELL_BITS: Final = 5  # the space has 32 cells a side
ENTRY_BITS: Final = 16
LAST: Final = 1 << ENTRY_BITS  # marks the last of the entries that are listed for a cell
MAX_MEMBERS: Final = 1 << 16  # 1 MB: what is listed is forgotten when there is no more room
MOST_PAIRS: Final = 64  # of each entry, whose middles are looked at
MAX_ERROR: Final = 255 << LEVEL_BITS - 1  # half of what there is: values stay in the 32 cells


class Space(NamedTuple):
    """Where the nearest entry is looked up: Oklab where there are `cones`, else sRGB itself."""

    offset: NDArray[np.int64]  # (3,), what is added to points so that none is negative
    shift: int  # bits of a cell's side
    cones: NDArray[np.float64]  # (3, 256, 3) or (0, 256, 3): what a value adds to the responses
    lab: NDArray[np.float64]  # (3, 3), roots of responses → Oklab, in steps of its grid


class Lists(NamedTuple):
    """For each cell of the space, once it is asked for, the entries that can be nearest in it."""

    begin: NDArray[np.uint32]  # (32**3 + 1,), 0 before it is asked for; the last: behind all
    members: NDArray[np.int32]  # (M, 4), point and row of each entry


@kernel
def diffuse(
    color_index: NDArray[np.uint32],
    colors: NDArray[np.uint8],
    weights: NDArray[np.uint8],
    palette: NDArray[np.int32],
    points: NDArray[np.int32],
    space: Space,
    shares: NDArray[np.int32],
) -> NDArray[np.uint16]:
    """Give each pixel the entry nearest to its color and what earlier pixels missed by.

    Rows are worked through to the right and to the left in turns.

    Parameters
    ----------
    color_index : ndarray of shape (H, W), uint32
        Row of `colors` of each pixel.
    colors : ndarray of shape (N, 3), uint8
        sRGB colors.
    weights : ndarray of shape (H * W,) or (0,), uint8
        A pixel of weight 0 takes no error and gives none; of no weights, all count.
    palette, points : ndarray of shape (K, 3), int32
        The entries in sRGB, in 1/256 of a level, and in the space; at most 65,536.
    space : Space
        Where distances are measured.
    shares : ndarray of shape (6,), int32
        Of the error, in 1/4096, no more than that in all: for the pixel ahead, the one after it,
        in the next row those behind, below and ahead, in the row after it the one below.

    Returns
    -------
    ndarray of shape (H, W), uint16
        Row of the palette for each pixel.
    """
    offset, shift, cones, lab = space
    ahead, second, behind, below, beside, deep = shares
    height, width = color_index.shape
    indices = np.zeros((height, width), np.uint16)
    lists = Lists(
        np.zeros((1 << 3 * CELL_BITS) + 1, np.uint32),
        np.empty((MAX_MEMBERS + 2 * len(points), 4), np.int32),
    )
    begin, members = lists
    limit = _limit(palette, points, space, lists)
    # By what the pixels of three rows missed, with one on either side, and what is wanted of a row.
    missed = np.zeros((3, 3 * width + 6), np.int32)
    wanted = np.empty(3 * width, np.int32)
    half = np.int64(1) << SHARE_BITS - 1
    for y in range(height):
        here, above, higher = missed[y % 3], missed[(y + 2) % 3], missed[(y + 1) % 3]
        is_back = y % 2 == 1
        left, right = (beside, behind) if is_back else (behind, beside)
        _want(color_index[y], colors, wanted)
        _add(wanted, above[:-6], above[3:-3], above[6:], higher[3:-3], left, below, right, deep)
        r1 = g1 = b1 = r2 = g2 = b2 = half  # what comes to the next pixel, and to the one after
        for passed in range(width):
            x = width - 1 - passed if is_back else passed
            i = 3 * x
            if len(weights) and not weights[y * width + x]:
                here[i + 3] = here[i + 4] = here[i + 5] = 0
                r1, g1, b1 = r2, g2, b2
                r2 = g2 = b2 = half
                continue
            r = np.int64(wanted[i]) + (r1 >> SHARE_BITS)
            g = np.int64(wanted[i + 1]) + (g1 >> SHARE_BITS)
            b = np.int64(wanted[i + 2]) + (b1 >> SHARE_BITS)
            u, v, w = r, g, b
            if len(cones):
                u, v, w = _to_oklab(r, g, b, cones, lab)
            cell = _cell_at(u + offset[0], v + offset[1], w + offset[2], shift)
            if begin[cell] == 0:
                _list(cell, points, offset, shift, begin, members)
            entry = _nearest(u, v, w, np.int64(begin[cell]), members)
            indices[y, x] = entry
            r = min(max(r - palette[entry, 0], -limit), limit)
            g = min(max(g - palette[entry, 1], -limit), limit)
            b = min(max(b - palette[entry, 2], -limit), limit)
            here[i + 3], here[i + 4], here[i + 5] = r, g, b
            r1, g1, b1 = r2 + r * ahead, g2 + g * ahead, b2 + b * ahead
            r2, g2, b2 = half + r * second, half + g * second, half + b * second
    return indices


@kernel
def _want(rows: NDArray[np.uint32], colors: NDArray[np.uint8], wanted: NDArray[np.int32]) -> None:
    """Write the colors of a row of pixels."""
    for x in range(len(rows)):
        for channel in range(3):
            wanted[3 * x + channel] = np.int32(colors[rows[x], channel]) << LEVEL_BITS


@kernel
def _add(
    wanted: NDArray[np.int32],
    above_left: NDArray[np.int32],
    above: NDArray[np.int32],
    above_right: NDArray[np.int32],
    higher: NDArray[np.int32],
    left: np.int32,
    below: np.int32,
    right: np.int32,
    deep: np.int32,
) -> None:
    """Add what comes from the rows above; one index for all, so that it is done side by side."""
    half = np.int32(1) << SHARE_BITS - 1
    for i in range(len(wanted)):
        near = left * above_left[i] + below * above[i] + right * above_right[i]
        wanted[i] += (near + deep * higher[i] + half) >> SHARE_BITS


@kernel
def _to_oklab(
    r: np.int64, g: np.int64, b: np.int64, cones: NDArray[np.float64], lab: NDArray[np.float64]
) -> tuple[np.int64, np.int64, np.int64]:
    """Return the point of the 8-bit color nearest to a color that may lie outside sRGB."""
    half, least, most = np.int64(1) << LEVEL_BITS - 1, np.int64(0), np.int64(255)
    red = min(max(r + half >> LEVEL_BITS, least), most)
    green = min(max(g + half >> LEVEL_BITS, least), most)
    blue = min(max(b + half >> LEVEL_BITS, least), most)
    long = np.cbrt((cones[0, red, 0] + cones[1, green, 0]) + cones[2, blue, 0])
    medium = np.cbrt((cones[0, red, 1] + cones[1, green, 1]) + cones[2, blue, 1])
    short = np.cbrt((cones[0, red, 2] + cones[1, green, 2]) + cones[2, blue, 2])
    return (
        np.int64(np.rint((lab[0, 0] * long + lab[0, 1] * medium) + lab[0, 2] * short)),
        np.int64(np.rint((lab[1, 0] * long + lab[1, 1] * medium) + lab[1, 2] * short)),
        np.int64(np.rint((lab[2, 0] * long + lab[2, 1] * medium) + lab[2, 2] * short)),
    )


@kernel
def _cell_at(x: np.int64, y: np.int64, z: np.int64, shift: int) -> np.int64:
    """Return the number of the cell that a point, none of it negative, lies in."""
    return (((x >> shift) << CELL_BITS) + (y >> shift) << CELL_BITS) + (z >> shift)


@kernel
def _nearest(
    u: np.int64, v: np.int64, w: np.int64, i: np.int64, members: NDArray[np.int32]
) -> np.int64:
    """Return the row of the nearest entry of those listed from `i` on, the lowest of equals."""
    # Distance and row in one number: no branch, which would be guessed wrong half the time.
    nearest = np.int64(1) << 62
    while True:
        du, dv, dw = u - members[i, 0], v - members[i, 1], w - members[i, 2]
        squared = (du * du + dv * dv) + dw * dw
        nearest = min(nearest, squared << ENTRY_BITS + 1 | members[i, 3])
        if members[i, 3] & LAST:
            return nearest & LAST - 1
        i += 1


@kernel
def _list(
    cell: np.int64,
    points: NDArray[np.int32],
    offset: NDArray[np.int64],
    shift: int,
    begin: NDArray[np.uint32],
    members: NDArray[np.int32],
) -> None:
    """List the entries that can be nearest to a point of a cell.

    One is left out if the entry nearest to the middle is nearer to every corner, and so to all that
    lies between them.
    """
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for axis in range(3):
        number = cell >> (2 - axis) * CELL_BITS & (1 << CELL_BITS) - 1
        low[axis] = (number << shift) - offset[axis]
        high[axis] = low[axis] + (1 << shift) - 1
    central, least = 0, np.int64(1) << 62
    for j in range(len(points)):
        squared = np.int64(0)
        for axis in range(3):
            apart = 2 * points[j, axis] - low[axis] - high[axis]
            squared += apart * apart
        if squared < least:
            central, least = j, squared
    n = np.int64(max(begin[-1], 1))
    if n + len(points) > len(members):
        for i in range(len(begin)):
            begin[i] = 0
        n = np.int64(1)
    begin[cell] = n
    for j in range(len(points)):
        farther = np.int64(0)  # squared, by how much at least
        for axis in range(3):
            gap = np.int64(points[central, axis]) - points[j, axis]
            corner = low[axis] if gap > 0 else high[axis]
            farther += gap * (2 * corner - points[j, axis] - points[central, axis])
        if farther <= 0:
            for axis in range(3):
                members[n, axis] = points[j, axis]
            members[n, 3] = j
            n += 1
    members[n - 1, 3] |= LAST
    begin[-1] = n


@kernel
def _limit(
    palette: NDArray[np.int32], points: NDArray[np.int32], space: Space, lists: Lists
) -> np.int64:
    """Return how far the middle of two entries may lie from the nearest entry, in any channel.

    To mix colors takes errors as large as that. Larger ones come of colors that no mixture gives:
    they would grow, and spill onto what lies beside them.
    """
    offset, shift, cones, lab = space
    begin, members = lists
    limit = np.int64(0)
    stride = -(-len(palette) // MOST_PAIRS)
    for i in range(len(palette)):
        for j in range(i % stride, i, stride):
            r = np.int64(palette[i, 0] + palette[j, 0]) >> 1
            g = np.int64(palette[i, 1] + palette[j, 1]) >> 1
            b = np.int64(palette[i, 2] + palette[j, 2]) >> 1
            u, v, w = r, g, b
            if len(cones):
                u, v, w = _to_oklab(r, g, b, cones, lab)
            cell = _cell_at(u + offset[0], v + offset[1], w + offset[2], shift)
            if begin[cell] == 0:
                _list(cell, points, offset, shift, begin, members)
            entry = _nearest(u, v, w, np.int64(begin[cell]), members)
            limit = max(limit, abs(r - palette[entry, 0]))
            limit = max(limit, abs(g - palette[entry, 1]))
            limit = max(limit, abs(b - palette[entry, 2]))
    return min(limit, np.int64(MAX_ERROR))
