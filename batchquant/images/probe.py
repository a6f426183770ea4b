"""Width and height of an image file from its header."""

import warnings
from pathlib import Path

from PIL import Image

from batchquant.images.formats import FORMATS


def probe_size(path: Path) -> tuple[int, int] | None:
    """Read the size of an image without decoding it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    tuple of int or None
        Width and height as stored, before EXIF orientation; None where the header cannot be read.
        That is no error yet: the worker that decodes the file finds the reason.
    """
    with warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(path, formats=list(FORMATS)) as image:
                return image.size
        except Exception:  # as many types as decoding has
            return None
