"""Records in an SQLite file."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from batchquant.errors import NoRunError, StorageError
from batchquant.layout import RUN_FOLDER
from batchquant.ledger.records import COLUMNS, Key, Output, OverviewRecord, VariantRecord
from batchquant.ledger.tables import prepare
from batchquant.plan.records import ImageKey

LEDGER = f"{RUN_FOLDER}/ledger.sqlite"
"""Where it lies, relative to the output folder."""

IMAGE = ("job", "folder", "image", "frame")
KEY = (*IMAGE, "k", "init")
OVERVIEW_COLUMNS = (*IMAGE, "fingerprint", "error", "elapsed_s")
IS_OF_OVERVIEW = " AND ".join(
    ["file.k = 0", *(f"file.{column} = overviews.{column}" for column in IMAGE)]
)
IS_OF_KEY = " AND ".join(f"{column} = ?" for column in KEY)


def find_ledger(output: Path) -> Path:
    """Find the ledger of an output folder.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    """
    if not (output / LEDGER).is_file():
        raise NoRunError(output)
    return output / LEDGER


class Ledger:
    """The open ledger of an output folder; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        SQLite file; made with its folder where it is missing.

    Raises
    ------
    StorageError
        If the file cannot be opened, or is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        with _told_of(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._take(sqlite3.connect(path))

    @classmethod
    def copy_of(cls, path: Path) -> Self:
        """Open a copy in memory. Creates and changes nothing, also while a run is writing.

        Parameters
        ----------
        path : pathlib.Path
            SQLite file; where it is missing, the copy is empty.

        Raises
        ------
        StorageError
            If the file cannot be read, or is of a newer version.
        """
        copy = cls.__new__(cls)
        with _told_of(path):
            connection = sqlite3.connect(":memory:")
            if path.exists():
                with closing(_connect_for_reading(path)) as original:
                    original.backup(connection)
            copy._take(connection)
        return copy

    def _take(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            prepare(connection)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def read(self) -> dict[Key, VariantRecord]:
        """Return all records by their key, in its order.

        Raises
        ------
        StorageError
            If the file is damaged.
        """
        outputs: defaultdict[Key, dict[str, Output]] = defaultdict(dict)
        with _told("the ledger cannot be read"):
            files = self._connection.execute(
                f"SELECT {', '.join(KEY)}, kind, path, size_bytes, digest FROM outputs"
                " WHERE is_current"
            )
            for *key, kind, path, size_bytes, digest in files:
                outputs[_as_key(key)][kind] = Output(path, size_bytes, digest)
            rows = self._connection.execute(
                f"SELECT {', '.join(COLUMNS)} FROM variants ORDER BY {', '.join(KEY)}"
            ).fetchall()
        records = {}
        for row in rows:
            key = _as_key(row)
            values = dict(zip(COLUMNS, row, strict=True))
            if values["converged"] is not None:
                values["converged"] = bool(values["converged"])
            records[key] = VariantRecord(**values, outputs=outputs.get(key, {}))
        return records

    def read_overviews(self) -> dict[ImageKey, OverviewRecord]:
        """Return what is known of overviews and books, by what names them.

        Raises
        ------
        StorageError
            If the file is damaged.
        """
        with _told("the ledger cannot be read"):
            rows = self._connection.execute(
                f"SELECT {', '.join(f'overviews.{name}' for name in OVERVIEW_COLUMNS)},"
                " kind, path, size_bytes, digest FROM overviews"
                f" LEFT JOIN outputs AS file ON {IS_OF_OVERVIEW} AND is_current"
            ).fetchall()
        records: dict[ImageKey, OverviewRecord] = {}
        for row in rows:
            found = OverviewRecord(*row[:-4])
            record = records.setdefault(found.key, found)
            kind, *output = row[-4:]
            if kind is not None:
                record.outputs[kind] = Output(*output)
        return records

    def write_overview(self, record: OverviewRecord) -> None:
        """Write a record in one transaction, over an older one of the same key.

        Raises
        ------
        StorageError
            If the disk is full or gone; the ledger is as it was before.
        """
        row = [getattr(record, column) for column in OVERVIEW_COLUMNS]
        with _told("the ledger cannot be written"), self._connection:
            self._connection.execute(
                f"INSERT OR REPLACE INTO overviews ({', '.join(OVERVIEW_COLUMNS)})"
                f" VALUES ({', '.join('?' * len(OVERVIEW_COLUMNS))})",
                row,
            )
            self._write_outputs([((*record.key, 0, ""), record.outputs)])

    def write(self, records: Sequence[VariantRecord]) -> None:
        """Write records in one transaction, over older ones of the same key.

        Raises
        ------
        StorageError
            If the disk is full or gone; the ledger is as it was before.
        """
        rows = [[getattr(record, column) for column in COLUMNS] for record in records]
        with _told("the ledger cannot be written"), self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO variants ({', '.join(COLUMNS)})"
                f" VALUES ({', '.join('?' * len(COLUMNS))})",
                rows,
            )
            self._write_outputs([(record.key, record.outputs) for record in records])

    def read_outputs(self) -> list[Output]:
        """Return every file that was ever written, as it was when it was, sorted by path.

        Raises
        ------
        StorageError
            If the file is damaged.
        """
        with _told("the ledger cannot be read"):
            rows = self._connection.execute(
                "SELECT path, size_bytes, digest FROM outputs ORDER BY path"
            ).fetchall()
        return [Output(*row) for row in rows]

    def forget(self, paths: Iterable[str], keys: Iterable[Key]) -> None:
        """Forget files and variants in one transaction.

        Parameters
        ----------
        paths : iterable of str
            Of files, relative to the output folder.
        keys : iterable of Key
            Of variants; those of which a file remains stay. So do overviews.

        Raises
        ------
        StorageError
            If the disk is full or gone; the ledger is as it was before.
        """
        with _told("the ledger cannot be written"), self._connection:
            self._connection.executemany(
                "DELETE FROM outputs WHERE path = ?", [(path,) for path in paths]
            )
            self._connection.executemany(
                f"DELETE FROM variants WHERE {IS_OF_KEY} AND NOT EXISTS"
                f" (SELECT * FROM outputs WHERE {IS_OF_KEY})",
                [(*key, *key) for key in keys],
            )
            self._connection.execute(
                "DELETE FROM overviews WHERE NOT EXISTS"
                f" (SELECT * FROM outputs AS file WHERE {IS_OF_OVERVIEW})"
            )

    def _write_outputs(self, written: Sequence[tuple[Key, Mapping[str, Output]]]) -> None:
        """Write the files of each key, which takes the place of those it had."""
        self._connection.executemany(
            f"UPDATE outputs SET is_current = 0 WHERE {IS_OF_KEY}", [key for key, _ in written]
        )
        self._connection.executemany(
            f"INSERT OR REPLACE INTO outputs (path, {', '.join(KEY)}, kind, size_bytes, digest,"
            " is_current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            [
                (output.path, *key, kind, output.size_bytes, output.digest)
                for key, outputs in written
                for kind, output in outputs.items()
            ],
        )


def _as_key(values: Sequence[Any]) -> Key:
    job, folder, image, frame, k, init = values[: len(KEY)]
    return job, folder, image, frame, k, init


def _connect_for_reading(path: Path) -> sqlite3.Connection:
    """Connect without locking, and without making the files that a log needs.

    Where no run is writing, and none was killed, there is no log, and the file stands still.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    options = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Name the file in errors."""
    try:
        yield
    except StorageError as error:
        raise StorageError(f"{path}: {error}") from error
    except OSError as error:
        raise StorageError.of(f"{path}: cannot be opened", error) from error
    except sqlite3.Error as error:
        raise StorageError(f"{path}: cannot be opened: {error}.") from error


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{what}: {error}.") from error
