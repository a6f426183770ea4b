"""What the ledger knows of places in the output folder: which are ours, and which no job plans."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from batchquant.plan.outputs import folded
from batchquant.plan.overviews import as_before, files_of
from batchquant.plan.records import ImageKey, PlannedImage
from batchquant.store.copies import Copies
from batchquant.store.known import IS_OF_IMAGE, Drawn, Records, as_output
from batchquant.store.opening import told_of
from batchquant.store.records import Output, key_of
from batchquant.store.schema import KEY, same

IS_OF_OVERVIEW = f"file.k = 0 AND file.init = overviews.step AND {same('file', 'overviews')}"
PLANNED_NOW = (
    "CREATE TEMP TABLE IF NOT EXISTS planned_paths (name TEXT PRIMARY KEY, is_of_before INTEGER)"
    " WITHOUT ROWID",
    f"CREATE TEMP TABLE IF NOT EXISTS planned_variants"
    f" ({', '.join(KEY)}, PRIMARY KEY ({', '.join(KEY)})) WITHOUT ROWID",
    "DELETE FROM planned_paths",  # of an earlier question
    "DELETE FROM planned_variants",
)
FORGET_UNDRAWN = (
    f"DELETE FROM overviews WHERE NOT EXISTS (SELECT * FROM outputs AS file WHERE {IS_OF_OVERVIEW})"
)
# By a limit of the job, whatever else is wrong with it.
IS_REFUSED = """v.status = 'failed' AND v.is_settled
    AND (v.truncated IS NOT NULL OR v.max_pixels IS NOT NULL)"""
IS_FILE = "size_bytes >= 0"  # else its format could not hold the picture
IS_FILE_THERE = f"file.{IS_FILE}"


class Places(Copies):
    """A part of `batchquant.store.ledger.Ledger`."""

    _connection: sqlite3.Connection
    _path: Path | str
    _log: Path | None  # what `sync` brings onto the disk
    records: Records
    settled: Records
    drawn: Drawn

    def unplanned_outputs(self, images: Iterable[PlannedImage]) -> list[Output]:
        """Return files that were written once and are planned no more, by path.

        Where letter case does not count, a path of other case may be a planned one; and what was
        drawn at a path of before is planned until it is drawn anew. What is planned is noted for
        `forget`; raises as `write` does.
        """
        with told_of(self._path, "cannot be read"):
            for statement in PLANNED_NOW:
                self._connection.execute(statement)
            self._connection.create_function("folded", 1, folded, deterministic=True)
            for image in images:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO planned_variants VALUES (?, ?, ?, ?, ?, ?)",
                    [key_of(image, variant) for variant in image.variants],
                )
                paths = [(folded(path), 0) for _, path in files_of([image])]
                for files in as_before(image.overview.files):
                    paths += [(folded(path), 1) for _, path in files]
                self._connection.executemany(
                    "INSERT OR IGNORE INTO planned_paths VALUES (?, ?)", paths
                )
            rows = self._connection.execute(
                f"SELECT {', '.join(Output._fields)} FROM outputs WHERE {IS_FILE} AND NOT EXISTS"
                " (SELECT * FROM planned_paths WHERE name = folded(path)"
                " AND (outputs.is_current OR NOT is_of_before)) ORDER BY path"
            ).fetchall()
        return [as_output(row) for row in rows]

    def refused_outputs(self) -> list[Output]:
        """Return files of pictures that limits refuse now, by path; raises as `write` does.

        Of a picture whose header tells, all; of variants whose worker told, theirs, and what shows
        the picture as a whole where nothing else is done of it.
        """
        columns = ", ".join(f"file.{name}" for name in Output._fields)
        # CROSS JOIN: SQLite begins with what failed, which an index tells, and not with all files.
        with told_of(self._path, "cannot be read"):
            rows = self._connection.execute(
                f"""SELECT {columns} FROM pictures AS p CROSS JOIN outputs AS file
                    ON {same("file", "p")} WHERE p.refusal IS NOT NULL AND {IS_FILE_THERE}
                UNION SELECT {columns} FROM variants AS v CROSS JOIN outputs AS file
                    ON {same("file", "v", KEY)} WHERE {IS_REFUSED} AND {IS_FILE_THERE}
                UNION SELECT {columns} FROM variants AS v CROSS JOIN outputs AS file
                    ON {same("file", "v")} AND file.k = 0
                    WHERE {IS_REFUSED} AND {IS_FILE_THERE} AND NOT EXISTS (SELECT * FROM variants
                        AS w WHERE {same("w", "v")} AND w.status = 'done' AND w.is_settled)
                ORDER BY path"""
            ).fetchall()
        return [as_output(row) for row in rows]

    def forget_outputs(self, paths: Iterable[str]) -> None:
        """Forget files, and what was drawn where none is left of it; raises as `write` does."""
        if rows := [(path,) for path in paths]:
            with told_of(self._path, "cannot be written"), self._connection:
                self._connection.executemany("DELETE FROM outputs WHERE path = ?", rows)
                self._connection.execute(FORGET_UNDRAWN)
            self.records.forget_all()
            self.settled.forget_all()
            self.drawn.forget_all()

    def has_made(self, image: ImageKey) -> bool:
        """Tell whether a variant of an image was made, or of a job alone; raises as `write`."""
        job, *rest = image
        is_of = IS_OF_IMAGE if any(rest) else "job = ?"
        with told_of(self._path, "cannot be read"):
            (found,) = self._connection.execute(
                f"SELECT EXISTS (SELECT * FROM variants WHERE {is_of} AND status = 'done')",
                image if any(rest) else (job,),
            ).fetchone()
        return bool(found)

    def find_ours(self, paths: Iterable[str]) -> set[str]:
        """Return those that were written here, or were about to be; raises as `read` does."""
        query = f"""SELECT EXISTS (SELECT * FROM outputs WHERE path = :path AND {IS_FILE})
            OR EXISTS (SELECT * FROM intended WHERE path = :path)"""
        ask = self._connection.execute
        with told_of(self._path, "cannot be read"):
            return {path for path in paths if ask(query, {"path": path}).fetchone()[0]}

    def read_intended(self) -> list[str]:
        """Return what was about to be written and is not known to be; raises as `read` does."""
        with told_of(self._path, "cannot be read"):
            return [path for (path,) in self._connection.execute("SELECT path FROM intended")]

    def forget_intended(self, paths: Iterable[str]) -> None:
        """Note that paths will not be written, after all; raises as `write` does."""
        self._execute_for("DELETE FROM intended WHERE path = ?", paths)

    def forget(self, paths: Iterable[str]) -> None:
        """Forget files, by path, and variants that `unplanned_outputs` found planned no more.

        Variants of which a file remains stay, and so do overviews. All is done in one transaction;
        raises as `write` does.
        """
        with told_of(self._path, "cannot be written"), self._connection:
            self._connection.executemany(
                "DELETE FROM outputs WHERE path = ?", [(path,) for path in paths]
            )
            same = f"({', '.join(KEY)}) = ({', '.join(f'variants.{name}' for name in KEY)})"
            self._connection.execute(
                "DELETE FROM variants WHERE NOT EXISTS"
                f" (SELECT * FROM planned_variants WHERE {same})"
                f" AND NOT EXISTS (SELECT * FROM outputs WHERE {same})"
            )
            self._connection.execute(FORGET_UNDRAWN)
        for known in (self.records, self.settled, self.drawn):
            known.forget_all()

    def _execute_for(self, statement: str, paths: Iterable[str]) -> None:
        if rows := [(path,) for path in paths]:
            with told_of(self._path, "cannot be written"), self._connection:
                self._connection.executemany(statement, rows)
