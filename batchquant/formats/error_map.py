"""A picture and what it is shown as → a picture of their difference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.formats.format import Format, Painted
from batchquant.formats.png_stream import FAST, RGB, Head, write_png
from batchquant.images.read.color_profile import colors_to_srgb


class ErrorMap(Format):
    """How far each channel of each pixel is off, in sRGB: black is as it was."""

    kind, suffix, noun, key = "error_map", "_error.png", "error map", "error_map"
    keeps_profile = keeps_dpi = False
    compares = True
    bytes_per_pixel = 24  # 7 more than others, by the peak on 24 megapixels: the original stays

    def refuse(self, painted: Painted, settings: Mapping[str, Any]) -> str | None:
        """Refuse what nothing is known of to compare it with."""
        return "no original" if painted.original is None else None

    def note(self, painted: Painted, settings: Mapping[str, Any]) -> str | None:
        """Say nothing: it is no picture that something could be missing of."""
        return None

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Draw it as a PNG, some rows at a time."""
        original = painted.original
        assert original is not None
        height, width = painted.indices.shape
        palette = colors_to_srgb(painted.palette, painted.icc_profile).astype(np.int16)

        def rows(some: slice) -> NDArray[np.uint8]:
            colors = original[some]
            shown = colors_to_srgb(colors.reshape(-1, 3), painted.icc_profile).reshape(colors.shape)
            visible = np.ones(colors.shape[:2], bool)
            if painted.alpha is not None:
                visible = painted.alpha[some] > 0
            errors = np.zeros(colors.shape, np.uint8)
            errors[visible] = np.abs(shown[visible] - palette[painted.indices[some][visible]])
            return errors.reshape(len(colors), -1)

        return write_png(Head(width, height, RGB), rows, [FAST])
