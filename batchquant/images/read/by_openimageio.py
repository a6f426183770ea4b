"""Bytes of an image file → pixels as they are stored, by OpenImageIO.

It is asked for formats that Pillow does not know, and for kinds of TIFF that it refuses.
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.errors import ImageError
from batchquant.images.read.by_pillow import SIDEWAYS
from batchquant.images.read.channels import Chosen, choose
from batchquant.images.read.color_profile import plan_conversion
from batchquant.images.read.density import if_sensible
from batchquant.images.read.frames import frames_left, no_such_frame
from batchquant.images.read.jxl import is_animated
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.openimageio import NotOpenedError, bands, dtype_of, opened
from batchquant.images.read.picture import Reading, raise_if_too_large
from batchquant.images.read.plain_words import ENDS_EARLY
from batchquant.images.read.samples import LINEAR, Scale, UsedRange, divided, largest
from batchquant.images.read.tiff import pictures

CM_PER_INCH = 2.54
BAND = 64  # rows


def load_by_openimageio(source: bytes, reading: Reading, kind: str) -> Loaded:
    """Load one frame of a format of `READERS` in 8 bits a channel.

    Whole numbers are scaled by their range, rounded; those of TIFF that are signed, or of 32 bits
    and a lone gray, by the range they use, and so are floats of TIFF unless they lie between 0 and
    1. Linear light is clipped at 1 and encoded by the curve of sRGB. Raises ImageError if the file
    is too large, damaged, or of a kind that would not come out as a person sees it.
    """
    if kind == "HDR" and b"32-bit_rle_xyze" in source[:4096]:
        raise ImageError("unreadable: HDR of XYZ colors")
    if kind == "JXL" and is_animated(io.BytesIO(source)):
        raise ImageError("unreadable: JXL that moves, of which OpenImageIO shows the last frame")
    number, n_frames = _number(source, reading.frame, kind)
    with opened(source, kind, number) as reader:
        spec = reader.spec()
        if spec.deep:
            raise ImageError(f"unreadable: {kind} of deep pixels, which have no one color")
        chosen = choose(kind, spec)
        window = _window(kind, spec)
        raise_if_too_large(spec.width, spec.height, reading.max_pixels)
        raise_if_too_large(*window[2:], reading.max_pixels)
        if min(spec.width, spec.height, *window[2:]) < 1:
            raise ImageError(f"unreadable: {kind} of {spec.width} x {spec.height} pixels")
        n_left = max(n_frames, spec.get_int_attribute("oiio:subimages", 1)) - 1
        if not chosen.is_raw:
            pixels, notes = _pixels(reader, kind, chosen)
    if chosen.is_raw:
        with opened(source, kind, number, is_raw=True) as reader:
            pixels, notes = _pixels(reader, kind, chosen)
    if (spec.x, spec.y, spec.width, spec.height) != window:
        pixels = _in_window(pixels, spec, window)
        notes = (*notes, "shown as far as its display window reaches")
    notes = (*notes, *chosen.notes, *frames_left(n_left if reading.tells_left else 0))
    # libjxl turns a picture by itself.
    orientation = 1 if kind == "JXL" else spec.get_int_attribute("Orientation", 1)
    dpi = _dpi(spec)
    if dpi and orientation in SIDEWAYS:
        dpi = dpi[::-1]
    image, icc_profile = _image(pixels, chosen.mode), chosen.icc_profile
    if chosen.is_hdr and icc_profile:
        _to_standard_range(image, icc_profile)
        icc_profile, notes = None, (*notes, "high dynamic range mapped to sRGB by its profile")
    mode = _told_mode(chosen.mode, spec)
    return Loaded(image, kind, mode, orientation, icc_profile, dpi, notes)


def _number(source: bytes, frame: int, kind: str) -> tuple[int, int]:
    """Return which of all pictures in a file a frame is, and how many frames there are."""
    frames = [0]
    if kind == "TIFF":
        try:
            directories = pictures(io.BytesIO(source))
        except ValueError as error:
            raise NotOpenedError(f"unreadable: a damaged TIFF file ({error})") from error
        frames = [each.number for each in directories]
        # libtiff goes on without what is missing where it converts colors by itself.
        if frame < len(frames) and directories[frame].end > len(source):
            raise ImageError(f"unreadable: {ENDS_EARLY}")
    if frame >= len(frames):
        raise no_such_frame(len(frames), frame)
    return frames[frame], len(frames)


def _window(kind: str, spec: Any) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is shown."""
    if kind != "EXR":
        return spec.x, spec.y, spec.width, spec.height
    return spec.full_x, spec.full_y, spec.full_width, spec.full_height


