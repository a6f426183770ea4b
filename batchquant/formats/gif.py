"""GIF: up to 256 colors."""

import io
from collections.abc import Mapping
from typing import Any

from batchquant.formats.format import Format, Painted
from batchquant.formats.raster import indexed_image


class Gif(Format):
    """One frame, not interlaced; a pixel is seen or not."""

    kind, suffix, noun = "gif", ".gif", "GIF"
    settings = ("background",)
    max_colors = 256
    max_side = 65_535
    alpha = "binary"
    keeps_profile = False
    keeps_dpi = False
    pillow = "GIF"
    is_shown_by_browsers = True
    bytes_per_pixel = 24  # where soft alpha is laid onto the background

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Encode indexed; hidden pixels are entry 0, as in the PNG."""
        held = self.held(painted, settings)
        stream = io.BytesIO()
        indexed_image(held.indices, held.palette, held.alpha).save(
            stream,
            "GIF",
            interlace=False,
            optimize=False,  # would sort the palette by use
            **({} if held.alpha is None else {"transparency": 0}),
        )
        return stream.getvalue()

    def is_exact(self, painted: Painted) -> bool:
        """Tell whether there is neither soft alpha nor a profile nor dpi."""
        return self.keeps_all(painted)

    def read(self, content: bytes) -> Painted:
        """Read any GIF of `encode`, as it is shown."""
        from batchquant.formats.written import read_by_pillow  # it knows the registry

        return read_by_pillow(content, "GIF")
