"""What was made of a picture → how overviews show it: a tile of a sheet, and a palette."""

from typing import NamedTuple, Self

from PIL import Image

from batchquant.formats.format import Painted
from batchquant.formats.raster import full_image, indexed_image
from batchquant.formats.read_palette import read_palette, shown_palette
from batchquant.formats.registry import formats
from batchquant.formats.written import open_written
from batchquant.images.draw.looks import Looks
from batchquant.images.draw.preview import bands_shown_at, written_shown_at
from batchquant.quantization.color import Color

ONE_BYTE = 256  # colors


class Small(NamedTuple):
    """A picture in few colors, small."""

    picture: Image.Image  # of mode RGB and the size of the original's tile
    palette: tuple[tuple[Color, int], ...]  # as of `read_palette`

    @classmethod
    def of_file(cls, content: bytes, kind: str, looks: Looks) -> Self:
        """Make a file small that was written."""
        profile = looks.icc_profile if formats()[kind].keeps_profile else None
        with open_written(content, kind) as image:
            palette = read_palette(image, profile)
            tile = looks.original.picture.size
            return cls(written_shown_at(image, tile, profile), palette)

    @classmethod
    def of_painted(cls, painted: Painted, looks: Looks) -> Self:
        """Make the same of what an exact file holds, without reading that."""
        indices, alpha, colors = painted.indices, painted.alpha, painted.palette
        height, width = indices.shape
        is_indexed = alpha is None and len(colors) <= ONE_BYTE

        def band(top: int, bottom: int) -> Image.Image:
            rows = indices[top:bottom]
            if is_indexed:
                return indexed_image(rows, colors).convert("RGB")
            return full_image(rows, colors, None if alpha is None else alpha[top:bottom])

        tile = looks.original.picture.size
        picture = bands_shown_at((width, height), band, tile, painted.icc_profile)
        return cls(picture, shown_palette(colors, painted.counts.tolist(), painted.icc_profile))
