"""Files of our own, replaced whole; and what is left of those that were being written."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files.bringing import PART, Content, put, told_of, write
from batchquant.files.opening import read_regular
from batchquant.files.places import inside


def publish(path: Path, content: Content) -> None:
    """Write a file so that readers see the old content or the new one, never a part.

    The folder is made where it is missing. When the function returns, the file outlives a power
    cut: content and name are on the disk.

    Parameters
    ----------
    path : pathlib.Path
        The target. Replaced where it exists.
    content : bytes or callable
        All of it, or a function that writes it to a stream; called again if what it wrote is swept
        away by `sweep_parts`.

    Raises
    ------
    StorageError
        If the disk is full, read-only, gone, or does not let us write.
    ImageError
        If the file system does not take the name; begins with ``bad_name``.
    """
    with told_of(path):
        put(path, partial(write, content))


def withdraw(folder: Path, relative: str) -> None:
    """Remove a published file, if it is there.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that the path may not lead out of.
    relative : str
        Path below it.

    Raises
    ------
    StorageError
        If a link below the folder leads out of it, or the file cannot be removed.
    """
    path = inside(folder, relative)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError.of(f"{path}: cannot be removed", error) from error


def publish_changed(path: Path, content: bytes) -> None:
    """Publish a file unless it has that content already; for files that are written whole again.

    Parameters and errors are those of `publish`.
    """
    try:
        if read_regular(path) == content:
            return
    except OSError:
        pass  # missing, or in a state that `publish` will tell of
    publish(path, content)


def sweep_parts(folder: Path) -> int:
    """Remove what killed processes left half written.

    For a folder that no other run is writing to. Who publishes there all the same loses nothing but
    time: what is gone before it has its name is made again.

    Parameters
    ----------
    folder : pathlib.Path
        Searched with all below it; may be missing.

    Returns
    -------
    int
        Number of files removed.
    """
    swept = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if PART.fullmatch(name):
                with suppress(OSError):  # where we may not remove, nobody is harmed by it
                    Path(parent, name).unlink()
                    swept += 1
    return swept
