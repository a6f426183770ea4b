"""Pixels in memory, of NumPy or Pillow → a picture, as if a file had held them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.images.read.by_pillow import SIDEWAYS, dpi_of, orientation_of
from batchquant.images.read.decode import assemble
from batchquant.images.read.depth import LARGEST_16, scale_16, to_8_bits
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.picture import Picture, Reading
from batchquant.quantization.color.weights import OPAQUE

BAND = 64  # rows converted at a time: only the result is a whole copy
NUMBERS = "uint8, uint16 or floats from 0 to 1"


def picture_of_array(array: NDArray[Any], alpha: NDArray[Any] | None = None) -> Picture:
    """Take an array (H, W), (H, W, 3) or (H, W, 4) for sRGB: gray, RGB, or RGB and opacity.

    `alpha` (H, W) is the opacity of one that has none. Both are uint8, uint16 or floats from 0 to
    1. Raises TypeError for other numbers, ValueError for other shapes, and floats beyond.
    """
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,), (4,)) or not array.size:
        raise ValueError(
            f"picture: found shape {array.shape}, expected (H, W), (H, W, 3) or (H, W, 4) with at"
            f" least one pixel.{_how_to_turn(array)}"
        )
    levels = _to_8_bits(array, "picture")
    shown: NDArray[np.uint8] | None = None
    if array.shape[2:] == (4,):
        if alpha is not None:
            raise ValueError("alpha: found it beside a picture that has its own, expected one.")
        levels, shown = levels[..., :3], levels[..., 3]
    if alpha is not None:
        if alpha.shape != array.shape[:2]:
            raise ValueError(f"alpha: found shape {alpha.shape}, expected {array.shape[:2]}.")
        shown = _to_8_bits(alpha, "alpha")
    if levels.ndim == 2:
        levels = np.repeat(levels[..., np.newaxis], 3, axis=2)
    if shown is not None and shown.min() == OPAQUE:
        shown = None
    pixels = np.ascontiguousarray(levels)
    shown = None if shown is None else np.ascontiguousarray(shown)
    return Picture(pixels, shown, None, None, "array", str(array.dtype), ())


def picture_of_image(image: Image.Image) -> Picture:
    """Take an image of Pillow's as it is in memory: upright, with its color profile.

    Of 16-bit RGB Pillow keeps the upper bytes; who gives a path has them rounded.
    """
    image.load()
    info = dict(image.info)
    try:
        orientation = orientation_of(image)
        dpi, profile = dpi_of(image), image.info.get("icc_profile")
        reduced, notes = to_8_bits(image, "")
    finally:  # whose image it is sees nothing of all that
        image.info.clear()
        image.info.update(info)
    if dpi and orientation in SIDEWAYS:
        dpi = dpi[::-1]
    name = image.format or "image"
    return assemble(Loaded(reduced, name, image.mode, orientation, profile, dpi, notes), Reading())


def _to_8_bits(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Bring numbers to 0 to 255, rounded."""
    kind = array.dtype.kind, array.dtype.itemsize
    if kind == ("u", 1):
        return array
    if kind == ("u", 2):
        return scale_16(array, LARGEST_16)
    if kind[0] != "f":
        raise TypeError(f"{name}: found dtype {array.dtype}, expected {NUMBERS}.{_mend(array)}")
    least, largest = float(array.min()), float(array.max())
    if not (least >= 0 and largest <= 1):  # nan is neither
        raise ValueError(_told_of_floats(name, least, largest))
    levels = np.empty(array.shape, np.uint8)
    for top in range(0, len(array), BAND):  # so that no whole copy is made of float64
        band = array[top : top + BAND].astype(np.float64)
        levels[top : top + BAND] = np.rint(band * 255)
    return levels


def _told_of_floats(name: str, least: float, largest: float) -> str:
    if np.isnan(least):
        return f"{name}: found nan, expected floats from 0 to 1. np.nan_to_num replaces it."
    mend = "Cut off what is beyond: picture.clip(0, 1)."
    if least >= 0 and largest > 2:
        mend = f"Divide by what white is: picture / {255 if largest <= 255 else LARGEST_16}."
    found = f"floats from {least:g} to {largest:g}"
    return f"{name}: found {found}, expected floats from 0 to 1. {mend.replace('picture', name)}"


def _mend(array: NDArray[Any]) -> str:
    """Say how other numbers become what is expected, where that is likely meant."""
    if array.dtype.kind == "b":
        return " Black and white: picture * np.uint8(255)."
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= OPAQUE:
        return " Of levels from 0 to 255: picture.astype(np.uint8)."
    return ""


def _how_to_turn(array: NDArray[Any]) -> str:
    """Say how an array of another library becomes one of pixels."""
    if array.ndim == 3 and array.shape[0] in (3, 4):
        return " Of channels first: np.moveaxis(picture, 0, -1)."
    if array.ndim == 3 and array.shape[2] == 1:
        return " Of one channel: picture[..., 0]."
    return ""
