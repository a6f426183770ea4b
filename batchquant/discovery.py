"""Folders → sorted image files with size and modification time."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from batchquant.patterns import Patterns


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that looks like an image.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies, links resolved.
    relative : str
        Its path below the input folder, with ``/``.
    size_bytes : int
        Size.
    mtime_ns : int
        Modification time, in nanoseconds since 1970.
    """

    path: Path
    relative: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes
    ----------
    files : tuple of ImageFile
        Sorted by their relative path.
    left_out : tuple of pathlib.Path
        Other files, links resolved.
    unreadable : tuple of str
        Folders that could not be listed, with the reason.
    """

    files: tuple[ImageFile, ...]
    left_out: tuple[Path, ...]
    unreadable: tuple[str, ...]


def find_images(
    path: Path,
    *,
    suffixes: Collection[str],
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    leave_out: Path | None = None,
) -> Found:
    """Find the image files of a folder and all below it.

    Hidden files and folders are left out. Links are followed; a file or folder that is reached
    twice, as in a loop of links, counts once, and its real place goes before a link to it.

    Parameters
    ----------
    path : pathlib.Path
        A folder, or a single file, which is taken whatever its ending.
    suffixes : collection of str
        Endings of image files, lower case, with the dot. Not looked at when `include` is given.
    include, exclude : collection of str
        `Patterns` of the files to take and to leave out.
    leave_out : pathlib.Path, optional
        A folder not to enter, links resolved: the output folder.

    Returns
    -------
    Found
        The same for any order in which the file system lists names.
    """
    root = Path(os.path.realpath(path))
    if root.is_file():
        return Found((_image_file(root, path.name),), (), ())
    wanted, unwanted = Patterns(include), Patterns(exclude)
    left_out: list[Path] = []
    unreadable: list[str] = []
    files: dict[Path, ImageFile] = {}
    for real, relative in _walk(root, unwanted, leave_out, unreadable):
        suffix = Path(relative).suffix.lower()
        if real in files or unwanted.match(relative) or (include and not wanted.match(relative)):
            continue
        if not include and suffix not in suffixes:
            left_out.append(real)
            continue
        try:
            files[real] = _image_file(real, relative)
        except OSError as error:  # gone already
            unreadable.append(f"{relative}: {error.strerror}")
    in_order = sorted(files.values(), key=lambda file: file.relative)
    return Found(tuple(in_order), tuple(left_out), tuple(sorted(unreadable)))


def _image_file(real: Path, relative: str) -> ImageFile:
    status = real.stat()
    return ImageFile(real, relative, status.st_size, status.st_mtime_ns)


def _walk(
    root: Path, unwanted: Patterns, leave_out: Path | None, unreadable: list[str]
) -> Iterator[tuple[Path, str]]:
    """Yield real and relative path of each file, those in their own place before linked ones."""
    entered: set[Path] = set()
    linked: list[tuple[Path, str]] = []
    folders = [(root, "")]
    while folders or linked:
        if not folders:  # all that lies in its own place has been seen
            real, relative = linked.pop(0)
            if leave_out is not None and real.is_relative_to(leave_out):
                continue
            try:
                mode = real.stat().st_mode
            except OSError as error:  # a link to nothing, or to where we may not look
                unreadable.append(f"{relative}: {error.strerror}")
                continue
            if stat.S_ISREG(mode):
                yield real, relative
            if not stat.S_ISDIR(mode) or unwanted.match_folder(relative):
                continue
            folders.append((real, f"{relative}/"))
        folder, prefix = folders.pop(0)
        if folder in entered or (leave_out is not None and folder.is_relative_to(leave_out)):
            continue
        entered.add(folder)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            unreadable.append(f"{prefix or folder}: {error.strerror}")
            continue
        for entry in entries:
            relative = prefix + entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                linked.append((Path(os.path.realpath(entry)), relative))
            elif entry.is_file():
                yield folder / entry.name, relative
            elif entry.is_dir() and not unwanted.match_folder(relative):
                folders.append((folder / entry.name, f"{relative}/"))
