"""Size and number of frames of an image file from its headers."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from batchquant.images.opening import count_frames, open_image


@dataclass(frozen=True, slots=True)
class Header:
    """What an image file says of itself.

    Attributes
    ----------
    size : tuple of int
        Width and height of the first frame as stored, before EXIF orientation.
    n_frames : int
        Frames, at least 1.
    """

    size: tuple[int, int]
    n_frames: int


def probe(path: Path) -> Header | None:
    """Read the headers of an image without decoding it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Header or None
        None where the header cannot be read. That is no error yet: the worker that decodes the file
        finds the reason.
    """
    with warnings.catch_warnings(action="ignore"):
        try:
            with path.open("rb") as stream:
                image = open_image(stream)
                return Header(image.size, count_frames(image))
        except Exception:  # as many types as decoding has
            return None