def _in_window(
    pixels: NDArray[np.uint8], spec: Any, window: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """Cut what lies outside a window, and leave black or transparent what nothing lies in."""
    left, top, width, height = window
    shown = np.zeros((height, width, pixels.shape[2]), np.uint8)
    x, y = max(left, spec.x), max(top, spec.y)
    right, bottom = min(left + width, spec.x + spec.width), min(top + height, spec.y + spec.height)
    if x < right and y < bottom:
        inside = pixels[y - spec.y : bottom - spec.y, x - spec.x : right - spec.x]
        shown[y - top : bottom - top, x - left : right - left] = inside
    return shown


def _pixels(reader: Any, kind: str, chosen: Chosen) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Read pixels of shape (H, W, C), where Lab is signed, and say what was scaled."""
    spec = reader.spec()
    if chosen.is_raw and dtype_of(spec).kind != "u":
        raise ImageError(f"unreadable: {kind} of signed {chosen.mode}")
    pixels = np.empty((spec.height, spec.width, len(chosen.channels)), np.uint8)
    scale = Scale()
    notes: tuple[str, ...] = ()
    if chosen.mode != "LAB":
        scale, notes = _scale(reader, kind, chosen)
    for top, band in bands(reader, chosen.channels):
        rows = pixels[top : top + len(band)]
        if chosen.mode != "LAB":
            rows[:] = scale.apply(band, has_alpha=chosen.has_alpha)
        elif band.dtype == np.uint8:
            rows[:] = band
        else:
            notes = ("16 bits a channel reduced to 8",)
            rows[..., 0] = np.rint(band[..., 0] * np.float32(255 / 65_535))
            signed = np.rint(band[..., 1:].view(np.int16) / np.float32(256)).clip(-128, 127)
            rows[..., 1:] = signed.astype(np.int8).view(np.uint8)
    return pixels, notes


def _scale(reader: Any, kind: str, chosen: Chosen) -> tuple[Scale, tuple[str, ...]]:
    """Decide what becomes black and white, and say so."""
    spec = reader.spec()
    dtype = dtype_of(spec)
    black, white = 0.0, largest(dtype)
    bits = spec.get_int_attribute("oiio:BitsPerSample", 8 * dtype.itemsize)
    is_lone = chosen.mode == "L"
    notes: tuple[str, ...] = ()
    if chosen.is_linear:
        notes = (LINEAR,)
    elif kind == "TIFF" and (dtype.kind in "fi" or (bits == 32 and is_lone)):
        used = UsedRange()
        n_colors = len(chosen.channels) - chosen.has_alpha
        for _, band in bands(reader, chosen.channels):
            colors = band[..., :n_colors]
            if chosen.is_premultiplied and chosen.has_alpha:
                colors = divided(colors.astype(np.float64), band[..., -1:] / largest(dtype))
            used.see(colors)
        black, white = used.black_and_white(dtype)
        notes = (f"values from {black:g} to {white:g} shown as 0 to 255",)
    elif dtype.itemsize > 1:
        notes = (f"{bits} bits a channel reduced to 8",)
    scale = Scale(
        black,
        white,
        largest(dtype),
        is_linear=chosen.is_linear,
        to_srgb_primaries=chosen.to_srgb_primaries,
        is_inverted=chosen.is_inverted,
        is_premultiplied=chosen.is_premultiplied,
    )
    return scale, notes


def _image(pixels: NDArray[np.uint8], mode: str) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1)


def _to_standard_range(image: Image.Image, icc_profile: bytes) -> None:
    """Map colors to sRGB, in place, by the tables that libjxl puts into a profile (BT.2408)."""
    conversion = plan_conversion("RGB", icc_profile, to_srgb=True)
    for top in range(0, image.height, BAND):
        box = (0, top, image.width, min(top + BAND, image.height))
        band = image.crop(box)
        mapped = conversion.apply(band.convert("RGB"))
        if band.mode == "RGBA":
            mapped.putalpha(band.getchannel("A"))
        image.paste(mapped, box)


def _told_mode(mode: str, spec: Any) -> str:
    """Name how pixels are stored as Pillow names its raw modes: ``RGB;16``, ``L;32F``."""
    bits = spec.get_int_attribute("oiio:BitsPerSample", 8 * dtype_of(spec).itemsize)
    suffix = {"f": "F", "i": "S"}.get(dtype_of(spec).kind, "")
    return mode if bits == 8 and not suffix else f"{mode};{bits}{suffix}"


def _dpi(spec: Any) -> tuple[float, float] | None:
    """Return pixels per inch as stored, where what the file states makes sense."""
    unit = {"in": 1.0, "inch": 1.0, "cm": CM_PER_INCH}.get(
        spec.get_string_attribute("ResolutionUnit"), 0.0
    )
    horizontal, vertical = (
        unit * spec.get_float_attribute(name, 0.0) for name in ("XResolution", "YResolution")
    )
    return if_sensible((horizontal, vertical))
