"""Since when pictures are read as they are: an upgrade makes only those again that were wrong."""

from PIL import ImageFile

DECODER = 2
"""Stands in what is done. Raised with any change of what a picture looks like, or of which are
read: what was unreadable is tried once more. The first edition has none."""
ALPHA_WEIGHS = 2  # since then a pixel counts by its alpha, where that is soft
PALETTES_ARE_SRGB = 2  # since then color codes of pictures with a profile are
FIRST = 1


def version_since(image: ImageFile.ImageFile) -> int:
    """Return the version since which such a file is read as it is today.

    Parameters
    ----------
    image : PIL.ImageFile.ImageFile
        Open; no pixel is decoded.

    Returns
    -------
    int
        `FIRST` where it was always read so.
    """
    return FIRST


def palettes_since(image: ImageFile.ImageFile) -> int:
    """Return the same of color codes of it, which a profile gives a meaning."""
    since = version_since(image)
    return max(since, PALETTES_ARE_SRGB) if image.info.get("icc_profile") else since
