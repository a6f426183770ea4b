"""What is said of the frames of a file."""

from batchquant.errors import ImageError

ANIMATED = (".gif", ".apng")
"""Endings of files that are most often animations."""
SIZES_OF_ONE = ".ico"
"""Ending of files whose frames are one picture in several sizes."""


def frames_left(n: int) -> tuple[str, ...]:
    """Note how many other frames there are."""
    return (f"{n} more frame{'s' if n > 1 else ''} left",) if n > 0 else ()


def no_such_frame(n_frames: int, frame: int) -> ImageError:
    """Return why a frame, counted from 0, cannot be read."""
    found = f"{n_frames} frame{'s' if n_frames > 1 else ''}"
    return ImageError(f"unreadable: there is no frame {frame + 1}, it has {found}")


def tell_several(first: str, n_files: int) -> str:
    """Say, before anything is made, of which files only the first of several pictures is taken.

    >>> tell_several("cat.gif", 1)
    'cat.gif holds several pictures, of which the first is taken; for all of them: frames: all'
    """
    told = f"{first} holds" if n_files == 1 else f"{first} and {n_files - 1:,} more hold"
    return f"{told} several pictures, of which the first is taken; for all of them: frames: all"
