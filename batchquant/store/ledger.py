"""Records in an SQLite file."""

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

from batchquant.files.bringing import sync_file
from batchquant.plan.records import ImageKey, PlannedImage
from batchquant.store.draft import draft_into
from batchquant.store.drawn import OverviewRecord
from batchquant.store.due import DueTable
from batchquant.store.figures import cells_of
from batchquant.store.joins import NOT_DUE
from batchquant.store.known import IS_OF_IMAGE, OVERVIEW_COLUMNS, Drawn, Records
from batchquant.store.marks import keep_plan
from batchquant.store.opening import OF_THE_RECORD, connect_for_reading, told_of
from batchquant.store.places import Places
from batchquant.store.planned import PlannedImages
from batchquant.store.records import COLUMNS, Key, Output, VariantRecord
from batchquant.store.reported import Reported, read_reported, write_reported
from batchquant.store.schema import KEY, TIMES, figure_columns
from batchquant.store.tables import is_up_to_date, prepare

SYNC_S, SYNC_WRITES = 0.1, 160  # what a power cut may cost
IS_OF_KEY = " AND ".join(f"{column} = ?" for column in KEY)


class Remembered(NamedTuple):
    """What was asked of which picture, what its source said of it then, and the answer."""

    place: str
    question: str
    stamp: str
    answer: str


