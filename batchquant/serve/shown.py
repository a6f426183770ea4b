"""Which files of an output folder are shown, and how they are opened."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes

from batchquant.files.layout import RUN_FOLDER
from batchquant.files.output_bucket import OF_PAGE

TYPES = {
    ".bmp": "image/bmp",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
}
PALETTES = (".gpl", ".hex", ".txt")  # shown as the text that they are
SCRIPTS = OF_PAGE  # where scripts are the page's; elsewhere a file is none, whatever its name
UNKNOWN = "application/octet-stream"


def path_of(address: str) -> str | None:
    """Return which path below the output folder an address names; None where it names none.

    Names are decoded once, and are bytes as the file system has them.

    Examples
    --------
    >>> path_of("/photos/100%25%20a.png"), path_of("/")
    ('photos/100% a.png', '')
    >>> [path_of(text) for text in ("/../x", "/a/%2e%2e/x", "/%2Fetc/passwd", "/a%00b", "/.git/x")]
    [None, None, None, None, None]
    """
    name = unquote_to_bytes(address.removeprefix("/"))
    if not name:
        return ""
    parts = name.split(b"/")
    if b"\0" in name or any(part.startswith(b".") or not part for part in parts):
        return None  # up, nowhere, from the root, or hidden
    return os.fsdecode(name)


def may_be_shown(path: str) -> bool:
    """Tell whether a file is meant to be looked at: of the folder ``_run`` what the page loads."""
    return path.split("/")[0] != RUN_FOLDER or path.startswith(OF_PAGE)


def type_of(path: str) -> str:
    """Return the media type of a file; what could run as a page of ours is none."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".js" and path.startswith(SCRIPTS):
        return "text/javascript; charset=utf-8"
    if suffix in PALETTES:
        return "text/plain; charset=utf-8"
    return TYPES.get(suffix, UNKNOWN)


def open_inside(folder: Path, path: str) -> BufferedReader:
    """Open a regular file of a folder, by no way that leads out of it.

    Links that lead to what is shown in the folder are followed. What becomes a link between the
    look and the opening is not: the way is gone name by name, from the folder on.

    Raises
    ------
    OSError
        If there is no such file, a link leads elsewhere, or somebody else's rights forbid it.
    """
    root = os.path.realpath(folder)
    real = Path(os.path.realpath(os.path.join(root, path)))  # noqa: PTH118 - the bytes as they are
    if not real.is_relative_to(root) or not may_be_shown(os.fspath(real.relative_to(root))):
        raise FileNotFoundError(errno.ENOENT, "leads to what is not shown", path)
    *above, name = real.relative_to(root).parts or (".",)
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in above:
            below = os.open(
                part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at
            )
            os.close(at)
            at = below
        # Without effect on a regular file; a pipe without a writer is opened at once.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no regular file", path)
    return os.fdopen(descriptor, "rb")
