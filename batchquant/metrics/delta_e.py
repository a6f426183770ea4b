"""How far colors are apart to the eye: the mean of CIEDE2000."""

import numpy as np
from numpy.typing import NDArray

from batchquant.metrics.metric import Metric, Pairs
from batchquant.quantization.color.spaces import BLOCK, decode_srgb

Lab = NDArray[np.float64]

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
CACHED = 1 << 20  # distinct colors whose Lab is kept for other variants: 24 MB
COS, SIN = ({d: f(np.radians(d)) for d in (6, 30, 63)} for f in (np.cos, np.sin))
STEPS = 1 << 16  # of each pair's difference: whole numbers, so that their sum is exact
DIGITS = 6  # of the mean: the last bits of cos and exp differ between processors


class DeltaE(Metric):
    """Mean over visible pixels of how far a color is from what it is shown as."""

    name, version = "delta_e", 1
    title, symbol = "color difference (CIEDE2000)", "dE"  # sheets are written in Latin letters
    doc = (
        "mean color difference CIEDE2000 of visible pixels, each by its alpha, in D65 Lab; about 1"
        " is what the eye just sees"
    )
    better, bounds, digits = "lower", (0.0, 100.0), 1
    in_srgb = True
    is_told = True

    def compute(self, pairs: Pairs) -> float:
        """Add up the differences of all pairs, each as a whole number of 1/65536."""
        palette = srgb_to_lab(pairs.palette)
        known = _known_lab(pairs)
        total = 0
        for some in pairs.blocks():
            lab = srgb_to_lab(some.colors) if known is None else known.take(some.row, axis=0)
            apart = ciede2000(lab, palette.take(some.entry, axis=0))
            total += int(some.weights @ np.rint(STEPS * apart).astype(np.int64))
        return round(total / STEPS / max(pairs.weight, 1), DIGITS)


def _known_lab(pairs: Pairs) -> Lab | None:
    """Convert the colors of a picture once for all its variants; None of too many."""
    if len(pairs.distinct) > CACHED:
        return None
    if "lab" not in pairs.memo:
        pairs.memo["lab"] = srgb_to_lab(pairs.distinct)
    found: Lab = pairs.memo["lab"]
    return found


def srgb_to_lab(colors: NDArray[np.uint8]) -> Lab:
    """Convert colors to CIELAB under D65.

    Parameters
    ----------
    colors : ndarray of shape (N, 3), uint8
        sRGB.

    Returns
    -------
    ndarray of shape (N, 3), float64
        L*, 0 to 100, a* and b*. Each color is converted on its own, with sums in a fixed order.

    Examples
    --------
    >>> srgb_to_lab(np.array([[255, 255, 255], [255, 0, 0]], dtype=np.uint8)).round(2) + 0.0
    array([[100.  ,   0.  ,   0.  ],
           [ 53.24,  80.09,  67.2 ]])
    """
    lab = np.empty(colors.shape)
    for start in range(0, len(colors), BLOCK):
        block = slice(start, start + BLOCK)
        red, green, blue = LIGHT[colors[block].T]
        x, y, z = (_f(r * red + g * green + b * blue) for r, g, b in XYZ_FROM_SRGB)
        lab[block, 0] = 116 * y - 16
        lab[block, 1] = 500 * (x - y)
        lab[block, 2] = 200 * (y - z)
    return lab


def _f(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(share > CUT, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)


def ciede2000(one: Lab, other: Lab) -> NDArray[np.float64]:
    """Tell how far colors are apart to the eye.

    Parameters
    ----------
    one, other : ndarray of shape (N, 3), float64
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
    >>> ciede2000(np.array([[50, 2.6772, -79.7751]]), np.array([[50, 0, -82.7485]])).round(4)
    array([2.0425])
    """
    (l1, a1, b1), (l2, a2, b2) = one.T, other.T
    g = 0.5 * (1 - _of_chroma((_length(a1, b1) + _length(a2, b2)) / 2))  # 2-4
    a1, a2 = (1 + g) * a1, (1 + g) * a2  # 5
    c1, c2 = _length(a1, b1), _length(a2, b2)  # 6
    # Sines and cosines of half the hues (7) give those of half the turn and of the mean hue, where
    # angles would ask for seven of the functions that take longest: in all 1.7 times the time.
    (sin1, cos1), (sin2, cos2) = _half_hue(a1, b1, c1), _half_hue(a2, b2, c2)
    is_far = cos1 * cos2 + sin1 * sin2 < 0  # hues more than 180 degrees apart: the other way round
    way = np.where(is_far, -1.0, 1.0)
    lightness, chroma = l2 - l1, c2 - c1  # 8, 9
    hue = 2 * np.sqrt(c1 * c2) * way * (sin2 * cos1 - cos2 * sin1)  # 10, 11
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # 12, 13
    cos, sin = way * (cos1 * cos2 - sin1 * sin2), way * (sin1 * cos2 + cos1 * sin2)  # 14
    cos_2, sin_2 = 2 * cos * cos - 1, 2 * sin * cos
    cos_3, sin_3 = cos * (2 * cos_2 - 1), sin * (2 * cos_2 + 1)
    cos_4, sin_4 = 2 * cos_2 * cos_2 - 1, 2 * sin_2 * cos_2
    t = (  # 15: cosines of the mean hue - 30 degrees, 2 of it, 3 of it + 6, and 4 of it - 63
        1
        - 0.17 * (COS[30] * cos + SIN[30] * sin)
        + 0.24 * cos_2
        + 0.32 * (COS[6] * cos_3 - SIN[6] * sin_3)
        - 0.20 * (COS[63] * cos_4 + SIN[63] * sin_4)
    )
    from_50 = np.square(mean_l - 50)
    lightness /= 1 + 0.015 * from_50 / np.sqrt(20 + from_50)  # 18
    chroma /= 1 + 0.045 * mean_c  # 19
    hue /= 1 + 0.015 * mean_c * t  # 20
    mean_h = np.arctan2(sin, cos)
    mean_h = np.where(sin < 0, mean_h + 2 * np.pi, mean_h)
    angle = np.radians(60) * np.exp(-np.square((mean_h - np.radians(275)) / np.radians(25)))  # 16
    rotation = -2 * np.sin(angle) * _of_chroma(mean_c)  # 17, 21
    squared = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    apart: NDArray[np.float64] = np.sqrt(squared)  # 22
    return apart


def _length(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    length: NDArray[np.float64] = np.sqrt(a * a + b * b)  # np.hypot takes 9 times as long
    return length


def _of_chroma(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the square root that stands in equations 4 and 17."""
    squared = chroma * chroma
    seventh = squared * squared * squared * chroma
    return np.sqrt(seventh / (seventh + 25.0**7))


def _half_hue(
    a: NDArray[np.float64], b: NDArray[np.float64], chroma: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sine and cosine of half an angle from 0 to 360 degrees; of gray, of 0 degrees."""
    chroma = np.where(chroma > 0, chroma, 1)
    larger = np.sqrt((chroma + np.abs(a)) / (2 * chroma))
    smaller = np.abs(b) / (2 * chroma * larger)  # without a difference of numbers that are near
    is_right = a >= 0
    cos = np.where(is_right, larger, smaller)
    return np.where(is_right, smaller, larger), np.where(b < 0, -cos, cos)
