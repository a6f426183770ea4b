"""How far colors are apart to the eye: CIEDE2000."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.spaces import BLOCK, decode_srgb
from batchquant.quantization.compiler import kernel

Lab = NDArray[np.float64]
"""Of shape (3, N): L*, a* and b* of colors."""

# Linear sRGB → XYZ beside that of the white, D65: from the primaries and the white of IEC
# 61966-2-1 by exact fractions, so that each row adds up to 1 and gray has neither a* nor b*. With
# the published matrix, of four digits, white would have a = 0.005 and b = -0.011.
XYZ_FROM_SRGB = (
    (0.43388734556603986, 0.3762240091374987, 0.1898886452964614),
    (0.21263900587151036, 0.7151686787677559, 0.07219231536073371),
    (0.01775004007097326, 0.10944762085523849, 0.8728023390737882),
)
LIGHT = decode_srgb(np.arange(256) / 255)
CUT = (6 / 29) ** 3  # up to here Lab is a straight line
N_HUES = 1 << 15  # cells of the table of rotations
SOME = 512  # pairs at a time: what is computed of them stays in the cache
COS_6, SIN_6, COS_30, SIN_30, COS_63, SIN_63 = (
    float(f(np.radians(d))) for d in (6, 30, 63) for f in (np.cos, np.sin)
)


def srgb_to_lab(colors: NDArray[np.uint8]) -> Lab:
    """Convert colors to CIELAB under D65.

    Parameters
    ----------
    colors : ndarray of shape (N, 3), uint8
        sRGB.

    Returns
    -------
    ndarray of shape (3, N), float64
        L*, 0 to 100, a* and b*. Each color is converted on its own, with sums in a fixed order.

    Examples
    --------
    >>> srgb_to_lab(np.array([[255, 255, 255], [255, 0, 0]], dtype=np.uint8)).T.round(2) + 0.0
    array([[100.  ,   0.  ,   0.  ],
           [ 53.24,  80.09,  67.2 ]])
    """
    lab = np.empty((3, len(colors)))
    for start in range(0, len(colors), BLOCK):
        block = slice(start, start + BLOCK)
        red, green, blue = LIGHT[colors[block].T]
        x, y, z = (_f(r * red + g * green + b * blue) for r, g, b in XYZ_FROM_SRGB)
        lab[0, block] = 116 * y - 16
        lab[1, block] = 500 * (x - y)
        lab[2, block] = 200 * (y - z)
    return lab


def ciede2000(one: Lab, other: Lab) -> NDArray[np.float64]:
    """Tell how far colors are apart to the eye.

    Parameters
    ----------
    one, other : ndarray of shape (3, N), float64
        CIELAB.

    Returns
    -------
    ndarray of shape (N,), float64
        Of each pair, with all weighting factors 1; the same whichever comes first.

    References
    ----------
    G. Sharma, W. Wu, E. N. Dalal (2005), The CIEDE2000 color-difference formula: implementation
    notes, supplementary test data, and mathematical observations, Color Research & Application 30
    (1), 21-30, doi:10.1002/col.20070. Numbers in the code are those of its equations.

    Examples
    --------
    >>> one, other = np.array([[50], [2.6772], [-79.7751]]), np.array([[50], [0], [-82.7485]])
    >>> ciede2000(one, other).round(4)
    array([2.0425])
    """
    rows = np.arange(one.shape[1], dtype=np.uint32)
    apart = np.empty(len(rows))
    tell_differences(one, rows, other, rows, ROTATIONS, apart)
    return apart


def _f(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(share > CUT, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)


def _rotations() -> NDArray[np.float64]:
    """Return 2 sin(60 degrees * exp(...)) of equations 16 and 21, by the place of a mean hue.

    A place grows from 0 to 4 with the hue, a quarter turn each; its tangent is what sine and cosine
    give without an angle. Two cells have three values, through which a parabola goes: off by less
    than 1e-10. Values are rounded, since the last bits of exp and sin differ between processors.
    """
    place = np.arange(2 * N_HUES + 1) * (4 / (2 * N_HUES))
    quarter = np.minimum(np.floor(place), 3)
    share = place - quarter  # of sine beside cosine and sine
    hue = (quarter + np.arctan2(share, 1 - share) / (np.pi / 2)) * 90
    angle = np.radians(60) * np.exp(-np.square((hue - 275) / 25))
    rounded: NDArray[np.float64] = np.rint(2 * np.sin(angle) * 2**44) / 2**44
    return rounded


ROTATIONS = _rotations()


@kernel
def _of_chroma(chroma: float) -> float:
    """Return the square root that stands in equations 4 and 17."""
    squared = chroma * chroma
    seventh = squared * squared * squared * chroma
    root: float = np.sqrt(seventh / (seventh + 6103515625.0))  # 25 ** 7
    return root


@kernel
def tell_differences(
    one: Lab,
    row: NDArray[np.uint32],
    other: Lab,
    entry: NDArray[np.uint32],
    rotations: NDArray[np.float64],
    apart: NDArray[np.float64],
) -> None:
    """Write CIEDE2000 of columns of one and other, as `row` and `entry` pair them, into `apart`."""
    l1, a1, b1 = np.empty(SOME), np.empty(SOME), np.empty(SOME)
    l2, a2, b2 = np.empty(SOME), np.empty(SOME), np.empty(SOME)
    partial, factor, places = np.empty(SOME), np.empty(SOME), np.empty(SOME)
    for start in range(0, len(row), SOME):
        n = min(SOME, len(row) - start)
        for i in range(n):
            r, e = row[start + i], entry[start + i]
            l1[i], a1[i], b1[i] = one[0, r], one[1, r], one[2, r]
            l2[i], a2[i], b2[i] = other[0, e], other[1, e], other[2, e]
        for i in range(n):  # without a branch: processors take several pairs at once
            x1, y1, x2, y2 = a1[i], b1[i], a2[i], b2[i]
            mean = (np.sqrt(x1 * x1 + y1 * y1) + np.sqrt(x2 * x2 + y2 * y2)) / 2
            g = 0.5 * (1 - _of_chroma(mean))  # 2-4
            x1, x2 = (1 + g) * x1, (1 + g) * x2  # 5
            c1, c2 = np.sqrt(x1 * x1 + y1 * y1), np.sqrt(x2 * x2 + y2 * y2)  # 6
            # Sines and cosines of half the hues (7), from 0 to 360 degrees, give those of half the
            # turn and of the mean hue. Of gray the hue is 0. No difference of near numbers.
            d1, d2 = c1 if c1 > 0 else 1.0, c2 if c2 > 0 else 1.0
            larger = np.sqrt((d1 + abs(x1)) / (2 * d1))
            smaller = abs(y1) / (2 * d1 * larger)
            cos1 = larger if x1 >= 0 else smaller
            sin1 = smaller if x1 >= 0 else larger
            cos1 = -cos1 if y1 < 0 else cos1
            larger = np.sqrt((d2 + abs(x2)) / (2 * d2))
            smaller = abs(y2) / (2 * d2 * larger)
            cos2 = larger if x2 >= 0 else smaller
            sin2 = smaller if x2 >= 0 else larger
            cos2 = -cos2 if y2 < 0 else cos2
            # Hues more than 180 degrees apart: the other way round.
            way = -1.0 if cos1 * cos2 + sin1 * sin2 < 0 else 1.0
            lightness, chroma = l2[i] - l1[i], c2 - c1  # 8, 9
            hue = 2 * np.sqrt(c1 * c2) * way * (sin2 * cos1 - cos2 * sin1)  # 10, 11
            mean_l, mean_c = (l1[i] + l2[i]) / 2, (c1 + c2) / 2  # 12, 13
            cos = way * (cos1 * cos2 - sin1 * sin2)  # 14
            sin = way * (sin1 * cos2 + cos1 * sin2)
            cos_2, sin_2 = 2 * cos * cos - 1, 2 * sin * cos
            cos_3, sin_3 = cos * (2 * cos_2 - 1), sin * (2 * cos_2 + 1)
            cos_4, sin_4 = 2 * cos_2 * cos_2 - 1, 2 * sin_2 * cos_2
            t = (  # 15: cosines of the mean hue - 30 degrees, 2 of it, 3 of it + 6, 4 of it - 63
                1
                - 0.17 * (COS_30 * cos + SIN_30 * sin)
                + 0.24 * cos_2
                + 0.32 * (COS_6 * cos_3 - SIN_6 * sin_3)
                - 0.20 * (COS_63 * cos_4 + SIN_63 * sin_4)
            )
            from_50 = (mean_l - 50) * (mean_l - 50)
            lightness /= 1 + 0.015 * from_50 / np.sqrt(20 + from_50)  # 18
            chroma /= 1 + 0.045 * mean_c  # 19
            hue /= 1 + 0.015 * mean_c * t  # 20
            partial[i] = lightness * lightness + chroma * chroma + hue * hue
            factor[i] = -_of_chroma(mean_c) * chroma * hue  # 17, 21
            share = abs(sin) / (abs(sin) + abs(cos))
            place = share if cos >= 0 else 2 - share
            places[i] = (place if sin >= 0 else 4 - place) * (N_HUES / 4)
        for i in range(n):
            cell = min(int(places[i]), N_HUES - 1)
            left, middle, right = (
                rotations[2 * cell],
                rotations[2 * cell + 1],
                rotations[2 * cell + 2],
            )
            x = 2 * (places[i] - cell) - 1  # from the middle, -1 to 1
            rotation = middle + x * ((right - left) / 2 + x * ((left + right) / 2 - middle))
            apart[start + i] = np.sqrt(max(partial[i] + rotation * factor[i], 0.0))  # 22
