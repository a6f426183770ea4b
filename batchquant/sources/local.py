"""Files and folders of this machine, disks of the network included."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from batchquant.errors import ImageError
from batchquant.files.layout import LEDGER, RUN_FOLDER
from batchquant.files.opening import open_regular
from batchquant.images.read.header import Header, is_picture, probe
from batchquant.sources.patterns import SYSTEM, Wanted
from batchquant.sources.source import GONE, Content, ImageFile, Source, Unreadable, suffix_of

LOST_LINK = "it is a link, and what it leads to is not there"


class LocalFolder(Source):
    """A folder with all below it, or a file; places are absolute paths, links resolved.

    Hidden files and folders are left out, those of `SYSTEM`, and output folders of ours, unless
    they are named themselves: what is made of pictures would be taken for further ones. Links are
    followed; what lies in its own place goes before what a link leads to, so that a loop of links
    comes to an end.
    """

    scheme = ""
    nothing = "it holds no file; is its disk mounted?"

    def file_at(self, place: str) -> ImageFile | None:
        """Return the file that a path leads to, by its own name."""
        real = os.path.realpath(place)
        return _image_file(real, Path(place).name) if Path(real).is_file() else None

    def search(self, place: str, wanted: Wanted) -> Iterator[ImageFile | Unreadable]:
        """Yield what is wanted of a folder."""
        for found in _walk(os.path.realpath(place), wanted):
            if isinstance(found, Unreadable):
                yield found
            elif wanted.match(found[1]):
                try:
                    yield _image_file(*found)
                except OSError as error:  # gone already
                    yield Unreadable(found[1], str(error.strerror))

    def open(self, place: str) -> BinaryIO:
        """Open a regular file."""
        return open_regular(Path(place))

    def stamp(self, place: str) -> tuple[object, ...]:
        """Return what the folder says of a file; nothing where it is gone."""
        try:
            found = os.stat(place)  # noqa: PTH116 - a place is a text
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def read(self, place: str) -> Content:
        """Read a file, and what its folder says of what is read."""
        path = Path(place)
        if not path.is_file():
            raise ImageError(GONE)
        try:
            with open_regular(path) as stream:
                status = os.fstat(stream.fileno())
                content = stream.read()
        except FileNotFoundError as error:  # a moment later
            raise ImageError(GONE) from error
        return Content(content, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def header(self, file: ImageFile) -> Header | None:
        """Read no more of a file than its headers."""
        return probe(Path(file.place))

    def is_picture(self, file: ImageFile) -> bool:
        """Read no more of a file than its headers."""
        return is_picture(Path(file.place), suffix_of(file.relative))


def _image_file(real: str, relative: str) -> ImageFile:
    status = os.stat(real)  # noqa: PTH116 - a Path takes three times as long
    return ImageFile(real, relative, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _walk(root: str, wanted: Wanted) -> Iterator[tuple[str, str] | Unreadable]:
    """Yield real and relative path of each file, those in their own place before linked ones."""
    leave_out = Path(wanted.leave_out) if wanted.leave_out else None
    entered: set[str] = set()
    linked: list[tuple[str, str]] = []
    folders = [(root, "")]
    while folders or linked:
        if not folders:  # all that lies in its own place has been seen
            real, relative = linked.pop(0)
            if leave_out is not None and Path(real).is_relative_to(leave_out):
                continue
            try:
                mode = Path(real).stat().st_mode
            except FileNotFoundError:
                yield Unreadable(relative, LOST_LINK)
                continue
            except OSError as error:  # it leads to where we may not look
                yield Unreadable(relative, str(error.strerror))
                continue
            if stat.S_ISREG(mode):
                yield real, relative
            if not stat.S_ISDIR(mode) or not wanted.match_folder(relative):
                continue
            folders.append((real, f"{relative}/"))
        folder, prefix = folders.pop(0)
        if folder in entered or (leave_out is not None and Path(folder).is_relative_to(leave_out)):
            continue
        entered.add(folder)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(prefix, str(error.strerror))
            continue
        if prefix and _is_output(folder, entries):
            continue
        for entry in entries:
            relative = prefix + entry.name
            if entry.name.startswith(".") or (entry.name.lower() in SYSTEM and entry.is_dir()):
                continue
            if entry.is_symlink():
                linked.append((os.path.realpath(entry), relative))
            elif entry.is_file():
                yield entry.path, relative
            elif entry.is_dir() and wanted.match_folder(relative):
                folders.append((entry.path, f"{relative}/"))


def _is_output(folder: str, entries: Iterable[os.DirEntry[str]]) -> bool:
    """Tell whether a run has written into a folder."""
    return any(entry.name == RUN_FOLDER for entry in entries) and Path(folder, LEDGER).is_file()
