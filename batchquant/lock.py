"""One run at a time for each output folder."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from batchquant.errors import OutputLockedError, StorageError


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a folder's lock until the block ends, or the process does in whatever way.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing. Its file ``lock`` is what the system locks; the file ``holder``
        is there for people to read, and may be out of date after a kill.

    Raises
    ------
    OutputLockedError
        If another process holds it; says which, as far as `holder` tells.
    StorageError
        If the folder cannot be written to, or its file system has no locks.
    """
    holder = folder / "holder"
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
        holder.write_text(_introduce(), encoding="utf-8")
    except Timeout as error:
        raise OutputLockedError(
            f"{folder}: found it in use by {_read(holder)}. Wait for that to end, or choose"
            " another output folder."
        ) from error
    except (OSError, NotImplementedError) as error:
        lock.release()
        raise StorageError(f"{folder}: cannot be locked: {_reason(error)}.") from error
    try:
        yield
    finally:
        with suppress(OSError):  # it may be gone by now
            holder.unlink()
        lock.release()


def _introduce() -> str:
    now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()}, which runs since {now}"


def _read(holder: Path) -> str:
    try:
        told = holder.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        told = ""
    return told if told.isprintable() and told else "another run"


def _reason(error: OSError | NotImplementedError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
