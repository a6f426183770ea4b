"""Palettes for GIMP, Inkscape and Krita."""

from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.named import named_colors
from batchquant.formats.palette_text import to_gpl


class Gpl(Format):
    """GIMP palette, in sRGB."""

    kind, suffix, noun, key = "gpl", ".gpl", "GIMP palette", "palette_files"
    settings = ("color_names",)

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Name the palette and list its colors."""
        found = named_colors(painted, settings)
        colors, names = [color for color, _ in found], [called for _, called in found]
        return to_gpl(name, colors, names).encode()
