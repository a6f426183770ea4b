"""Palettes for style sheets."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.named import Named, named_colors
from batchquant.formats.palette_text import format_hex


class Css(Format):
    """CSS custom properties, in sRGB."""

    kind, suffix, noun, key = "css", ".css", "CSS custom properties", "palette_files"
    settings = ("color_names",)

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """List the colors."""
        return to_css(named_colors(painted, settings)).encode()


def to_css(colors: Iterable[Named]) -> str:
    """Write colors as custom properties, called by their names or, without one, their numbers.

    Letters and digits of a name stay, in lower case; equal names are told apart by numbers.

    Examples
    --------
    >>> colors = [Named((26, 28, 44), "Ink (dark)"), Named((244, 244, 244))]
    >>> print(to_css(colors), end="")
    :root {
      --ink-dark: #1a1c2c;
      --color-2: #f4f4f4;
    }
    """
    called: dict[str, str] = {}
    for number, (color, name) in enumerate(colors, start=1):
        word = re.sub(r"\W+", "-", name.lower()).strip("-") or f"color-{number}"
        n_equal = 1
        while (key := word if n_equal == 1 else f"{word}-{n_equal}") in called:
            n_equal += 1
        called[key] = format_hex(color)
    return ":root {\n" + "".join(f"  --{key}: {code};\n" for key, code in called.items()) + "}\n"
