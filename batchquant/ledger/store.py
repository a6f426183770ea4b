"""Records in an SQLite file."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

from batchquant.errors import StorageError
from batchquant.ledger.records import COLUMNS, Key, VariantRecord

VERSION = 2  # of the tables; version 1 knew no frames, and all it speaks of is made anew
TABLE = """
CREATE TABLE IF NOT EXISTS variants (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    k INTEGER NOT NULL,
    init TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
    error TEXT,
    fingerprint TEXT NOT NULL,
    source_path TEXT NOT NULL,
    source_size_bytes INTEGER NOT NULL,
    source_mtime_ns INTEGER NOT NULL,
    source_sha256 TEXT,
    width INTEGER,
    height INTEGER,
    distinct_colors INTEGER,
    source_format TEXT,
    mode TEXT,
    notes TEXT,
    seed INTEGER,
    n_iter INTEGER,
    converged INTEGER,
    inertia REAL,
    mse REAL,
    max_error REAL,
    n_colors INTEGER,
    png_bytes INTEGER,
    pdf_bytes INTEGER,
    decode_s REAL NOT NULL,
    cluster_s REAL,
    encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""


class Ledger:
    """The open ledger of an output folder; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        SQLite file; made with its folder where it is missing.

    Raises
    ------
    StorageError
        If the file cannot be opened, or is of another version.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{path}: cannot be opened: {error}.") from error
        try:
            self._prepare(path)
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.Error):
                raise StorageError(f"{path}: cannot be opened: {error}.") from error
            raise

    def _prepare(self, path: Path) -> None:
        """Make the table where it is missing."""
        self._connection.row_factory = sqlite3.Row
        with self._connection:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == 1:
                self._connection.execute("DROP TABLE variants")
            elif version not in (0, VERSION):
                raise StorageError(
                    f"{path}: found a ledger of version {version}, expected {VERSION}."
                    " Use the batchquant that wrote it, or another output folder."
                )
            self._connection.execute(TABLE)
            self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def read(self) -> dict[Key, VariantRecord]:
        """Return all records by their key.

        Raises
        ------
        StorageError
            If the file is damaged.
        """
        try:
            rows = self._connection.execute(f"SELECT {', '.join(COLUMNS)} FROM variants").fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"the ledger cannot be read: {error}.") from error
        records = (
            VariantRecord(**{**row, "converged": _as_bool(row["converged"])})
            for row in map(dict, rows)
        )
        return {record.key: record for record in records}

    def write(self, records: Sequence[VariantRecord]) -> None:
        """Write the records of one result in one transaction, over older ones of the same key.

        Raises
        ------
        StorageError
            If the disk is full or gone; the ledger is as it was before.
        """
        values = ", ".join(f":{column}" for column in COLUMNS)
        statement = f"INSERT OR REPLACE INTO variants ({', '.join(COLUMNS)}) VALUES ({values})"
        try:
            with self._connection:
                self._connection.executemany(statement, [asdict(record) for record in records])
        except sqlite3.Error as error:
            raise StorageError(f"the ledger cannot be written: {error}.") from error


def _as_bool(value: int | None) -> bool | None:
    return None if value is None else bool(value)
