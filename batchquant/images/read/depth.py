"""More than 8 bits a channel → 8, by scaling and rounding, never by clipping."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFile, TiffImagePlugin

from batchquant.errors import ImageError

NATIVE = "B" if sys.byteorder == "big" else "L"
SWAPPED = {"B": "L", "L": "B", "N": "L" if NATIVE == "B" else "B"}
LOW_BYTES = {
    f"{mode};16{order}": f"{mode};16{swapped}"
    for mode in ("RGB", "RGBA", "RGBX", "CMYK")
    for order, swapped in SWAPPED.items()
} | {"LA;16B": "RGBA"}
"""Raw modes that Pillow reads by the upper byte of each 16-bit sample → one that reads the lower
byte: the same with its bytes swapped. Gray with alpha comes apart into its four bytes instead."""
BY_LIBTIFF = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}
"""Raw modes in which Pillow reads big-endian samples → as libtiff hands them over, natively; Pillow
13 takes them in the wrong order."""
MISTAKEN_PLANES = frozenset({"LA", "La", "PA", "LAB"})
"""Modes of TIFF in separate planes that Pillow 13 reads wrong: alpha is lost, or colors."""
IMPRECISE = "RGBa;16"
"""Raw mode of colors multiplied by alpha, of which Pillow takes the upper bytes."""
LARGEST_16 = 65_535


def prepare(image: Image.Image, *, low_bytes: bool = False) -> str:
    """Have samples of more than 8 bits read right, by changing the tiles of an unloaded image.

    With `low_bytes` the lower byte of each 16-bit color sample is read, not the upper. Returns
    Pillow's raw mode, which tells how samples lie in a PNG or TIFF; empty for others. Raises
    ImageError if Pillow would read something else than what is in the file.
    """
    if not isinstance(image, ImageFile.ImageFile) or len(image.tile) != 1:
        return ""
    tile = image.tile[0]
    if tile.codec_name not in {"zip", "libtiff"}:
        return ""
    tags = getattr(image, "tag_v2", {})
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and image.mode in MISTAKEN_PLANES:
        raise ImageError(f"unreadable: TIFF of mode {image.mode} in separate planes")
    args = tile.args if isinstance(tile.args, tuple) else (tile.args,)
    rawmode = str(args[0])
    if rawmode.startswith(IMPRECISE):  # divided by a rounded alpha, colors would be levels off
        raise ImageError("unreadable: TIFF of 16 bits multiplied by alpha")
    wanted = LOW_BYTES.get(rawmode, rawmode) if low_bytes else BY_LIBTIFF.get(rawmode, rawmode)
    if wanted != rawmode:
        image.tile = [tile._replace(args=(wanted, *args[1:]))]
    return rawmode


def to_8_bits(
    image: Image.Image, rawmode: str, low: Image.Image | None = None
) -> tuple[Image.Image, tuple[str, ...]]:
    """Reduce a loaded picture to 8 bits a channel, or mode 1; return it with notes.

    `rawmode` is what `prepare` returned, `low` the picture by its lower bytes where that is in
    `LOW_BYTES`. A color that stands for transparency becomes an alpha channel, or fits the 8 bits.
    Samples of 12 and 16 bits have a white of their own, and are scaled by it: v * 255 / 65535,
    rounded. So are floats that lie between 0 and 1. Other floats, and integers that are signed or
    of 32 bits, hold measurements: as in viewers made for them, the least becomes black and the
    largest white. What is no number becomes black.
    """
    key = image.info.get("transparency")
    if low is not None:
        return _join_bytes(image, rawmode, low, key), ("16 bits a channel reduced to 8",)
    if rawmode in {"L;2", "L;4"} and isinstance(key, int):  # Pillow scales pixels, not this
        image.info["transparency"] = key * (85 if rawmode == "L;2" else 17)
        return image, ()
    tags = getattr(image, "tag_v2", {})
    is_signed = tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0] == 2
    if not image.mode.startswith(("I", "F")) and not (is_signed and image.mode == "L"):
        return image, ()
    samples = np.asarray(image)
    if image.mode.startswith("I;16") or (image.format == "PPM" and image.mode == "I"):
        bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (16,))[0]
        gray = scale_16(samples, 2**bits - 1)
        note = f"{bits} bits a channel reduced to 8"
    else:
        if image.mode == "L":
            samples = samples.view(np.int8)
        elif rawmode == "I;32N":
            samples = samples.view(np.uint32)
        gray, note = _scaled(samples)
    if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0:  # white is zero
        gray = 255 - gray
    reduced = Image.fromarray(gray)
    if isinstance(key, int):
        reduced.putalpha(Image.fromarray(np.where(samples == key, 0, 255).astype(np.uint8)))
    return reduced, (note,)


def _join_bytes(high: Image.Image, rawmode: str, low: Image.Image, key: object) -> Image.Image:
    """Round 16-bit samples that were read byte by byte.

    With v = 256 high + low, v / 257 = high + (low - high) / 257: one more or one less than `high`
    where the bytes differ by more than 128.
    """
    high.info.pop("transparency", None)
    if rawmode.startswith("LA"):
        _, gray, _, alpha = low.split()
        low = Image.merge("LA", (gray, alpha))
        high = high.convert("LA")
    up = ImageChops.subtract(low, high).point(lambda difference: difference > 128)
    down = ImageChops.subtract(high, low).point(lambda difference: difference > 128)
    joined = ImageChops.subtract(ImageChops.add(high, up), down)
    if isinstance(key, tuple):
        is_key = np.ones((high.height, high.width), bool)
        for band, of_key in enumerate(key):
            is_key &= np.asarray(high.getchannel(band)) == of_key >> 8
            is_key &= np.asarray(low.getchannel(band)) == of_key & 255
        joined.putalpha(Image.fromarray(np.where(is_key, 0, 255).astype(np.uint8)))
    return joined


def scale_16(samples: NDArray[Any], white: int) -> NDArray[np.uint8]:
    """Scale samples of shape (H, W) from 0 to `white`; no v * 255 / white lies on a half."""
    levels = np.minimum(np.arange(LARGEST_16 + 1), white) * (255 / white)
    scaled: NDArray[np.uint8] = np.rint(levels).astype(np.uint8)[samples]
    return scaled


def _scaled(samples: NDArray[Any]) -> tuple[NDArray[np.uint8], str]:
    """Scale samples of shape (H, W) that state no white."""
    numbers = samples[np.isfinite(samples)]
    least, largest = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
    if samples.dtype.kind == "f" and least >= 0 and largest <= 1:
        least, largest = 0.0, 1.0
    span = (largest - least) or 1.0
    levels = (np.nan_to_num(samples.astype(np.float64), nan=least) - least) / span * 255
    gray = np.rint(levels.clip(0, 255)).astype(np.uint8)
    return gray, f"values from {least:g} to {largest:g} shown as 0 to 255"
