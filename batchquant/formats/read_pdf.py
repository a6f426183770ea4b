"""A PDF of one picture → its pixels."""

import io

import numpy as np
import pikepdf
from numpy.typing import NDArray

from batchquant.errors import ImageError


def decode_pdf(pdf: bytes) -> NDArray[np.uint8]:
    """Decode the picture of a PDF that `batchquant.formats.pdf_page` made.

    Parameters
    ----------
    pdf : bytes
        The whole file.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        Colors as they are stored; a profile is not applied.

    Raises
    ------
    ImageError
        If the file is damaged, or another program's.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            picture = document.pages[0].Resources.XObject.Picture
            assert isinstance(picture, pikepdf.Stream)
            return np.asarray(pikepdf.PdfImage(picture).as_pil_image().convert("RGB"))
    except Exception as error:  # as many types as pikepdf and Pillow have
        raise ImageError(f"unreadable: its content is damaged ({error})") from error
