"""ICO: which of its pictures comes first."""

import struct
from typing import IO

from PIL import IcoImagePlugin

from batchquant.images.read import png


class DeepestFirst(IcoImagePlugin.IcoFile):
    """An ICO file whose entries are sorted: the largest, the deepest, those of most colors first.

    Pillow puts the shallowest of a size first, by what the directory says, which is often nothing.
    """

    def __init__(self, buf: IO[bytes]) -> None:
        super().__init__(buf)
        self.entry.sort(key=self._rank, reverse=True)

    def _rank(self, entry: IcoImagePlugin.IconHeader) -> tuple[int, int, int]:
        """Return area, bits a pixel and number of colors, the latter as the picture itself says."""
        self.buf.seek(entry.offset)
        head = self.buf.read(40)
        bits, n_colors = entry.bpp, entry.nb_color
        if head.startswith(png.SIGNATURE) and len(head) >= 26:
            bits = head[24] * png.CHANNELS.get(head[25], 1)
        elif len(head) == 40:
            (bits,) = struct.unpack_from("<H", head, 14)
            n_colors = struct.unpack_from("<I", head, 32)[0] or n_colors
        return entry.square, bits, n_colors or 1 << min(bits, 32)


def has_equals(icon: IcoImagePlugin.IcoImageFile) -> bool:
    """Tell whether an icon holds its largest size more than once."""
    return sum(entry.square == icon.ico.entry[0].square for entry in icon.ico.entry) > 1
