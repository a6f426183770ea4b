"""Bytes of an image file → a picture, as a person sees it, or a reason why not."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.errors import NOT_ENOUGH_MEMORY, ImageError
from batchquant.images.read.camera_raw import is_camera_raw
from batchquant.images.read.color_profile import Conversion, colors_in_profile, plan_conversion
from batchquant.images.read.compositing import lay_onto
from batchquant.images.read.density import notes_on
from batchquant.images.read.filters import reduce
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.opening import pillow_settings
from batchquant.images.read.picture import Picture, Reading, too_large
from batchquant.images.read.plain_words import in_plain_words
from batchquant.images.read.second import load
from batchquant.quantization.color.weights import OPAQUE

TURNS = {  # what makes each EXIF orientation upright (EXIF 2.32, tag 0x0112)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
STRAIGHT = {"La": "LA", "RGBa": "RGBA"}  # modes of colors multiplied by alpha → as they are
FORGETS_ALPHA = frozenset({"TGA", "ICO", "BMP", "DIB"})
"""Formats in which some programs leave the alpha channel empty. Elsewhere a picture that is
transparent everywhere is taken at its word."""
BAND = 64  # rows converted at a time: only the result is a whole copy
PLAIN = Reading()


def decode(source: bytes, reading: Reading = PLAIN, suffix: str = "") -> Picture:
    """Decode the bytes of an image file; equal bytes give an equal picture.

    The suffix of its name counts where the content alone does not tell: see `is_camera_raw`. 16-bit
    channels are rounded to 8 bits where Pillow lets their lower bytes be read: PNG, and TIFF with
    its channels side by side. Of TIFF with separate planes, and of SGI, the upper 8 bits are taken:
    at most one level less. `depth.to_8_bits` tells the rule for floats and 32-bit integers. Raises
    ImageError with a reason of the class ``unreadable`` or ``too_large``.
    """
    # Warnings speak of damaged metadata, which is not used, and of sizes checked here.
    with warnings.catch_warnings(action="ignore"), pillow_settings(reading.max_pixels):
        try:
            picture = assemble(_load(source, reading, suffix), reading)
        except ImageError:
            raise
        except Image.DecompressionBombError:
            found = f"more than {2 * reading.max_pixels:,}"
            raise ImageError(too_large(found, reading.max_pixels)) from None
        except MemoryError:
            raise ImageError(f"{NOT_ENOUGH_MEMORY} to decode it") from None
        # Decoders fail with OSError, ValueError, SyntaxError, KeyError, struct.error and more.
        except Exception as error:
            raise ImageError(f"unreadable: {_told(error)}") from error
    if reading.reduce is None:
        return picture
    return reduce(picture, reading.reduce, keeps_size=reading.keeps_size)


def _load(source: bytes, reading: Reading, suffix: str) -> Loaded:
    if is_camera_raw(io.BytesIO(source), suffix.lower()):  # before Pillow, which shows its preview
        from batchquant.images.read.by_rawpy import load_by_rawpy

        return load_by_rawpy(source, reading)
    try:
        return load(source, reading)
    except (Image.DecompressionBombError, MemoryError):
        raise
    except Exception as error:
        if reading.truncated == "fail":
            raise
        why = _told(error).removeprefix("unreadable: ")
        told = f"damaged, shown as far as it could be read: {why}"
    with pillow_settings(reading.max_pixels, truncated=True):
        loaded = load(source, reading, is_whole=False)
    loaded.notes, loaded.is_damaged = (told, *loaded.notes), True
    return loaded


def assemble(loaded: Loaded, reading: Reading) -> Picture:
    """Turn the image upright and bring it to RGB and alpha."""
    image, notes = loaded.image, loaded.notes
    if loaded.orientation in TURNS:
        # The copies before and after must not outlive this: a picture may be most of the memory.
        loaded.image = image = image.transpose(TURNS[loaded.orientation])
    conversion = plan_conversion(
        STRAIGHT.get(image.mode, image.mode),
        loaded.icc_profile,
        loaded.space,
        to_srgb=reading.color_profile == "srgb",
    )
    notes = (*notes, *conversion.notes, *notes_on(loaded.dpi))
    pixels, alpha = _arrays(image, conversion)
    if alpha is not None and alpha.min() == OPAQUE:
        alpha = None
    elif alpha is not None and loaded.source_format in FORGETS_ALPHA and not alpha.any():
        alpha = None
        notes = (*notes, "alpha channel ignored: it is empty")
    if alpha is not None and reading.alpha == "flatten":
        (background,) = colors_in_profile([reading.background], conversion.icc_profile)
        _flatten(pixels, alpha, background)
        alpha = None
    return Picture(
        pixels,
        alpha,
        conversion.icc_profile,
        loaded.dpi,
        loaded.source_format,
        loaded.mode,
        notes,
        loaded.is_damaged,
    )


def _arrays(
    image: Image.Image, conversion: Conversion
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Convert an image to pixels of shape (H, W, 3) and alpha of shape (H, W) band by band."""
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    alpha = np.empty((height, width), np.uint8) if image.has_transparency_data else None
    for top in range(0, height, BAND):
        bottom = min(top + BAND, height)
        band = image.crop((0, top, width, bottom))
        if band.mode in STRAIGHT:
            band = band.convert(STRAIGHT[band.mode])
        if alpha is not None:
            alpha[top:bottom] = np.asarray(band.convert("RGBA").getchannel("A"))
        pixels[top:bottom] = np.asarray(conversion.apply(band))
    return pixels, alpha


def _flatten(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8], background: tuple[int, int, int]
) -> None:
    """Lay pixels onto a color, in place."""
    for top in range(0, len(pixels), BAND):
        band = slice(top, top + BAND)
        pixels[band] = lay_onto(background, pixels[band], alpha[band])


def _told(error: Exception) -> str:
    """Put an error into words."""
    return str(error) if isinstance(error, ImageError) else in_plain_words(str(error))
