"""A file that was written here → an open image, or what was painted."""

import io
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from batchquant.formats.format import Painted
from batchquant.formats.painted import paint_from, paint_from_entries
from batchquant.formats.raster import full_image
from batchquant.formats.read_pdf import decode_pdf
from batchquant.formats.registry import formats
from batchquant.images.read.density import Dpi
from batchquant.images.read.opening import pillow_settings

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error)
"""What Pillow raises of damaged files."""


@contextmanager
def open_written(content: bytes, kind: str = "png") -> Iterator[Image.Image]:
    """Open and load a file of a kind; of a PDF without its color profile.

    Its size is trusted, unlike that of a source: who allows pictures of 300 megapixels shall see
    what came of them. The image is of mode ``P``, ``RGB`` or ``RGBA``, with its pixels.
    """
    made = formats()[kind]
    if made.pillow is not None:
        with open_by_pillow(content, made.pillow) as image:
            yield image
    elif kind == "pdf":
        yield Image.fromarray(decode_pdf(content))
    else:
        yield image_of(made.read(content))


@contextmanager
def open_by_pillow(content: bytes, name: str) -> Iterator[Image.Image]:
    """Do the same for a format that Pillow reads, by the name it has there."""
    with pillow_settings(sys.maxsize), Image.open(io.BytesIO(content), formats=[name]) as image:
        image.load()
        # Pillow makes L or 1 of palettes that are gray in order; a palette of which several entries
        # are transparent is what only a PNG has.
        hidden = image.info.get("transparency")
        if image.mode in ("RGB", "RGBA") or (image.mode == "P" and not isinstance(hidden, bytes)):
            yield image
            return
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
        plain.info = image.info
        yield plain


def read_by_pillow(
    content: bytes, name: str, dpi_of: Callable[[Image.Image], Dpi | None] = lambda image: None
) -> Painted:
    """Read a file of a format that Pillow reads; raises ValueError where it is damaged."""
    try:
        with open_by_pillow(content, name) as image:
            profile, dpi = image.info.get("icc_profile"), dpi_of(image)
            pixels = np.asarray(image)
            if image.mode == "P":
                levels = np.frombuffer(bytes(image.getpalette() or []), np.uint8).reshape(-1, 3)
                hidden = image.info.get("transparency")
                return paint_from_entries(pixels, levels, hidden, profile, dpi)
            alpha = pixels[..., 3] if image.mode == "RGBA" else None
            return paint_from(pixels[..., :3], alpha, profile, dpi)
    except DAMAGED as error:
        raise ValueError(f"damaged: {error}") from error


def image_of(painted: Painted) -> Image.Image:
    """Return a painted picture as an image: RGB, or RGBA, with black where nothing is seen."""
    return full_image(painted.indices, painted.palette, painted.alpha)
