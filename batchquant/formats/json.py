"""Palettes with how often each color occurs."""

from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.palette_text import to_json
from batchquant.images.read.color_profile import colors_to_srgb


class Json(Format):
    """Colors in sRGB with their pixels, and as they are stored where there is a profile."""

    kind, suffix, noun, key = "json", ".json", "JSON palette", "palette_files"

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """List the colors and what each counts."""
        shown = colors_to_srgb(painted.palette, painted.icc_profile).tolist()
        stored = painted.palette.tolist() if painted.icc_profile else None
        return to_json(shown, painted.counts.tolist(), painted.unit, stored).encode()
