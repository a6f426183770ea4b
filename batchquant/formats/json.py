"""Palettes with how often each color occurs."""

from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.named import named_colors
from batchquant.formats.palette_text import to_json


class Json(Format):
    """Colors in sRGB with their pixels, and as they are stored where there is a profile."""

    kind, suffix, noun, key = "json", ".json", "JSON palette", "palette_files"
    settings = ("color_names",)

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """List the colors and what each counts."""
        found = named_colors(painted, settings)
        colors, names = [color for color, _ in found], [called for _, called in found]
        stored = painted.palette.tolist() if painted.icc_profile else None
        return to_json(colors, painted.counts.tolist(), painted.unit, stored, names).encode()
