"""What a source of pictures is: a kind of place, from which they are listed and read."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, ClassVar

from batchquant.errors import ImageError
from batchquant.images.read.header import Header, begins_as_picture, may_be_picture, read_header
from batchquant.sources.patterns import Wanted

GONE = "unreadable: no regular file, or gone"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that looks like an image."""

    place: str  # what it is read by; of a local file its path, links resolved
    relative: str  # its name below the input, with /
    size_bytes: int
    mtime_ns: int = 0  # since 1970; 0 where nobody knows
    # Of any change, which no program can set back, or any number that is another after one; None
    # where it is unknown.
    ctime_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be looked into: a name below the input, empty for itself, and why."""

    relative: str
    reason: str


@dataclass(frozen=True)
class Content:
    """An image file as it was when it was read; without its time, that of the listing counts."""

    content: bytes  # all of it
    size_bytes: int
    mtime_ns: int | None = None
    ctime_ns: int | None = None

    @cached_property
    def sha256(self) -> str:
        """What it is recognized by, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class Source(ABC):
    """A kind of place that pictures come from. Workers make one of their own, to read by.

    A place is a text: what a job file names as an input, and what a picture is read by. It begins
    with the scheme, as in ``toy://album/a.png``.

    Attributes
    ----------
    scheme : str
        Lower case; empty for paths of this machine.
    is_far : bool
        Whether `look_ahead` is worth while.
    nothing : str
        What is said of an input without a file that had some before.
    """

    scheme: ClassVar[str]
    is_far: ClassVar[bool] = False
    nothing: ClassVar[str] = "it holds no file."

    @abstractmethod
    def search(self, place: str, wanted: Wanted) -> Iterator[ImageFile | Unreadable]:
        """Yield the files of an input, as they are listed: in any order.

        What `wanted` does not match may be yielded all the same, and is left out then. Of two with
        one place the first counts. Whatever it raises is why the input cannot be read.
        """

    @abstractmethod
    def open(self, place: str) -> BinaryIO:
        """Open a file, so that its reader can move in it; raises OSError, also where it is gone."""

    def why_not(self) -> str:
        """Say what is missing on this machine to read any place of it; nothing by default."""
        return ""

    def open_listed(self, file: ImageFile) -> BinaryIO:
        """Do what `open` does with a file of which something is known."""
        return self.open(file.place)

    def look_ahead(self, files: Sequence[ImageFile]) -> None:  # noqa: B027 - most need nothing
        """Get ready for being asked for the headers of files, which comes next.

        Where each answer takes a while, those of many take no longer.
        """

    def file_at(self, place: str) -> ImageFile | None:
        """Return the one file that an input is, whatever its ending; None where it holds files."""
        return None

    def stamp(self, place: str) -> tuple[object, ...]:
        """Return what tells whether a file is as it was, without reading it; nothing by default.

        Whoever knows some reads a file of many pages once, and not for each page.
        """
        return ()

    def read(self, place: str) -> Content:
        """Return all of a file; raises OSError, or ImageError if it is gone."""
        try:
            with self.open(place) as stream:
                content = stream.read()
        except FileNotFoundError as error:
            raise ImageError(GONE) from error
        return Content(content, len(content))

    def sha256(self, place: str) -> str | None:
        """Digest a file, hexadecimal; None where it cannot be read, whatever a library raises."""
        try:
            with self.open(place) as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        except Exception:
            return None

    def header(self, file: ImageFile) -> Header | None:
        """Return what a file says of itself; None where that cannot be read."""
        try:
            with self.open_listed(file) as stream:
                return read_header(stream, suffix_of(file.place))
        except Exception:
            return None

    def is_picture(self, file: ImageFile) -> bool:
        """Tell whether a file is one that is read, though that does not follow from its name."""
        suffix = suffix_of(file.relative)
        try:
            if not may_be_picture(suffix):
                return False
            with self.open_listed(file) as stream:
                return begins_as_picture(stream, suffix)
        except Exception:
            return False


def scheme_of(place: str) -> str:
    """Return what a place begins with; empty for a path.

    >>> scheme_of("toy://album/a.png"), scheme_of("/home/me/a.png")
    ('toy', '')
    """
    found = SCHEME.match(place)
    return found[1].lower() if found else ""


def suffix_of(place: str) -> str:
    """Return the ending of a name, lower case, with its dot; empty where there is none."""
    name = place.rpartition("/")[2]  # a path object takes ten times as long
    return name[len(stem_of(name)) :].lower()


def stem_of(name: str) -> str:
    """Return the name of a file without its ending, as `PurePosixPath.stem`.

    >>> stem_of("cat.tar.gz"), stem_of(".hidden"), stem_of("dot.")
    ('cat.tar', '.hidden', 'dot.')
    """
    at = name.rfind(".")
    return name[:at] if 0 < at < len(name) - 1 else name


def below(place: str, relative: str) -> str:
    """Return the place of a name below another place."""
    return f"{place.rstrip('/')}/{relative}".rstrip("/") or "/"
