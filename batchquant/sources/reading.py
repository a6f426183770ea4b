"""An image file → its bytes, and what they are recognized by."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from batchquant.errors import ImageError
from batchquant.files.opening import open_regular

GONE = "unreadable: no regular file, or gone"


@dataclass(frozen=True, slots=True)
class Source:
    """An image file as it was when it was read.

    Attributes
    ----------
    content : bytes
        All of it.
    size_bytes, mtime_ns, ctime_ns : int
        What its folder says of it.
    sha256 : str
        Digest of its content, hexadecimal.
    """

    content: bytes
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


def read_source(path: Path) -> Source:
    """Read an image file.

    Raises
    ------
    ImageError
        If it is no regular file: opening a pipe would wait for ever. Or if it is gone.
    OSError
        If it cannot be read.
    """
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
