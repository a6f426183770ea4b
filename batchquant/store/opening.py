"""How a ledger is opened, and what is said where that, or reading it, goes wrong."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files.opening import kind_of

OF_THE_DISK = ("FULL", "IOERR", "READONLY", "CANTOPEN", "BUSY", "LOCKED", "PERM", "NOLFS")
"""What SQLite names its errors by that say nothing about the content of a file."""
OF_THE_RECORD = (
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
)
"""What it raises where a value cannot be written, beside `OverflowError` and the like."""


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """Connect without locking, and without making the files that a log needs.

    Where no run is writing, and none was killed, there is no log, and the file stands still.

    Raises
    ------
    StorageError
        If what lies there, or where its log would, is no regular file: SQLite would wait for a
        pipe.
    """
    log = path.with_name(f"{path.name}-wal")
    for file in (path, log, path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            mode = file.stat().st_mode
            if not stat.S_ISREG(mode):
                found = kind_of(mode)
                raise StorageError(f"{file.name} is {found}, no file. Remove it.")
    options = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True)


@contextmanager
def told_of(path: Path | str, what: str) -> Iterator[None]:
    """Name a ledger in errors, and what helps; values that cannot be written are not its fault."""
    try:
        yield
    except StorageError as error:
        raise StorageError(f"{path}: {error}") from error
    except OSError as error:
        raise StorageError.of(f"{path}: {what}", error) from error
    except OF_THE_RECORD:
        raise
    except sqlite3.Error as error:
        told = f"{path}: {what}: {error}."
        name = getattr(error, "sqlite_errorname", "")
        if not name.removeprefix("SQLITE_").startswith(OF_THE_DISK):
            told += (
                f" It is damaged, or not batchquant's. Move {path}* away and run again: what is"
                " made is known again by its content."
            )
        raise StorageError(told) from error
