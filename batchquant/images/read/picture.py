"""How a source is to be read, and what comes of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchquant.errors import ImageError
from batchquant.images.read.density import Dpi, pixel_aspect, true_size

MAX_PIXELS = 250_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is to be read.

    Attributes
    ----------
    frame : int
        Number of the frame, from 0, of a file that holds several pictures.
    tells_left : bool
        Whether to note how many others there are.
    color_profile : str
        ``keep`` carries an RGB profile on with the pixels, ``srgb`` converts them.
    alpha : str
        ``keep``, or ``flatten``: lay the picture onto `background`.
    background : tuple of int
        sRGB color, 0-255.
    truncated : str
        ``fail``, or ``accept``: show what can be read of a damaged file.
    max_pixels : int
        A picture of more is refused when its header is read, before memory is asked for.
    reduce : int or None
        Longest side in pixels at most; None leaves the size alone.
    keeps_size : bool
        Whether a reduced picture keeps its size on paper, in a lower dpi.
    """

    frame: int = 0
    tells_left: bool = True
    color_profile: str = "keep"
    alpha: str = "keep"
    background: tuple[int, int, int] = (255, 255, 255)
    truncated: str = "fail"
    max_pixels: int = MAX_PIXELS
    reduce: int | None = None
    keeps_size: bool = False


def too_large(found: str, max_pixels: int) -> str:
    """Say that a picture has more pixels than it may have."""
    return f"too_large: {found} pixels, expected no more than {max_pixels:,}"


def raise_if_too_large(width: int, height: int, max_pixels: int) -> None:
    """Raise an ImageError where a picture has more pixels than it may have."""
    if width * height > max_pixels:
        raise ImageError(too_large(f"{width} x {height}", max_pixels))


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, upright, in 8 bits a channel.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        Colors as `icc_profile` means them; where it is None, sRGB.
    alpha : ndarray of shape (H, W), uint8, or None
        0 is transparent, 255 opaque; None where every pixel is opaque.
    icc_profile : bytes or None
        RGB color profile of the source; None where it states none, or was converted to sRGB.
    dpi : tuple of float or None
        Pixels per inch, horizontal and vertical, where the source states them; None where the
        picture was reduced, unless it keeps its size, or its pixels are not square.
    source_format : str
        As Pillow names it: ``JPEG``, ``PNG``, ...
    mode : str
        How the source stores pixels, as Pillow names it: ``RGB``, ``I;16``, ``CMYK``, ...
    notes : tuple of str
        What else there is to know: what was converted, what was left.
    is_damaged : bool
        Whether the source could be read in part only, as ``truncated: accept`` allows.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    icc_profile: bytes | None
    dpi: Dpi | None
    source_format: str
    mode: str
    notes: tuple[str, ...]
    is_damaged: bool = False

    @property
    def pixel_aspect(self) -> float:
        """How wide a pixel is beside its height."""
        return pixel_aspect(self.dpi)

    @property
    def true_size(self) -> tuple[int, int]:
        """Width and height of what a person sees, in square pixels."""
        height, width = self.pixels.shape[:2]
        return true_size(width, height, self.pixel_aspect)
