"""A file that was written here → an open image, or what was painted."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from batchquant.formats.format import Painted
from batchquant.formats.painted import paint_from, paint_from_entries
from batchquant.formats.read_pdf import decode_pdf
from batchquant.formats.registry import formats
from batchquant.images.read.density import as_in_png
from batchquant.images.read.opening import pillow_settings


@contextmanager
def open_written(content: bytes, kind: str = "png") -> Iterator[Image.Image]:
    """Open and load a file of a kind; of a PDF without its color profile.

    Its size is trusted, unlike that of a source: who allows pictures of 300 megapixels shall see
    what came of them. The image is of mode ``P``, ``RGB`` or ``RGBA``, with its pixels.
    """
    if kind == "pdf":
        yield Image.fromarray(decode_pdf(content))
        return
    if kind != "png":
        yield image_of(formats()[kind].read(content))
        return
    with pillow_settings(sys.maxsize), Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        image.load()
        yield image


def image_of(painted: Painted) -> Image.Image:
    """Return a painted picture as an image: RGB, or RGBA, with black where nothing is seen."""
    if not len(painted.palette):
        return Image.new("RGBA", painted.indices.shape[::-1])
    if painted.alpha is None:
        return Image.fromarray(painted.palette[painted.indices])
    colors = painted.palette[np.where(painted.alpha, painted.indices, 0)]
    colors[painted.alpha == 0] = 0
    return Image.fromarray(np.dstack([colors, painted.alpha]))


def read_png(content: bytes) -> Painted:
    """Read what `batchquant.formats.png` encoded; raises ValueError where it is damaged."""
    try:
        with open_written(content) as image:
            profile, dpi = image.info.get("icc_profile"), as_in_png(image.info.get("dpi"))
            pixels = np.asarray(image)
            if image.mode == "P":
                levels = np.frombuffer(bytes(image.getpalette() or []), np.uint8).reshape(-1, 3)
                hidden = image.info.get("transparency")
                return paint_from_entries(pixels, levels, hidden, profile, dpi)
            alpha = pixels[..., 3] if image.mode == "RGBA" else None
            return paint_from(pixels[..., :3], alpha, profile, dpi)
    except (OSError, SyntaxError) as error:  # Pillow raises both of damaged files
        raise ValueError(f"damaged: {error}") from error
