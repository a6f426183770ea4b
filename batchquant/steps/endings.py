"""How work on a picture ends before its time: the run is to stop, or something failed."""

from pathlib import Path

from batchquant.errors import NOT_ENOUGH_MEMORY, ImageError, StorageError
from batchquant.steps.result import shorten


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


def reason_of(error: Exception, complaint: str = "") -> str:
    """Say why something failed.

    Parameters
    ----------
    error : Exception
        What was raised.
    complaint : str
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
        reason = f"unreadable: {error.strerror or type(error).__name__}"
    else:
        reason = f"internal: {type(error).__name__}: {error}"
    return shorten(f"{reason} ({complaint})" if complaint else reason)
