"""A file is made under a passing name beside its place, and brought there in one step."""

import errno
import filecmp
import os
import re
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from batchquant.errors import BLOCKED, ImageError, StorageError
from batchquant.files.opening import rename_if_free

PLACE_TROUBLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.ELOOP}
)
"""What says that one place is not to be had; the disk may be well."""

NAME_TROUBLE = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
"""What says that the file system does not take the name; all else is about the storage."""

PART = re.compile(r"\.[0-9a-f]{32}\.part")  # as long for every target, however long its name is

TRIES = 3  # a run sweeps parts when it begins and when it ends; `report` may write at both moments

Content = bytes | Callable[[BinaryIO], object]
"""All of a file, or what writes it: for files that are larger than memory should be."""


def write(content: Content, part: Path) -> None:
    """Write a new file, and bring it onto the disk."""
    with part.open("xb") as stream:  # not mkstemp: the umask shall apply
        if callable(content):
            content(stream)
        else:
            stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def put(
    path: Path,
    make: Callable[[Path], None],
    *,
    may_replace: bool = True,
    later: set[Path] | None = None,
) -> bool:
    """Let a file be made beside its place, and bring it there in one step; True if it was there.

    Its name is durable when the folder is: at once, or by `sync_folders` of what `later` gets.
    """
    new_folders = list(takewhile(lambda folder: not folder.exists(), path.parents))
    path.parent.mkdir(parents=True, exist_ok=True)  # workers race here
    was_there = _bring(path, make, may_replace, tries=TRIES)
    for folder in (path.parent, *(made.parent for made in new_folders)):
        if later is None:
            _sync_folder(folder)
        else:
            later.add(folder)
    return was_there


def sync_folders(folders: Iterable[Path]) -> None:
    """Make names in some folders durable; raises StorageError if that fails."""
    for folder in folders:
        with told_of(folder):
            _sync_folder(folder)


@contextmanager
def told_of(path: Path, *, blocked: bool = False) -> Iterator[None]:
    """Say that it is this file that could not be written, or that its place is not to be had."""
    try:
        yield
    except OSError as error:
        if error.errno in NAME_TROUBLE:
            told = f"bad_name: the file system does not take the output's name: {error.strerror}"
            raise ImageError(told) from error
        if blocked and isinstance(error, FileExistsError):
            told = f"a file that batchquant did not write is in place of {path.name}"
            raise ImageError(f"{BLOCKED}{told}") from error
        if blocked and error.errno in PLACE_TROUBLE:
            raise ImageError(f"{BLOCKED}{path.name}: {error.strerror}") from error
        raise StorageError.of(f"{path}: cannot be written", error) from error


def _bring(path: Path, make: Callable[[Path], None], may_replace: bool, tries: int) -> bool:
    """Make a file under a passing name, and rename it; True if the very same was there."""
    part = part_of(path)
    try:
        make(part)
        if may_replace:
            part.replace(path)
            return False
        return _rename_if_free(part, path)
    except FileNotFoundError:
        if tries == 1 or not path.parent.exists():
            raise
        return _bring(path, make, may_replace, tries - 1)  # a run has swept it, unaware of us
    finally:
        part.unlink(missing_ok=True)


def _rename_if_free(part: Path, path: Path) -> bool:
    """Give a file its name unless that is taken; True where it is, by a file of its content."""
    try:
        try:
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:  # not every file system has links
            rename_if_free(part, path)
    except FileExistsError:
        if stat.S_ISREG(path.lstat().st_mode) and filecmp.cmp(part, path, shallow=False):
            return True
        raise
    return False


def part_of(path: Path) -> Path:
    """Return a new name beside a file, for what is not whole: `sweep_parts` removes it."""
    return path.with_name(f".{uuid.uuid4().hex}.part")


def sync_names_of(folder: Path, path: Path) -> None:
    """Make the folders between durable: another process may have made one a moment ago."""
    for made in path.parents:
        if made == folder or not made.exists():
            break
        _sync_name_of(made)


@lru_cache(maxsize=1024)  # once in a process is enough, and many files share a folder
def _sync_name_of(folder: Path) -> None:
    """Make a folder's name durable, whoever gave it."""
    _sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Bring onto the disk what others wrote to a file; one that is gone is left."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
