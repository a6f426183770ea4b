"""Records in an SQLite file."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from batchquant.errors import NoRunError
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.records import ImageKey
from batchquant.store.headers import Remembered
from batchquant.store.opening import connect_for_reading, told_of
from batchquant.store.records import COLUMNS, Key, Output, OverviewRecord, VariantRecord
from batchquant.store.tables import TIMES, forget_damaged_rows, prepare

LEDGER = f"{RUN_FOLDER}/ledger.sqlite"
"""Where it lies, relative to the output folder."""

IMAGE = ("job", "folder", "image", "frame")
KEY = (*IMAGE, "k", "init")
OVERVIEW_COLUMNS = (*IMAGE, "fingerprint", "error", "elapsed_s")
IS_OF_OVERVIEW = " AND ".join(
    ["file.k = 0", *(f"file.{column} = overviews.{column}" for column in IMAGE)]
)
IS_FILE = "size_bytes >= 0"  # else its format could not hold the picture
IS_OF_KEY = " AND ".join(f"{column} = ?" for column in KEY)


def find_ledger(output: Path) -> Path:
    """Find the ledger of an output folder.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    """
    path = output / LEDGER
    with told_of(path, "cannot be opened"):
        if not path.exists():
            raise NoRunError(output)
    return path


class Ledger:
    """The open ledger of an output folder; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        SQLite file; made with its folder where it is missing.

    Raises
    ------
    StorageError
        If the file cannot be opened, is damaged, or of a newer version; says what helps.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with told_of(self._path, "cannot be opened"):
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
        copy._path = path
        with told_of(path, "cannot be opened"):
            connection = sqlite3.connect(":memory:")
            if path.exists():
                with closing(connect_for_reading(path)) as original:
                    original.backup(connection)
            copy._take(connection)
        return copy

    def _take(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            prepare(connection)
            with connection:
                forget_damaged_rows(connection)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def read(self) -> dict[Key, VariantRecord]:
        """Return all records by their key, in its order; raises StorageError of a damaged file."""
        outputs: defaultdict[Key, dict[str, Output]] = defaultdict(dict)
        with told_of(self._path, "cannot be read"):
            files = self._connection.execute(
                f"SELECT {', '.join(KEY)}, kind, {', '.join(Output._fields)} FROM outputs"
                " WHERE is_current"
            )
            for row in files:
                outputs[_as_key(row)][row[len(KEY)]] = _as_output(row[len(KEY) + 1 :])
            rows = self._connection.execute(
                f"SELECT {', '.join(COLUMNS)} FROM variants ORDER BY {', '.join(KEY)}"
            ).fetchall()
        records = {}
        for row in rows:
            key = _as_key(row)
            values = dict(zip(COLUMNS, row, strict=True))
            values["is_settled"] = bool(values["is_settled"])
            if values["converged"] is not None:
                values["converged"] = bool(values["converged"])
            for column in TIMES:
                values[column] = None if values[column] is None else int(values[column])
            of_variant = outputs.get(key, {})
            records[key] = VariantRecord(
                **values,
                outputs={kind: file for kind, file in of_variant.items() if file.size_bytes >= 0},
                left_out={kind: file for kind, file in of_variant.items() if file.size_bytes < 0},
            )
        return records

    def read_overviews(self) -> dict[ImageKey, OverviewRecord]:
        """Return what is known of overviews and books, by what names them; raises as `read`."""
        with told_of(self._path, "cannot be read"):
            rows = self._connection.execute(
                f"SELECT {', '.join(f'overviews.{name}' for name in OVERVIEW_COLUMNS)},"
                f" kind, {', '.join(Output._fields)} FROM overviews"
                f" LEFT JOIN outputs AS file ON {IS_OF_OVERVIEW} AND is_current"
            ).fetchall()
        records: dict[ImageKey, OverviewRecord] = {}
        for row in rows:
            of_record, (kind, *output) = row[: len(OVERVIEW_COLUMNS)], row[len(OVERVIEW_COLUMNS) :]
            found = OverviewRecord(*of_record)
            record = records.setdefault(found.key, found)
            if kind is not None:
                record.outputs[kind] = _as_output(output)
        return records

    def write_overview(self, record: OverviewRecord) -> None:
        """Write a record in one transaction, over an older one of the same key, as `write` does."""
        row = [getattr(record, column) for column in OVERVIEW_COLUMNS]
        with told_of(self._path, "cannot be written"), self._connection:
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
        Exception
            Of any other kind if it is a value that cannot be written; so it is, then, too.
        """
        rows = [[_as_cell(record, column) for column in COLUMNS] for record in records]
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO variants ({', '.join(COLUMNS)})"
                f" VALUES ({', '.join('?' * len(COLUMNS))})",
                rows,
            )
            self._write_outputs(
                [(record.key, record.outputs | record.left_out) for record in records]
            )

    def read_outputs(self) -> list[Output]:
        """Return all files ever written, as they were then, by path; raises as `read` does."""
        with told_of(self._path, "cannot be read"):
            rows = self._connection.execute(
                f"SELECT {', '.join(Output._fields)} FROM outputs WHERE {IS_FILE} ORDER BY path"
            ).fetchall()
        return [_as_output(row) for row in rows]

    def remember_headers(self, rows: Iterable[Remembered]) -> None:
        """Remember what files of pictures say of themselves; raises as `write` does."""
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO headers VALUES (?, ?, ?, ?)", rows)

    def unsettle(self, keys: Iterable[Key]) -> None:
        """Note that a review found something left to do of variants; raises as `write` does."""
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany(
                f"UPDATE variants SET is_settled = 0 WHERE {IS_OF_KEY}", keys
            )

    def find_ours(self, paths: Iterable[str]) -> set[str]:
        """Return those that were written here, or were about to be; raises as `read` does."""
        query = f"""SELECT EXISTS (SELECT * FROM outputs WHERE path = :path AND {IS_FILE})
            OR EXISTS (SELECT * FROM intended WHERE path = :path)"""
        ask = self._connection.execute
        with told_of(self._path, "cannot be read"):
            return {path for path in paths if ask(query, {"path": path}).fetchone()[0]}

    def intend(self, paths: Iterable[str]) -> None:
        """Note in one transaction what is about to be written; raises as `write` does."""
        self._execute_for("INSERT OR IGNORE INTO intended VALUES (?)", paths)

    def read_intended(self) -> list[str]:
        """Return what was about to be written and is not known to be; raises as `read` does."""
        with told_of(self._path, "cannot be read"):
            return [path for (path,) in self._connection.execute("SELECT path FROM intended")]

    def forget_intended(self, paths: Iterable[str]) -> None:
        """Note that paths will not be written, after all; raises as `write` does."""
        self._execute_for("DELETE FROM intended WHERE path = ?", paths)

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
        with told_of(self._path, "cannot be written"), self._connection:
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

    def _execute_for(self, statement: str, paths: Iterable[str]) -> None:
        if rows := [(path,) for path in paths]:
            with told_of(self._path, "cannot be written"), self._connection:
                self._connection.executemany(statement, rows)

    def _write_outputs(self, written: Sequence[tuple[Key, Mapping[str, Output]]]) -> None:
        """Write the files of each key, which takes the place of those it had."""
        self._connection.executemany(
            f"UPDATE outputs SET is_current = 0 WHERE {IS_OF_KEY}", [key for key, _ in written]
        )
        self._connection.executemany(
            f"INSERT OR REPLACE INTO outputs ({', '.join((*KEY, 'kind', *Output._fields))},"
            f" is_current) VALUES ({'?, ' * (len(KEY) + 1 + len(Output._fields))}1)",
            [(*key, kind, *output) for key, outputs in written for kind, output in outputs.items()],
        )
        self._connection.executemany(
            "DELETE FROM intended WHERE path = ?",
            [(output.path,) for _, outputs in written for output in outputs.values()],
        )


def _as_cell(record: VariantRecord, column: str) -> Any:
    value = getattr(record, column)
    return str(value) if column in TIMES and value is not None else value


def _as_output(values: Sequence[Any]) -> Output:
    output = Output(*values)
    return output._replace(is_exact=bool(output.is_exact))


def _as_key(values: Sequence[Any]) -> Key:
    job, folder, image, frame, k, init = values[: len(KEY)]
    return job, folder, image, frame, k, init
