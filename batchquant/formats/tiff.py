"""TIFF, deflated."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from batchquant.formats.format import Format, Painted
from batchquant.formats.raster import full_image, indexed_image
from batchquant.images.read.density import Dpi, as_in_png

MAX_PALETTE = 256
COLOR_MAP, ENTRY_BYTES = 320, 12
TO_16_BITS = 257  # 255 becomes 65,535


class Tiff(Format):
    """Holds all of a picture."""

    kind, suffix, noun = "tiff", ".tiff", "TIFF"
    max_pixels = 1_000_000_000  # of 4 bytes at most: places are written in 32 bits
    pillow = "TIFF"
    seconds_per_megapixel = 0.15

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Encode indexed where it is opaque and of up to 256 colors, else as RGB or RGBA.

        Without predictor: in 1,000 colors photographs were half as large again with it.
        """
        is_indexed = painted.alpha is None and len(painted.palette) <= MAX_PALETTE
        draw = indexed_image if is_indexed else full_image
        stream = io.BytesIO()
        draw(painted.indices, painted.palette, painted.alpha).save(
            stream,
            "TIFF",
            compression="tiff_adobe_deflate",
            icc_profile=painted.icc_profile,
            dpi=painted.dpi,
        )
        return _with_full_range(stream.getvalue()) if is_indexed else stream.getvalue()

    def is_exact(self, painted: Painted) -> bool:
        """Say yes: it holds all there is."""
        return True

    def read(self, content: bytes) -> Painted:
        """Read any TIFF of `encode`."""
        from batchquant.formats.written import read_by_pillow  # it knows the registry

        return read_by_pillow(content, "TIFF", _dpi_of)


def _dpi_of(image: Image.Image) -> Dpi | None:
    """Return the density; of a file that is mute Pillow says 1."""
    from PIL import TiffImagePlugin  # late: nobody waits for it where no TIFF is read

    assert isinstance(image, TiffImagePlugin.TiffImageFile)
    is_told = TiffImagePlugin.X_RESOLUTION in image.tag_v2
    return as_in_png(image.info["dpi"]) if is_told else None


def _with_full_range(content: bytes) -> bytes:
    """Spread the color map over 16 bits, 0 to 65,535.

    Pillow writes ``256 * color``, which readers that divide by 257 (OpenImageIO, ImageMagick) show
    one level too dark.
    """
    changed = bytearray(content)
    (begin,) = struct.unpack_from("<I", content, 4)
    (n_entries,) = struct.unpack_from("<H", content, begin)
    for at in range(begin + 2, begin + 2 + n_entries * ENTRY_BYTES, ENTRY_BYTES):
        tag, _, count, place = struct.unpack_from("<HHII", content, at)
        if tag == COLOR_MAP:
            levels = np.frombuffer(changed, "<u2", count, place)
            levels[:] = (levels >> 8) * TO_16_BITS
    return bytes(changed)
