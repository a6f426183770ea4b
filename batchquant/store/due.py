"""Plan and records, joined: what is to be made, found without going through all in Python."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

from batchquant.files.outputs import is_there
from batchquant.metrics.registry import metrics
from batchquant.store.joins import (
    CHANGED,
    IS_CLEAN,
    IS_DUE,
    IS_ITS_FILE,
    IS_OF_PICTURE,
    IS_SUSPECT,
    IS_TO_BE_THERE,
    LEFT_OVER,
    NEW,
    PLANNED,
    RECIPE_DIGITS,
    SETTLED_UNPLANNED,
    TABLES,
    add_recipes,
)
from batchquant.store.marks import find_undrawn
from batchquant.store.planned import PlannedImages
from batchquant.store.unsettle import unsettle


class Suspect(NamedTuple):
    """A variant that has to be looked at more closely: where its image stands, and which it is."""

    position: int
    ordinal: int


class Due(NamedTuple):
    """A variant that is due: which it is, why, and whether only files are to be made of it."""

    position: int
    ordinal: int
    reason: str
    only_files: bool


ROWS = "SELECT position, ordinal, reason, only_files FROM due"


def as_due(row: tuple[int, int, str, int]) -> Due:
    """Return what a row says."""
    position, ordinal, reason, only_files = row
    return Due(position, ordinal, reason, bool(only_files))


class DueTable:
    """What is to be made, on the connection of a ledger that holds the plan, too."""

    def __init__(
        self, connection: sqlite3.Connection, images: PlannedImages, *, is_kept: bool
    ) -> None:
        self._connection, self._is_kept = connection, is_kept
        for statement in TABLES:
            connection.execute(statement)
        frames = connection.execute("SELECT DISTINCT sweep, frame FROM pictures").fetchall()
        targets = {number: images.sweep(number).target for number, _ in frames}
        self._targets = [(number, goal.metric) for number, goal in targets.items() if goal]
        for number, frame in frames:
            add_recipes(connection, number, frame, images.sweep(number))

    def find(self, folder: str, *, verify: Iterable[int] = ()) -> None:
        """Fill the table of what is due as far as rows and sizes of files tell.

        Parameters
        ----------
        folder : str
            The output folder.
        verify : iterable of int
            Positions of images that are looked at more closely in any case.
        """
        execute = self._connection.execute
        self._connection.executemany(
            "INSERT OR IGNORE INTO suspects SELECT ?1, ordinal FROM pictures"
            " JOIN recipes USING (sweep, frame) WHERE position = ?1"
            " AND refusal IS NULL AND absent IS NULL",
            ((position,) for position in verify),
        )
        # In one pass, which goes through all variants: first all that is not clean.
        execute(
            f"""INSERT INTO due (position, ordinal, reason, only_files)
            SELECT p.position, r.ordinal, CASE WHEN v.k IS NULL THEN '{NEW}'
                WHEN v.recipe != r.recipe AND length(v.recipe) = {RECIPE_DIGITS} THEN '{CHANGED}'
                ELSE '' END, 0
            FROM {PLANNED} WHERE {IS_TO_BE_THERE} AND {IS_CLEAN} IS NOT TRUE"""
        )
        execute(
            "INSERT OR IGNORE INTO suspects SELECT position, ordinal FROM due WHERE reason = ''"
        )
        execute("DELETE FROM due WHERE reason = ''")
        for number, metric in self._targets:
            execute(
                f"""INSERT OR IGNORE INTO suspects SELECT p.position, r.ordinal
                FROM {PLANNED} WHERE {IS_TO_BE_THERE} AND p.sweep = ? AND v.status = 'done'
                AND v.{metric}_version IS NOT ? AND NOT {IS_DUE}""",
                (number, metrics()[metric].version),
            )
        self._connection.executemany(
            "INSERT OR IGNORE INTO suspects VALUES (?, ?)", self._without_files(folder)
        )

    def suspects(self) -> Iterator[tuple[int, list[int]]]:
        """Yield positions of images with variants that have to be looked at more closely."""
        rows = self._connection.execute(
            "SELECT position, group_concat(ordinal) FROM suspects GROUP BY position"
        )
        for position, ordinals in rows:
            yield position, sorted(map(int, ordinals.split(",")))

    @property
    def n_suspects(self) -> int:
        """Images that have to be looked at more closely."""
        return self._count("SELECT count(DISTINCT position) FROM suspects")

    def line_up(self, folder: str, *, verify: bool) -> None:
        """Note in which order images are begun, once all that is due is known, and what to draw.

        `verify` says that all may have to be drawn anew, as far as nothing is to be made of them.
        What has no readable header comes first: it costs next to nothing, and who wants to fail
        fast learns of it at once. Then comes the largest, so that it is not what the end waits for;
        pictures of a file stand together, so that it is read once.
        """
        self._connection.execute(
            """CREATE TEMP TABLE line AS SELECT position, ifnull(width * height, 0) AS pixels,
                count(*) AS n, count(DISTINCT only_files) AS n_parts
            FROM due JOIN pictures USING (position) WHERE is_meant GROUP BY position
            ORDER BY pixels > 0, min(-pixels * count(*)) OVER (PARTITION BY place), place,
                position"""
        )
        find_undrawn(self._connection, folder, is_kept=self._is_kept, verify=verify)

    def in_line(self) -> Iterator[int]:
        """Yield positions of images with something due, by who is to begin first."""
        return self._positions("line")

    def undrawn(self) -> Iterator[int]:
        """Yield positions of images of which nothing is due, and something may be to be drawn."""
        return self._positions("to_draw")

    def is_open(self, position: int) -> bool:
        """Tell whether an image is among those, once `line_up` has found them."""
        query = """SELECT EXISTS (SELECT * FROM due WHERE position = :it AND is_meant)
            OR EXISTS (SELECT * FROM to_draw WHERE position = :it)"""
        return bool(self._count(query, it=position))

    def leave_undrawn(self, position: int) -> None:
        """Take an image out of those that may be to be drawn."""
        self._connection.execute("DELETE FROM to_draw WHERE position = ?", (position,))

    def _positions(self, table: str) -> Iterator[int]:
        last = -1
        # In batches: as long as a cursor is open, the log of SQLite grows.
        while rows := self._connection.execute(
            f"SELECT rowid, position FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT 500",
            (last,),
        ).fetchall():
            last = rows[-1][0]
            yield from (position for _, position in rows)

    def amounts(self) -> list[tuple[int, int, int]]:
        """Tell of images with something due: pixels, variants that are, and how many are alike."""
        return self._connection.execute(
            "SELECT pixels, n, count(*) FROM line GROUP BY pixels, n"
        ).fetchall()

    def count_images(self, *, to_draw: bool = False) -> Counter[str]:
        """Count images with something due, by job; or those that may be to be drawn as they are."""
        rows = self._connection.execute(
            f"SELECT job, count(*) FROM {'to_draw' if to_draw else 'line'}"
            " JOIN pictures USING (position) GROUP BY job"
        )
        return Counter(dict(rows.fetchall()))

    def of_image(self, position: int) -> list[Due]:
        """Return what is due of an image, by ordinal; first that of which the pixels are due."""
        rows = self._connection.execute(
            f"{ROWS} WHERE is_meant AND position = ? ORDER BY only_files, ordinal", (position,)
        )
        return [as_due(row) for row in rows]

    def add(self, due: Due) -> None:
        """Note what else is due."""
        self._connection.execute(
            "INSERT OR REPLACE INTO due (position, ordinal, reason, only_files)"
            " VALUES (?, ?, ?, ?)",
            due,
        )

    def leave_out(self, position: int, ordinals: Iterable[int]) -> None:
        """Note what the run is not about."""
        self._connection.executemany(
            "UPDATE due SET is_meant = 0 WHERE position = ? AND ordinal = ?",
            ((position, ordinal) for ordinal in ordinals),
        )

    def count_reasons(self) -> Counter[str]:
        """Count what is due by reason, as they first occur."""
        rows = self._connection.execute(
            "SELECT reason, count(*) FROM due WHERE is_meant GROUP BY reason"
            " ORDER BY min(position * 1000000 + ordinal)"
        )
        return Counter(dict(rows.fetchall()))

    def count_settled(self) -> tuple[int, int]:
        """Count what is planned, recorded and not due, and how much of it failed.

        What is absent is as settled as it was.
        """
        planned = self._count(
            f"SELECT sum(n_variants) FROM pictures AS p JOIN sweeps USING (sweep)"
            f" WHERE {IS_TO_BE_THERE}"
        )
        due = self._count("SELECT count(*) FROM due")
        absent = f"""SELECT count(*) FROM {PLANNED} WHERE p.refusal IS NULL
            AND p.absent IS NOT NULL AND v.recipe = r.recipe AND v.is_settled"""
        failed = f"""SELECT count(*) FROM variants AS v CROSS JOIN pictures AS p ON {IS_OF_PICTURE}
            JOIN recipes AS r ON (r.sweep, r.frame, r.k, r.init) = (p.sweep, p.frame, v.k, v.init)
            WHERE v.status = 'failed' AND p.refusal IS NULL AND NOT {IS_DUE}
            AND (p.absent IS NULL OR (v.recipe = r.recipe AND v.is_settled))"""
        return planned - due + self._count(absent), self._count(failed)

    def count_left_over(self, folder: str) -> int:
        """Count files of variants that are planned no more, and still there."""
        rows = self._connection.execute(f"SELECT o.path, o.size_bytes FROM {LEFT_OVER}")
        return sum(starmap(is_there(folder), rows))

    def unsettle(self) -> int:
        """Note what is not as it should be, by `unsettle`; return `count_leaving` of before."""
        any_due = bool(self._count("SELECT count(*) FROM due"))
        return unsettle(self._connection, self.count_settled()[0], any_due=any_due)

    def count_leaving(self) -> int:
        """Count variants that are settled, and planned no more: the next report has none."""
        return self._count(f"SELECT count(*) FROM {SETTLED_UNPLANNED}")

    def __iter__(self) -> Iterator[Due]:
        """Yield the rows, in the order of the report."""
        rows = self._connection.execute(f"{ROWS} WHERE is_meant ORDER BY position, ordinal")
        return map(as_due, rows)

    def _count(self, query: str, **values: int) -> int:
        (n,) = self._connection.execute(query, values).fetchone()
        return int(n or 0)

    def _without_files(self, folder: str) -> Iterator[Suspect]:
        """Yield variants that are clean by their rows, but not by their files."""
        rows = self._connection.execute(
            f"""SELECT p.position, r.ordinal, o.path, o.size_bytes FROM {PLANNED}
            JOIN planned_files AS f ON (f.sweep, f.frame, f.ordinal) = (r.sweep, r.frame, r.ordinal)
            LEFT JOIN outputs AS o ON o.path = p.base || f.ending AND o.recipe = f.recipe
                AND o.kind = f.kind AND o.is_current AND {IS_ITS_FILE}
            WHERE {IS_TO_BE_THERE} AND v.k IS NOT NULL
            AND NOT {IS_DUE} AND NOT {IS_SUSPECT}"""
        )
        has_size = is_there(folder)
        for position, ordinal, path, size_bytes in rows:
            is_left_out = path is not None and size_bytes < 0
            if path is None or not (is_left_out or has_size(path, size_bytes)):
                yield Suspect(position, ordinal)
