"""Colors that have names, from outside: files of palettes, and job files."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from batchquant.formats.format import Painted
from batchquant.formats.palette_text import format_hex
from batchquant.images.read.color_profile import colors_to_srgb, each_in_profile
from batchquant.quantization.color import Color

MAX_NAME = 100  # characters
MAX_QUOTED = 60  # characters of what a message quotes


class Named(NamedTuple):
    """A color and its name, empty where it has none."""

    color: Color
    name: str = ""


class PaletteError(ValueError):
    """A palette file that is not of its kind.

    Attributes
    ----------
    place : str
        Where, such as ``line 3`` or ``color 3``.
    found : str
        What is there.
    expected : str
        Completes "expected ...".
    """

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.place = place
        self.found = found
        self.expected = expected


def clean_name(text: str) -> str:
    r"""Make a name of text from outside: one line of what prints, not too long.

    >>> clean_name(" Sky\n\x1b[1mblue\x00 ")
    'Sky [1mblue'
    """
    printed = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printed.split())[:MAX_NAME].rstrip()


def named_by(color: Color, text: str) -> Named:
    """Name a color of a file; what programs write for want of a name is none."""
    name = clean_name(text)
    return Named(color, "" if name in ("Untitled", format_hex(color)) else name)


def shown_names(
    color_names: Sequence[tuple[Color, str]], icc_profile: bytes | None
) -> dict[Color, str]:
    """Return names by the colors that a picture with a profile shows in place of those named."""
    given = [color for color, _ in color_names]
    stored = np.array(each_in_profile(given, icc_profile), np.uint8).reshape(-1, 3)
    shown = colors_to_srgb(stored, icc_profile).tolist()
    found: dict[Color, str] = {}
    for (red, green, blue), (_, name) in zip(shown, color_names, strict=True):
        found.setdefault((red, green, blue), name)  # a profile may know one color for two
    return found


def named_colors(painted: Painted, settings: Mapping[str, Any]) -> list[Named]:
    """Return the colors of a picture in sRGB, with the names that a job file has for them."""
    names = shown_names(settings.get("color_names", ()), painted.icc_profile)
    shown = colors_to_srgb(painted.palette, painted.icc_profile).tolist()
    return [
        Named(color, names.get(color, ""))
        for color in ((red, green, blue) for red, green, blue in shown)
    ]


def quoted(text: str) -> str:
    """Quote text, the begin of it where it is long."""
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}...")
