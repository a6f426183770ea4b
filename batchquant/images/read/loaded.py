"""What a decoder hands on: pixels as they are stored, and what their file says of them."""

from dataclasses import dataclass

from PIL import Image

from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.density import Dpi


@dataclass(slots=True)
class Loaded:
    """An image whose pixels are loaded.

    Attributes
    ----------
    image : PIL.Image.Image
        Of a mode with 8 bits a channel, or ``1``; not turned upright.
    source_format, mode : str
        As in `batchquant.images.read.picture.Picture`.
    orientation : int
        EXIF orientation, 1 to 8.
    icc_profile : bytes or None
        What its colors mean.
    dpi : tuple of float or None
        Pixels per inch, upright, horizontal and vertical.
    notes : tuple of str
        What was done that a person may not expect.
    space : ColorSpace or None
        What its colors mean by numbers, where `icc_profile` is None or does not fit.
    is_damaged : bool
        Whether only a part of it could be read.
    """

    image: Image.Image
    source_format: str
    mode: str
    orientation: int
    icc_profile: bytes | None
    dpi: Dpi | None
    notes: tuple[str, ...]
    space: ColorSpace | None = None
    is_damaged: bool = False
