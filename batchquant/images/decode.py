"""Bytes of an image file → pixels, as a person sees them, or a reason why not."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from batchquant.errors import ImageError
from batchquant.images.formats import FORMATS, MAX_PIXELS
from batchquant.outcome import NOT_ENOUGH_MEMORY

MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
TURNS = {  # what makes each EXIF orientation upright (EXIF 2.32, tag 0x0112)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BACKGROUND = (255, 255, 255)  # what shows through transparent pixels


def decode(source: bytes) -> NDArray[np.uint8]:
    """Decode an image file.

    EXIF orientation is applied; transparent pixels are laid onto white; of several frames the
    first is taken.

    Parameters
    ----------
    source : bytes
        The whole file.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        sRGB pixels.

    Raises
    ------
    ImageError
        With a reason that begins with its class, ``unreadable`` or ``too_large``.
    """
    # Warnings speak of damaged metadata, which is not used, and of sizes checked here.
    with warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(io.BytesIO(source), formats=list(FORMATS)) as image:
                _refuse(image)
                image.load()
                return np.asarray(_flatten(_turn_upright(image)))
        except ImageError:
            raise
        except UnidentifiedImageError:
            read = ", ".join(FORMATS)
            raise ImageError(f"unreadable: no picture of a format that is read ({read})") from None
        except Image.DecompressionBombError:
            raise _too_large(f"more than {2 * MAX_PIXELS:,}") from None
        except MemoryError:
            raise ImageError(f"{NOT_ENOUGH_MEMORY} to decode it") from None
        # Decoders fail with OSError, ValueError, SyntaxError, KeyError, struct.error and more.
        except Exception as error:
            raise ImageError(f"unreadable: {_told(error)}") from error


def _refuse(image: Image.Image) -> None:
    """Refuse what would not come out as a person sees it."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(f"{width} x {height}")
    if image.mode not in MODES:
        raise ImageError(
            f"unreadable: pixels of mode {image.mode!r} cannot be shown in 8 bits a channel"
            " without loss; convert the file first"
        )


def _too_large(found: str) -> ImageError:
    return ImageError(f"too_large: {found} pixels, expected no more than {MAX_PIXELS:,}")


def _turn_upright(image: Image.Image) -> Image.Image:
    """Apply EXIF orientation; where the metadata is damaged there is none."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # as many types as decoding has; the pixels are whole
        return image
    turn = TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _flatten(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    canvas = Image.new("RGBA", image.size, BACKGROUND)
    return Image.alpha_composite(canvas, image.convert("RGBA")).convert("RGB")


def _told(error: Exception) -> str:
    """Put an error into words."""
    text = str(error)
    if isinstance(error, OSError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
