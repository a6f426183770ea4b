"""Palettes as plain lists of hex colors."""

from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.palette_text import to_hex
from batchquant.images.read.color_profile import colors_to_srgb


class Hex(Format):
    """A hex color a line, in sRGB."""

    kind, suffix, noun, key = "hex", ".hex", "list of hex colors", "palette_files"

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """List the colors."""
        return to_hex(colors_to_srgb(painted.palette, painted.icc_profile).tolist()).encode()
