"""What a decoder hands on: pixels as they are stored, and what their file says of them."""

from dataclasses import dataclass

from PIL import Image

from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.density import Dpi


@dataclass(slots=True)
class Loaded:
    """An image whose pixels are loaded; other fields are as in `Picture`."""

    image: Image.Image  # of a mode with 8 bits a channel, or 1; not turned upright
    source_format: str
    mode: str
    orientation: int  # EXIF, 1 to 8
    icc_profile: bytes | None
    dpi: Dpi | None  # upright
    notes: tuple[str, ...]
    space: ColorSpace | None = None  # by numbers, where `icc_profile` is None or does not fit
    is_damaged: bool = False
