"""Rows of pictures, copied from one ledger into another: to a shard, and back when it is merged."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from batchquant.plan.shard import Shard
from batchquant.store.due import DueTable
from batchquant.store.joins import IS_DUE, IS_ITS_FILE, IS_TO_BE_THERE, NEW, PLANNED
from batchquant.store.known import Drawn, Records
from batchquant.store.opening import OF_THE_RECORD, told_of

OF_PICTURES = ("variants", "outputs", "overviews")
"""Tables whose rows are of one picture each; those of a job alone, its book, are of no shard."""
BATCH = 1000  # rows that are copied at a time
IS_MEMBER = "image != '' AND is_member(folder, image)"
# Which shards are in a ledger, and as what: made where one is merged, and no table of before.
MERGED = """
CREATE TABLE IF NOT EXISTS merged_shards (name TEXT PRIMARY KEY, stamp TEXT NOT NULL)
STRICT, WITHOUT ROWID
"""


class Copies:
    """A part of `batchquant.store.ledger.Ledger`."""

    _connection: sqlite3.Connection
    _path: Path | str
    records: Records
    settled: Records
    drawn: Drawn

    def take_base(self, known: "Copies", shard: Shard) -> None:
        """Take what another ledger knows of the pictures of a shard into this one, which is empty.

        Also what all shards need: headers, and the plan that ran last. Raises as `write` does.
        """
        with self._copying(known, shard) as copy:
            for table in OF_PICTURES:
                copy(table, IS_MEMBER)
            for table in ("headers", "intended", "sweeps", "pictures"):
                copy(table, "1")
            for marks in ("undrawn", "unreported"):  # set by what was copied
                self._connection.execute(f"DELETE FROM {marks}")
            copy("undrawn", IS_MEMBER)

    def take_shard(self, known: "Copies", shard: Shard, *, with_headers: bool) -> None:
        """Let what the ledger of a shard knows of its pictures take the place of what is known.

        All in one transaction, or nothing; a second time nothing changes. Headers are those of all
        pictures in each shard: of one they are enough. Raises as `write` does, also where the other
        cannot be read.
        """
        with self._copying(known, shard) as copy:
            for table in OF_PICTURES:
                self._connection.execute(f"DELETE FROM {table} WHERE {IS_MEMBER}")
                copy(table, IS_MEMBER)
            for table in ("intended", *(["headers"] if with_headers else [])):
                copy(table, "1")
        for cached in (self.records, self.settled, self.drawn):
            cached.forget_all()

    def take_marks(self, known: "Copies", shard: Shard) -> None:
        """Note of which pictures of a shard something is to be drawn, as its ledger does.

        Only where it had the plan that is kept here: by another plan more may be to be drawn.
        """
        with self._copying(known, shard) as copy:
            self._connection.execute(f"DELETE FROM undrawn WHERE {IS_MEMBER}")
            copy("undrawn", IS_MEMBER)

    def settle_as_planned(self, due: DueTable) -> None:
        """Let what is settled stay so if it is as planned; all else is to be made.

        Nothing is compared with the disk: whoever made it has done so. Raises as `write` does.
        """
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.execute(
                f"""INSERT INTO due (position, ordinal, reason, only_files)
                SELECT p.position, r.ordinal, '{NEW}', 0 FROM {PLANNED} WHERE {IS_TO_BE_THERE}
                AND (v.is_settled AND v.recipe = r.recipe) IS NOT TRUE"""
            )
            self._connection.execute(
                f"""INSERT OR IGNORE INTO due (position, ordinal, reason, only_files)
                SELECT p.position, r.ordinal, '{NEW}', 0 FROM {PLANNED} JOIN planned_files AS f
                    ON (f.sweep, f.frame, f.ordinal) = (r.sweep, r.frame, r.ordinal)
                LEFT JOIN outputs AS o ON o.path = p.base || f.ending AND o.recipe = f.recipe
                    AND o.kind = f.kind AND o.is_current AND {IS_ITS_FILE}
                WHERE {IS_TO_BE_THERE} AND v.status = 'done' AND o.path IS NULL
                AND NOT {IS_DUE}"""
            )
            due.unsettle()
        for cached in (self.records, self.settled):
            cached.forget_all()

    def merged_shards(self) -> dict[str, str]:
        """Return which shards are in here, by name, with the stamp that each had."""
        with told_of(self._path, "cannot be read"):
            if not _columns(self._connection, "merged_shards"):
                return {}
            return dict(self._connection.execute("SELECT name, stamp FROM merged_shards"))

    def note_merged(self, stamps: dict[str, str]) -> None:
        """Note which shards are in here; raises as `write` does."""
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.execute(MERGED)
            self._connection.executemany(
                "INSERT OR REPLACE INTO merged_shards VALUES (?, ?)", stamps.items()
            )

    @contextmanager
    def _copying(self, known: "Copies", shard: Shard) -> Iterator[Callable[[str, str], None]]:
        """Give what copies rows of a table that meet a condition, all in one transaction."""
        source, target = known._connection, self._connection
        of_known = partial(told_of, known._path, "cannot be read")
        of_this = partial(told_of, self._path, "cannot be written")
        for connection in (source, target):
            connection.create_function("is_member", 2, _member_of(shard), deterministic=True)

        def copy(table: str, condition: str) -> None:
            with of_known():
                columns = ", ".join(sorted(_columns(source, table) & _columns(target, table)))
                found = source.execute(f"SELECT {columns} FROM {table} WHERE {condition}")
            statement = (
                f"INSERT OR REPLACE INTO {table} ({columns})"
                f" VALUES ({', '.join('?' * len(found.description))})"
            )
            while True:
                with of_known():
                    rows = found.fetchmany(BATCH)
                if not rows:
                    return
                try:
                    with of_this():
                        target.executemany(statement, rows)
                except OF_THE_RECORD as error:  # a value that its column does not hold
                    with of_known():
                        raise sqlite3.DatabaseError(str(error)) from error

        with of_this():
            target.execute("BEGIN IMMEDIATE")
        try:
            yield copy
        except BaseException:
            target.rollback()
            raise
        with of_this():
            target.commit()


def _member_of(shard: Shard) -> Callable[[object, object], bool]:
    return lambda folder, image: shard.takes(str(folder), str(image))


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
