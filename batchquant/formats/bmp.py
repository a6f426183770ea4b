"""BMP: opaque, in sRGB, not compressed."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.formats.format import Format, Painted
from batchquant.formats.raster import BAND, Indices
from batchquant.images.read.density import dpi_of_png, per_meter

HEADER = struct.Struct("<2sI4xIIiiHHIIiiII")
PER_METER_AT = 38  # where a file states pixels per meter, across and down; 0 states nothing
INDEXED_BITS = (1, 4, 8)
RGB_BITS = 24


class Bmp(Format):
    """Holds opaque colors and dpi."""

    kind, suffix, noun = "bmp", ".bmp", "BMP"
    settings = ("background",)
    alpha = "none"
    max_pixels = 1_000_000_000  # of 4 bytes at most, padded: sizes are written in 32 bits
    keeps_profile = False
    pillow = "BMP"
    is_shown_by_browsers = True
    bytes_per_pixel = 24  # where soft alpha is laid onto the background

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Encode in 1, 4 or 8 bits a pixel up to 256 colors, else as RGB.

        By hand: Pillow writes 8 bits only. Light to dark: of grays that stand in order Pillow reads
        4 bits, and 8 in black and white, as something else.
        """
        held = self.held(painted, settings)
        height, width = held.indices.shape
        n_colors = len(held.palette)
        n_bits = next((bits for bits in INDEXED_BITS if n_colors <= 1 << bits), RGB_BITS)
        colors = np.zeros((0 if n_bits == RGB_BITS else n_colors, 4), np.uint8)
        if len(colors):
            colors[:, :3] = held.palette[::-1, ::-1]
        stride = (width * n_bits + 31) // 32 * 4  # rows are of whole 32 bits
        begin = HEADER.size + colors.size
        content = np.zeros(begin + height * stride, np.uint8)
        header = HEADER.pack(
            b"BM",
            len(content),
            begin,
            40,  # bytes of what follows
            width,
            height,
            1,  # plane
            n_bits,
            0,  # not compressed
            height * stride,
            *per_meter(held.dpi or (0, 0)),
            len(colors),
            0,  # all are important
        )
        content[:begin] = np.frombuffer(header + colors.tobytes(), np.uint8)
        rows, lowest_first = content[begin:].reshape(height, stride), held.indices[::-1]
        for top in range(0, height, BAND):
            packed = _pack(lowest_first[top : top + BAND], held.palette, n_bits)
            rows[top : top + BAND, : packed.shape[1]] = packed
        return content.tobytes()

    def is_exact(self, painted: Painted) -> bool:
        """Tell whether there is neither alpha nor a profile."""
        return self.keeps_all(painted)

    def read(self, content: bytes) -> Painted:
        """Read any BMP of `encode`, as it is shown."""
        from batchquant.formats.written import read_by_pillow  # it knows the registry

        return read_by_pillow(
            content, "BMP", lambda _: dpi_of_png(*struct.unpack_from("<2I", content, PER_METER_AT))
        )


def _pack(indices: Indices, palette: NDArray[np.uint8], n_bits: int) -> NDArray[np.uint8]:
    """Return rows of bytes; the lightest color is entry 0."""
    if n_bits == RGB_BITS:
        return palette[indices][..., ::-1].reshape(len(indices), -1)
    entries = np.uint8(len(palette) - 1) - indices.astype(np.uint8, copy=False)
    if n_bits == 1:
        return np.packbits(entries, axis=1)
    if n_bits == 4:
        even = np.pad(entries, ((0, 0), (0, entries.shape[1] % 2)))
        return (even[:, ::2] << np.uint8(4)) | even[:, 1::2]
    return entries
