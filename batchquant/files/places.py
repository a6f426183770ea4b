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
    """Join a path to a folder; raises StorageError if a link on its way leads out.

    The folder may be a link itself, and so may the file: publishing puts a file in its place.
    """
    path = folder / relative
    if _has_no_links(folder, relative):
        return path
    real = Path(os.path.realpath(path.parent))  # which a loop of links does not stop
    if not real.is_relative_to(os.path.realpath(folder)):
        raise StorageError(
            f"{path.parent}: leads out of the output folder, to {real}. Remove the link."
        )
    return path


def _has_no_links(folder: Path, relative: str) -> bool:
    """Tell whether there is none on the way from a folder to a file: a look at each name."""
    *above, _ = relative.split("/")
    at = os.fspath(folder)
    for name in above:
        at = f"{at}/{name}"
        # A Path takes several times as long, and this is asked for every file.
        if name in ("", ".", "..") or os.path.islink(at):  # noqa: PTH114
            return False
    return not relative.startswith("/")


def publish_output(
    folder: Path,
    relative: str,
    content: Content | Path,
    *,
    may_replace: bool,
    later: set[Path] | None = None,
) -> bool:
    """Write a file for its owner; return whether the very same was there already.

    Without `may_replace` only the very same file is taken for ours. Where `content` is the path of
    a published file, this becomes a hard link to it, or a copy. With `later` its name is durable
    only when `sync_folders` was called with that. Raises what `publish` does, and ImageError
    ``blocked`` if something else is in its place, or the place is forbidden.
    """
    path = folder / relative
    if (reason := why_blocked(folder, relative, may_replace=may_replace)) is not None:
        raise ImageError(reason)
    with told_of(path, blocked=folder.is_dir()):
        was_there = _put(path, content, may_replace, later)
        sync_names_of(folder, path)
    return was_there


def _put(path: Path, content: Content | Path, may_replace: bool, later: set[Path] | None) -> bool:
    if isinstance(content, Path):
        with suppress(OSError):  # not every file system has links; a copy tells the rest
            return put(path, partial(os.link, content), may_replace=may_replace, later=later)
        content = read_regular(content)
    return put(path, partial(write, content), may_replace=may_replace, later=later)


def why_blocked(folder: Path, relative: str, *, may_replace: bool) -> str | None:
    """Tell, before a file is made, why `publish_output` would find its place ``blocked``.

    None where the place is free or ours, or where a file has it that may be the same.
    """
    path = folder / relative
    try:
        inside(folder, relative)
        above = next(made for made in path.parents if os.path.lexists(made))
        if not above.is_relative_to(folder) or above == folder:
            return None  # it is about the output folder, not about a place in it
        if not above.is_dir():
            kind = kind_of(above.lstat().st_mode)
            return f"{BLOCKED}{above.name} is {kind}, where a folder goes"
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
