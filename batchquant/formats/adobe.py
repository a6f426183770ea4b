"""What swatches of Adobe's programs have in common: names, and models of color."""

import colorsys
import math
from collections.abc import Sequence

import numpy as np

from batchquant.formats.named import PaletteError
from batchquant.quantization.color import Color
from batchquant.quantization.color.spaces import encode_srgb

MEND = "Save the swatches as RGB"
# XYZ under D50, the white of Lab there, → linear sRGB, adapted by Bradford (B. Lindbloom).
D50 = np.array([0.96422, 1.0, 0.82521])
SRGB_FROM_XYZ = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)


def to_color(shares: Sequence[float], place: str) -> Color:
    """Make a color of shares from 0 to 1; what is outside is clipped, what is no number refused."""
    if not all(map(math.isfinite, shares)):
        raise PaletteError(place, "no number", "three from 0 to 1")
    red, green, blue = (int(255 * min(max(share, 0.0), 1.0) + 0.5) for share in shares)
    return red, green, blue


def from_hsb(hue: float, saturation: float, brightness: float, place: str) -> Color:
    """Convert hue, saturation and brightness, each from 0 to 1."""
    return to_color(colorsys.hsv_to_rgb(hue, saturation, brightness), place)


def from_lab(lightness: float, a: float, b: float, place: str) -> Color:
    """Convert CIELAB under D50, lightness from 0 to 100; what sRGB lacks is clipped to it."""
    y = (lightness + 16) / 116
    roots = np.array([y + a / 500, y, y - b / 200])
    cut = 6 / 29
    xyz = D50 * np.where(roots > cut, roots**3, 3 * cut**2 * (roots - 4 / 29))
    linear = np.clip(SRGB_FROM_XYZ @ xyz, 0.0, 1.0)
    return to_color(encode_srgb(linear).tolist(), place)


def read_text(content: bytes) -> str:
    """Read UTF-16, up to where it ends by 0."""
    return content.decode("utf-16-be", errors="replace").partition("\0")[0]


def write_text(text: str) -> tuple[int, bytes]:
    """Write UTF-16 that ends by 0; returns how many units of two bytes it has, and these."""
    content = f"{text}\0".encode("utf-16-be")
    return len(content) // 2, content
