"""A PNG that was written here → an open image."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from batchquant.images.opening import pillow_settings


@contextmanager
def open_written(png: bytes) -> Iterator[Image.Image]:
    """Open and load one of `batchquant.images.encode_png`.

    Its size is trusted, unlike that of a source: who allows pictures of 300 megapixels shall see
    what came of them.

    Parameters
    ----------
    png : bytes
        The whole file.

    Yields
    ------
    PIL.Image.Image
        Of mode ``P``, ``RGB`` or ``RGBA``, with its pixels.
    """
    with pillow_settings(sys.maxsize), Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        image.load()
        yield image
