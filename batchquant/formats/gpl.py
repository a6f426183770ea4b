"""Palettes for GIMP, Inkscape and Krita."""

from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.palette_text import to_gpl
from batchquant.images.read.color_profile import colors_to_srgb


class Gpl(Format):
    """GIMP palette, in sRGB."""

    kind, suffix, noun, key = "gpl", ".gpl", "GIMP palette", "palette_files"

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Name the palette and list its colors."""
        return to_gpl(name, colors_to_srgb(painted.palette, painted.icc_profile).tolist()).encode()
