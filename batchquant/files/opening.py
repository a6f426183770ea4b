"""Names that may stand for anything by now: opened, and given, so that nobody waits or loses."""

import ctypes
import errno
import os
import stat
import sys
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

AT_FDCWD, RENAME_NOREPLACE = -100, 1  # linux/fcntl.h, linux/fs.h
RENAME_EXCL = 4  # sys/stdio.h of macOS


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading, unless it is no regular one.

    Raises OSError: `EINVAL` for a pipe, socket or device, which could make the reader wait for
    ever, and `EISDIR` for a folder.
    """
    # Without effect on a regular file; a pipe without a writer is opened at once.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            raise OSError(number, f"Is {kind_of(mode)}, no regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def has_size(path: str, size_bytes: int) -> bool:
    """Tell whether there is something of a size; a text, since it is asked of a million files."""
    try:
        return os.stat(path).st_size == size_bytes  # noqa: PTH116 - a Path takes three times as long
    except OSError:
        return False


def read_regular(path: Path, limit: int = -1) -> bytes:
    """Return the content of a regular file, or its first bytes; raises as `open_regular` does."""
    with open_regular(path) as stream:
        return stream.read(limit)


def read_end(path: Path, limit: int) -> bytes:
    """Return the last bytes of a regular file; raises as `open_regular` does."""
    with open_regular(path) as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - limit))
        return stream.read()


def may_write_into(folder: Path) -> bool:
    """Tell whether files may be made in a folder, by whom we are and what we may do."""
    # By default `access` asks for the user who started us, without what else he was given.
    by_effect = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=by_effect)


def kind_of(mode: int) -> str:
    """Name what a mode says of a file, for people to read."""
    for is_kind, noun in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISREG, "a file"),
    ):
        if is_kind(mode):
            return noun
    return "a device"


def rename_if_free(source: Path, target: Path) -> None:
    """Rename a file in one step; raises FileExistsError if there is something under its new name.

    By ``renameat2`` of Linux or ``renamex_np`` of macOS. Where neither the library nor the file
    system has it, a name that is given in the instant between look and rename is taken over.
    """
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(source), os.fsencode(target)
    with suppress(AttributeError):  # an older library
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, RENAME_EXCL)
        else:
            failed = library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_NOREPLACE)
        if not failed:
            return
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise OSError(number, os.strerror(number), str(target))
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)