class Ledger(Places):
    """The open ledger of an output folder; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        SQLite file; made with its folder where it is missing.

    Attributes
    ----------
    records, settled : Records
        What is known of variants: of all, and of those that the last review found settled.
    drawn : Drawn
        What is known of overviews and books.

    Raises
    ------
    StorageError
        If the file cannot be opened, is damaged, or of a newer version; says what helps.
    """

    def __init__(self, path: Path) -> None:
        with told_of(path, "cannot be opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA journal_mode = WAL")
            # A commit outlives a kill at once, and a power cut after the next `sync`.
            connection.execute("PRAGMA synchronous = NORMAL")
            self._take(connection, path, may_write=True)
            self._log = path.with_name(f"{path.name}-wal")

    @classmethod
    def look(cls, path: Path) -> Self:
        """Open to read only. Creates and changes nothing, also while a run is writing.

        Parameters
        ----------
        path : pathlib.Path
            SQLite file; where it is missing, nothing is known. One of an older version, or without
            a column for a figure, is copied into memory and brought up to date there.

        Raises
        ------
        StorageError
            If the file cannot be read, or is of a newer version.
        """
        ledger = cls.__new__(cls)
        with told_of(path, "cannot be opened"):
            connection = sqlite3.connect(":memory:")
            if path.exists():
                original = connect_for_reading(path)
                if is_up_to_date(original):
                    connection = original
                else:
                    with closing(original):
                        original.backup(connection)
            ledger._take(connection, path, may_write=False)
        return ledger

    @classmethod
    def on(cls, connection: sqlite3.Connection, name: Path | str, *, may_write: bool) -> Self:
        """Take a connection to a database, which is closed with the ledger.

        What is written is durable as far as its commits are. `name` is what errors call it.
        """
        ledger = cls.__new__(cls)
        with told_of(name, "cannot be opened"):
            ledger._take(connection, name, may_write=may_write)
        return ledger

    def _take(self, connection: sqlite3.Connection, name: Path | str, *, may_write: bool) -> None:
        self._path, self._log = name, None
        self._n_unsynced, self._synced = 0, time.monotonic()
        self._connection, self.may_write = connection, may_write
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        guard = partial(told_of, self._path, "cannot be read")
        self.records = Records(connection, guard)
        self.settled = Records(connection, guard, "is_settled")
        self.drawn = Drawn(connection, guard)

    @property
    def name(self) -> str:
        """What errors call it."""
        return str(self._path)

    def close(self) -> None:
        """Let go of the database, which brings all onto the disk."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: object = None, error: BaseException | None = None, traceback: object = None
    ) -> None:
        self.close()
        # Plan and records are read when they are asked for: wherever that is, it is told here.
        if isinstance(error, sqlite3.Error) and not isinstance(error, OF_THE_RECORD):
            with told_of(self._path, "cannot be read"):
                raise error

    def sync(self, *, at_once: bool = False) -> None:
        """Bring what was written onto the disk, where that was not done for a while."""
        is_due = at_once or self._n_unsynced >= SYNC_WRITES
        if self._n_unsynced and (is_due or time.monotonic() - self._synced >= SYNC_S):
            with told_of(self._path, "cannot be written"):
                self._connection.commit()  # of `Gathering` there may be something to commit
                if self._log is not None:
                    sync_file(self._log)
            self._n_unsynced, self._synced = 0, time.monotonic()

    def write_overview(self, record: OverviewRecord) -> None:
        """Write a record in one transaction, over an older one of the same key, as `write` does."""
        row = [getattr(record, column) for column in OVERVIEW_COLUMNS]
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.execute(
                f"INSERT OR REPLACE INTO overviews ({', '.join(OVERVIEW_COLUMNS)})"
                f" VALUES ({', '.join('?' * len(OVERVIEW_COLUMNS))})",
                row,
            )
            self._write_outputs([((*record.key[:4], 0, record.step), record.outputs)])
        self._n_unsynced += 1
        self.sync()
        self.drawn.forget(record.key[:4])

    def write(self, records: Sequence[VariantRecord]) -> None:
        """Write records in one transaction, over older ones of the same key.

        Raises
        ------
        StorageError
            If the disk is full or gone; the ledger is as it was before.
        Exception
            Of any other kind if it is a value that cannot be written; so it is, then, too.
        """
        columns = (*COLUMNS, *figure_columns())
        rows = [
            [*(_as_cell(record, column) for column in COLUMNS), *cells_of(record.figures)]
            for record in records
        ]
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO variants ({', '.join(columns)})"
                f" VALUES ({', '.join('?' * len(columns))})",
                rows,
            )
            self._write_outputs(
                [(record.key, record.outputs | record.left_out) for record in records]
            )
        self._n_unsynced += len(records)
        self.sync()
        self._forget_cached(record.key[:4] for record in records)

    def names_of(self, job: str, folder: str) -> list[str]:
        """Return the images of an input that something is recorded of; raises as `write` does."""
        with told_of(self._path, "cannot be read"):
            rows = self._connection.execute(
                "SELECT DISTINCT image FROM variants WHERE job = ? AND folder = ?", (job, folder)
            ).fetchall()
        return [image for (image,) in rows]

    def take_plan(self, images: Sequence[PlannedImage]) -> DueTable:
        """Take the images of a plan, and return the table of what is due of them, empty yet.

        Whoever may write keeps them, too, for reports and for who asks later.
        """
        assert isinstance(images, PlannedImages)
        with told_of(self._path, "cannot be written" if self.may_write else "cannot be read"):
            draft_into(self._connection, images)
            if self.may_write:
                with self._connection:
                    keep_plan(self._connection)
            else:
                guard = partial(told_of, self._path, "cannot be read")
                self.settled = Records(self._connection, guard, NOT_DUE)
            return DueTable(
                self._connection, PlannedImages(self._connection), is_kept=self.may_write
            )

    def reported(self, chunk: int) -> Reported:
        """Read what is known of reports and page, of which a chunk has so many images."""
        with told_of(self._path, "cannot be read"):
            return read_reported(self._connection, chunk)

    def keep_reported(self, known: Reported) -> None:
        """Keep what reports and page were made of, as they are now; raises as `write` does."""
        with told_of(self._path, "cannot be written"), self._connection:
            write_reported(self._connection, known)

    def mark_drawn(self, images: Iterable[ImageKey]) -> None:
        """Note that nothing has to be drawn of images; raises as `write` does."""
        if self.may_write:
            with told_of(self._path, "cannot be written"), self._connection:
                self._connection.executemany(f"DELETE FROM undrawn WHERE {IS_OF_IMAGE}", images)

    def kept_images(self) -> PlannedImages:
        """Return the images of the plan that was kept last."""
        return PlannedImages(self._connection)

    def headers_from(self, place: str, n: int) -> list[Remembered]:
        """Return some answers that are remembered, by place, from one on; raises as `write`."""
        with told_of(self._path, "cannot be read"):
            rows = self._connection.execute(
                "SELECT place, question, stamp, answer FROM headers WHERE place >= ?"
                " ORDER BY place, question LIMIT ?",
                (place, n),
            ).fetchall()
        return [Remembered(*row) for row in rows]

    def remember_headers(self, rows: Iterable[Remembered]) -> None:
        """Remember what files of pictures say of themselves; raises as `write` does."""
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO headers VALUES (?, ?, ?, ?)", rows)

    def unsettle(self, due: DueTable) -> int:
        """Note what a review found not to be settled, as `DueTable` does; raises as `write`."""
        with told_of(self._path, "cannot be written"), self._connection:
            n_leaving = due.unsettle()
        self.records.forget_all()
        self.settled.forget_all()
        return n_leaving

    def intend(self, paths: Iterable[str]) -> None:
        """Note in one transaction what is about to be written; raises as `write` does."""
        self._execute_for("INSERT OR IGNORE INTO intended VALUES (?)", paths)
        self._n_unsynced += 1
        self.sync(at_once=True)

    def _forget_cached(self, images: Iterable[ImageKey]) -> None:
        for image in images:
            self.records.forget(image)
            self.settled.forget(image)

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
