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

    The folder is made. What has returned outlives a power cut. A function writes to a stream, and
    is called again if `sweep_parts` takes what it wrote. Raises StorageError, or ImageError
    ``bad_name`` if the file system does not take the name.
    """
    with told_of(path):
        put(path, partial(write, content))


def withdraw(folder: Path, relative: str) -> None:
    """Remove a published file, if it is there.

    Raises StorageError if a link leads out of the folder, or the file cannot be removed.
    """
    path = inside(folder, relative)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError.of(f"{path}: cannot be removed", error) from error


def publish_changed(path: Path, content: bytes) -> None:
    """Publish a file unless it has that content already; for files that are written whole again."""
    try:
        if read_regular(path) == content:
            return
    except OSError:
        pass  # missing, or in a state that `publish` will tell of
    publish(path, content)


def sweep_parts(folder: Path) -> int:
    """Remove what killed processes left half written, at any depth; return how many files.

    The folder may be missing. A run that publishes there all the same loses nothing but time: what
    is gone before it has its name is made again.
    """
    swept, folders = 0, [str(folder)]
    while folders:
        # Not by `os.walk`, which takes a third longer: a tree may hold a million files.
        with suppress(OSError), os.scandir(folders.pop()) as listing:
            for entry in listing:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(".part") and PART.fullmatch(entry.name):
                    with suppress(OSError):  # where we may not remove, nobody is harmed by it
                        if not entry.is_dir():
                            Path(entry.path).unlink()
                            swept += 1
    return swept
