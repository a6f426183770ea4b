"""A PNG or PDF that was written here → an open image."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from batchquant.formats.read_pdf import decode_pdf
from batchquant.images.read.opening import pillow_settings


@contextmanager
def open_written(content: bytes) -> Iterator[Image.Image]:
    """Open and load one of `batchquant.formats.png` or `batchquant.formats.pdf`.

    Its size is trusted, unlike that of a source: who allows pictures of 300 megapixels shall see
    what came of them.

    Parameters
    ----------
    content : bytes
        The whole file.

    Yields
    ------
    PIL.Image.Image
        Of mode ``P``, ``RGB`` or ``RGBA``, with its pixels. Of a PDF without its color profile.
    """
    if content.startswith(b"%PDF"):
        yield Image.fromarray(decode_pdf(content))
        return
    with pillow_settings(sys.maxsize), Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        image.load()
        yield image
