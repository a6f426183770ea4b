"""Folders → sorted image files with size and modification time."""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from batchquant.sources.patterns import Patterns

SYSTEM = frozenset(
    {
        "@eadir",
        "#recycle",
        "$recycle.bin",
        "lost+found",
        "__macosx",
        "system volume information",
    }
)
"""Folders of file servers and systems, lower case: what they hold are copies, and bins."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that looks like an image."""

    place: str  # what `read_source` takes; of a file its path, links resolved
    relative: str  # path below the input folder, with /
    size_bytes: int
    mtime_ns: int  # since 1970
    # of any change, which no program can set back; None where it is unknown
    ctime_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    files: tuple[ImageFile, ...]  # sorted by their relative path
    left_out: tuple[str, ...]  # places of other files that have an ending
    # relative path, empty for the folder itself, and reason
    unreadable: tuple[tuple[str, str], ...]
    is_empty: bool = False  # no file at all, whatever its name, but hidden ones and those of SYSTEM

    @property
    def reasons(self) -> list[str]:
        """What could not be looked into and why, for people to read."""
        return [f"{where}: {why}" if where else why for where, why in self.unreadable]


def find_images(
    path: Path,
    *,
    suffixes: Collection[str],
    is_picture: Callable[[Path, str], bool] = lambda path, suffix: False,
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    leave_out: Path | None = None,
) -> Found:
    """Find the image files of a folder and all below it, in whatever order names are listed.

    Hidden files and folders are left out, and those of `SYSTEM`. Links are followed; a file or
    folder that is reached twice, as in a loop of links, counts once, and its real place goes before
    a link to it. A `path` that is a single file is taken whatever its ending.

    `suffixes` are lower case, with the dot, and not looked at when there is `include`; `is_picture`
    is asked of each other file, by path and ending. `leave_out` is a folder not to enter, links
    resolved.
    """
    root = Path(os.path.realpath(path))
    if root.is_file():
        return Found((_image_file(root, path.name),), (), ())
    wanted, unwanted = Patterns(include), Patterns(exclude)
    left_out: list[str] = []
    unreadable: list[tuple[str, str]] = []
    files: dict[Path, ImageFile] = {}
    is_empty = True
    for real, relative in _walk(root, unwanted, leave_out, unreadable):
        is_empty = False
        suffix = Path(relative).suffix.lower()
        if real in files or unwanted.match(relative) or (include and not wanted.match(relative)):
            continue
        if not include and suffix not in suffixes and not is_picture(real, suffix):
            if suffix:
                left_out.append(str(real))
            continue
        try:
            files[real] = _image_file(real, relative)
        except OSError as error:  # gone already
            unreadable.append((relative, str(error.strerror)))
    if is_empty and exclude:  # what is left out is there all the same
        is_empty = next(_walk(root, Patterns(()), leave_out, []), None) is None
    in_order = sorted(files.values(), key=lambda file: file.relative)
    return Found(tuple(in_order), tuple(left_out), tuple(sorted(unreadable)), is_empty)


def _image_file(real: Path, relative: str) -> ImageFile:
    status = real.stat()
    return ImageFile(str(real), relative, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _walk(
    root: Path, unwanted: Patterns, leave_out: Path | None, unreadable: list[tuple[str, str]]
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
                unreadable.append((relative, str(error.strerror)))
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
            unreadable.append((prefix, str(error.strerror)))
            continue
        for entry in entries:
            relative = prefix + entry.name
            if entry.name.startswith(".") or (entry.name.lower() in SYSTEM and entry.is_dir()):
                continue
            if entry.is_symlink():
                linked.append((Path(os.path.realpath(entry)), relative))
            elif entry.is_file():
                yield folder / entry.name, relative
            elif entry.is_dir() and not unwanted.match_folder(relative):
                folders.append((folder / entry.name, f"{relative}/"))
