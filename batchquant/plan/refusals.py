"""Why an image is not worked on at all, whatever is in it."""

from batchquant.files.names import printable
from batchquant.images.read.picture import too_large

MAX_NAME_BYTES = 255  # of a file name, on every file system in use


def refuse_size(size: tuple[int, int] | None, max_pixels: int) -> str | None:
    """Tell why a picture of a size, as its header says, is not read; None where it may be."""
    if size is None or size[0] * size[1] <= max_pixels:
        return None
    return too_large(f"{size[0]} x {size[1]}", max_pixels)


def refuse_name(relative: str, longest: int) -> str | None:
    """Tell why no file can be named after an image; None where outputs can be named.

    Parameters
    ----------
    relative : str
        Path of the image as the operating system gave it.
    longest : int
        Bytes of the longest name that is to be written.

    Returns
    -------
    str or None
        A reason of the class ``bad_name``.
    """
    if printable(relative) != relative:
        return "bad_name: the file name is not UTF-8; rename the file"
    needed = max(longest, len(relative.rpartition("/")[2].encode()))
    if needed > MAX_NAME_BYTES:
        return (
            f"bad_name: outputs named after this file would have {needed} bytes,"
            f" expected at most {MAX_NAME_BYTES}; give it a shorter name"
        )
    return None
