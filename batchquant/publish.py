"""Bytes → path: whole or not at all, also when the power goes."""

import errno
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from batchquant.errors import ImageError, StorageError

NAME_TROUBLE = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
"""What says that the file system does not take the name; all else is about the storage."""

PART = re.compile(r"\.[0-9a-f]{32}\.part")  # as long for every target, however long its name is

TRIES = 3  # a run sweeps parts when it begins and when it ends; `report` may write at both moments

Content = bytes | Callable[[BinaryIO], object]
"""All of a file, or what writes it: for files that are larger than memory should be."""


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

    def write(part: Path) -> None:
        with part.open("xb") as stream:  # not mkstemp: the umask shall apply
            if callable(content):
                content(stream)
            else:
                stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    _put(path, write)


def inside(folder: Path, relative: str) -> Path:
    """Join a path to a folder, unless a link on its way leads out.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; it may be a link itself.
    relative : str
        Path below it. The file may be a link: publishing puts a file in its place.

    Raises
    ------
    StorageError
        If a link below the folder leads out of it.
    """
    path = folder / relative
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise StorageError(
            f"{path.parent}: leads out of the output folder, to {path.parent.resolve()}."
            " Remove the link."
        )
    return path


def publish_inside(folder: Path, relative: str, content: Content) -> None:
    """Write a file as `publish` does, but never outside a folder.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; it may be a link itself.
    relative : str
        Path below it.
    content : bytes or callable
        As in `publish`.

    Raises
    ------
    StorageError
        If a link below the folder leads out of it, or the file cannot be written.
    """
    path = inside(folder, relative)
    publish(path, content)
    for made in path.parents:
        if made == folder:
            break
        # Another process may have made it a moment ago, and not be so far.
        with _told_of(path):
            _sync_name_of(made)


def publish_link(folder: Path, relative: str, source: str) -> None:
    """Give a published file a second name: a hard link, or a copy where there can be none.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that neither name may lead out of.
    relative : str
        The new name, a path below it. Replaced where it exists.
    source : str
        Path of the file below the folder.

    Raises
    ------
    StorageError
        If a link below the folder leads out of it, or the file cannot be written.
    """
    original = inside(folder, source)
    try:
        _put(inside(folder, relative), lambda part: os.link(original, part))
    except StorageError:  # not every file system has links; whether it is full, copying will tell
        publish_inside(folder, relative, original.read_bytes())


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


def _put(path: Path, make: Callable[[Path], None]) -> None:
    """Let a file be made beside its place, and bring it there in one step."""
    with _told_of(path):
        new_folders = [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)  # workers race here
        _replace(path, make, tries=TRIES)
        for folder in (path.parent, *(made.parent for made in new_folders)):
            _sync_folder(folder)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say that it is this file that could not be written."""
    try:
        yield
    except OSError as error:
        if error.errno in NAME_TROUBLE:
            told = f"bad_name: the file system does not take the output's name: {error.strerror}"
            raise ImageError(told) from error
        raise StorageError.of(f"{path}: cannot be written", error) from error


def _replace(path: Path, make: Callable[[Path], None], tries: int) -> None:
    """Make a file under a passing name, and rename it."""
    part = part_of(path)
    try:
        make(part)
        part.replace(path)
    except FileNotFoundError:
        if tries == 1 or not path.parent.exists():
            raise
        _replace(path, make, tries - 1)  # a run has swept it, which did not know of us
    finally:
        part.unlink(missing_ok=True)


def publish_changed(path: Path, content: bytes) -> None:
    """Publish a file unless it has that content already; for files that are written whole again.

    Parameters and errors are those of `publish`.
    """
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass  # missing, or in a state that `publish` will tell of
    publish(path, content)


def part_of(path: Path) -> Path:
    """Return a new name beside a file, for what is not whole: `sweep_parts` removes it."""
    return path.with_name(f".{uuid.uuid4().hex}.part")


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


@lru_cache(maxsize=1024)  # once in a process is enough, and many files share a folder
def _sync_name_of(folder: Path) -> None:
    """Make a folder's name durable, whoever gave it."""
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: on POSIX it is content of the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)
