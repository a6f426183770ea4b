"""How a source is to be read, and what comes of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchquant.errors import ImageError
from batchquant.images.read.density import Dpi, pixel_aspect, true_size

MAX_PIXELS = 250_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is to be read."""

    frame: int = 0  # number from 0
    tells_left: bool = True  # whether to note how many other frames there are
    color_profile: str = "keep"  # keep, or srgb: convert
    alpha: str = "keep"  # keep, or flatten onto `background`
    background: tuple[int, int, int] = (255, 255, 255)  # sRGB, 0-255
    truncated: str = "fail"  # fail, or accept: show what can be read
    max_pixels: int = MAX_PIXELS  # more are refused by the header, before memory is asked for
    reduce: int | None = None  # longest side in pixels at most
    keeps_size: bool = False  # on paper when reduced, in a lower dpi


def too_large(found: str, max_pixels: int) -> str:
    """Say that a picture has more pixels than it may have."""
    return f"too_large: {found} pixels, more than the {max_pixels:,} that are allowed"


def raise_if_too_large(width: int, height: int, max_pixels: int) -> None:
    """Raise an ImageError where a picture has more pixels than it may have."""
    if width * height > max_pixels:
        raise ImageError(too_large(f"{width} x {height}", max_pixels))


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, upright, in 8 bits a channel."""

    pixels: NDArray[np.uint8]  # (H, W, 3), as `icc_profile` means them
    alpha: NDArray[np.uint8] | None  # (H, W), 255 opaque; None where all are
    icc_profile: bytes | None  # RGB profile of the source; None is sRGB
    dpi: Dpi | None  # across, down; None where unknown, or reduced: see `reduce`
    source_format: str  # as Pillow names it: JPEG, PNG, ...
    mode: str  # of the source, as Pillow names it: RGB, I;16, CMYK, ...
    notes: tuple[str, ...]  # what was converted, what was left
    is_damaged: bool = False  # read in part only, as ``truncated: accept`` allows

    @property
    def pixel_aspect(self) -> float:
        """How wide a pixel is beside its height."""
        return pixel_aspect(self.dpi)

    @property
    def true_size(self) -> tuple[int, int]:
        """Width and height of what a person sees, in square pixels."""
        height, width = self.pixels.shape[:2]
        return true_size(width, height, self.pixel_aspect)
