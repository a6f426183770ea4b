"""Places of outputs: inside the output folder, and free, ours, or in somebody else's hands."""

import os
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

from batchquant.errors import BLOCKED, ImageError, StorageError
from batchquant.files.bringing import Content, put, sync_names_of, told_of, write
from batchquant.files.opening import kind_of, may_write_into, read_regular


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
    real = Path(os.path.realpath(path.parent))  # which a loop of links does not stop
    if not real.is_relative_to(os.path.realpath(folder)):
        raise StorageError(
            f"{path.parent}: leads out of the output folder, to {real}. Remove the link."
        )
    return path


def publish_output(
    folder: Path, relative: str, content: Content | Path, *, may_replace: bool
) -> bool:
    """Write a file for its owner: what somebody else has put in its place stays.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; it may be a link itself.
    relative : str
        Path below it.
    content : bytes, callable or pathlib.Path
        As in `publish`; of a published file its path, of which this becomes a second name: a hard
        link, or a copy where there can be none.
    may_replace : bool
        Whether a file that is there is ours. Else only one of the very same content is taken.

    Returns
    -------
    bool
        Whether the very same file was there already.

    Raises
    ------
    ImageError
        If something else is in its place, or the place is forbidden; begins with ``blocked``. Or
        if the file system does not take the name; begins with ``bad_name``.
    StorageError
        If the disk is full, read-only or gone.
    """
    path = folder / relative
    if (reason := why_blocked(folder, relative, may_replace=may_replace)) is not None:
        raise ImageError(reason)
    with told_of(path, blocked=folder.is_dir()):
        was_there = _put(path, content, may_replace)
        sync_names_of(folder, path)
    return was_there


def _put(path: Path, content: Content | Path, may_replace: bool) -> bool:
    if isinstance(content, Path):
        with suppress(OSError):  # not every file system has links; a copy tells the rest
            return put(path, partial(os.link, content), may_replace=may_replace)
        content = read_regular(content)
    return put(path, partial(write, content), may_replace=may_replace)


def why_blocked(folder: Path, relative: str, *, may_replace: bool) -> str | None:
    """Tell, before a file is made, why it cannot stand in its place.

    Parameters
    ----------
    folder, relative, may_replace
        As in `publish_output`.

    Returns
    -------
    str or None
        Begins with ``blocked``. None where the place is free or ours, or where a file has it that
        may be the same.
    """
    path = folder / relative
    try:
        inside(folder, relative)
        above = next(made for made in path.parents if os.path.lexists(made))
        if not above.is_relative_to(folder) or above == folder:
            return None  # it is about the output folder, not about a place in it
        if not above.is_dir():
            kind = kind_of(above.lstat().st_mode)
            return f"{BLOCKED}found {kind}, expected a folder, as {above.name}"
        if not may_write_into(above):
            return f"{BLOCKED}we may not write into the folder {above.name}"
        mode = path.lstat().st_mode
    except StorageError as error:
        return f"{BLOCKED}{error}"
    except OSError:
        return None  # it is free, or publishing will tell
    if stat.S_ISDIR(mode) or not (may_replace or stat.S_ISREG(mode)):
        return f"{BLOCKED}found {kind_of(mode)} in place of {path.name}"
    return None
