"""An image file → its bytes, and what they are recognized by."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from batchquant.errors import ImageError
from batchquant.files.opening import open_regular

GONE = "unreadable: no regular file, or gone"


@dataclass(frozen=True, slots=True)
class Source:
    """An image file as it was when it was read."""

    content: bytes  # all of it
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    sha256: str  # of its content, hexadecimal


def suffix_of(place: str) -> str:
    """Return the ending of a name, lower case, with its dot; empty where there is none."""
    return PurePosixPath(place).suffix.lower()


def read_source(place: str) -> Source:
    """Read an image file; raises OSError, or ImageError if it is gone or no regular file."""
    path = Path(place)
    if not path.is_file():
        raise ImageError(GONE)
    try:
        with open_regular(path) as stream:
            status = os.fstat(stream.fileno())
            content = stream.read()
    except FileNotFoundError as error:  # a moment later
        raise ImageError(GONE) from error
    sha256 = hashlib.sha256(content).hexdigest()
    return Source(content, status.st_size, status.st_mtime_ns, status.st_ctime_ns, sha256)
