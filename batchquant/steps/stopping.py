"""How work on a picture ends before its time: the run is to stop, or something failed."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from batchquant.errors import NOT_ENOUGH_MEMORY, ImageError, StorageError
from batchquant.files import publish
from batchquant.files.layout import RUN_FOLDER
from batchquant.steps.result import shorten

STOP_FILE = f"{RUN_FOLDER}/stop"
"""When it appears in the output folder, workers come to an end with what they have made."""


def stop_told_in(stop_file: Path, is_wanted: Callable[[], bool]) -> Callable[[], bool]:
    """Return what an engine asks whether to stop: tasks at work are told before it hears of it."""

    def is_to_stop() -> bool:
        if is_wanted():
            publish(stop_file, b"")
            return True
        return False

    return is_to_stop


OF_SYSTEM = {
    errno.EACCES: "reading it is not allowed",
    errno.EPERM: "reading it is not allowed",
    errno.ENOENT: "it is not there any more",
    errno.EIO: "its disk cannot give it back",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "it is a link that leads to itself",
}
"""What the system's errors mean for a picture."""


class StopWantedError(Exception):
    """The run is to end; what is made so far is the result."""


def stop_if_wanted(stop_file: Path | None) -> None:
    """Ask whether to go on.

    Parameters
    ----------
    stop_file : pathlib.Path or None
        As in `batchquant.steps.task.Task`.

    Raises
    ------
    StopWantedError
        If the file is there.
    StorageError
        If its folder is gone: publishing would make the output folder anew.
    """
    if stop_file is None:
        return
    if stop_file.exists():
        raise StopWantedError
    if not stop_file.parent.exists():
        raise StorageError(f"{stop_file.parent}: the folder is gone.")


def _why(error: OSError) -> str:
    """Say why a file cannot be opened or read; what the system says of it stands behind."""
    told = error.strerror or "the system does not say why"
    code = error.errno or 0
    is_by_system = code in OF_SYSTEM and told == os.strerror(code)  # else it is in our words
    return f"{OF_SYSTEM[code]} ({told})" if is_by_system else told


def reason_of(error: Exception, told: str = "") -> str:
    """Say why something failed.

    Parameters
    ----------
    error : Exception
        What was raised.
    told : str
        What the decoder printed.

    Returns
    -------
    str
        A short line; begins with the reason's class.
    """
    if isinstance(error, ImageError):
        reason = str(error)
    elif isinstance(error, MemoryError):
        reason = f"{NOT_ENOUGH_MEMORY} to work on it"
    elif isinstance(error, OSError):
        reason = f"unreadable: {_why(error)}"
    else:
        reason = f"internal: batchquant has made a mistake ({type(error).__name__}: {error})"
    return shorten(f"{reason} ({told})" if told else reason)
