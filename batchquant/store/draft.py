"""A plan that is being made: its images, drawn up in a table."""

import sqlite3
from pathlib import PurePosixPath
from typing import Any

from batchquant.files.names import printable
from batchquant.plan.outputs import folded
from batchquant.plan.records import label_of
from batchquant.plan.sweep import Row, Sweep
from batchquant.store.planned import COLUMNS, PlannedImages, as_cells, as_content
from batchquant.store.schema import BY_NAME, PICTURES, SWEEPS

# Names that differ in letter case or Unicode form only are one name to some file systems; the
# output folder may be copied there.
DIRECTORIES = """
CREATE TABLE directories (
    folded TEXT PRIMARY KEY,
    owner TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
MAX_WAITING = 500  # images that are written to the table at a time
PLACES = f"?, ?, ?, ?, {', '.join('?' * len(Row._fields))}"


def draft_into(connection: sqlite3.Connection, images: "PlannedImages") -> None:
    """Let a connection have the images of a plan in TEMP, where they hide those that are kept."""
    for statement in (SWEEPS, PICTURES):
        connection.execute(statement.format(temp="TEMP"))
    connection.execute(BY_NAME.format(schema="temp."))
    images.copy_into(connection)


class Draft:
    """A plan that is being made, in a database of its own."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("")  # a file without a name, once it is large
        for statement in (SWEEPS, PICTURES):
            self._connection.execute(statement.format(temp=""))
        self._connection.execute(BY_NAME.format(schema=""))
        self._connection.execute(DIRECTORIES)
        self._images = PlannedImages(self._connection)
        self._waiting: list[tuple[Any, ...]] = []
        self._n = 0
        self._last: tuple[Sweep, int] | None = None

    @property
    def images(self) -> PlannedImages:
        """All that were added."""
        self._write()
        return self._images

    def add_sweep(self, sweep: Sweep) -> int:
        """Return the number of a sweep; equal ones have one."""
        if self._last is None or self._last[0] is not sweep:  # mostly that of the image before
            self._last = sweep, _add_sweep(self._connection, sweep)
        return self._last[1]

    def add(self, sweep: int, row: Row) -> str | None:
        """Add an image behind those that are there.

        Its outputs go to a directory of its own: the second of a name gets ``~2`` behind it, the
        third ``~3``. Returns a sentence where that is so.
        """
        owner, directory, number = row.directory, row.directory, 1
        while self._owner_of(folded(directory), owner) != owner:  # frames of a file share it
            number += 1
            directory = f"{owner}~{number}"
        if directory != owner:
            row = row._replace(directory=directory)
        cells = self._n, sweep, printable(row.place), row.base, *as_cells(row)
        self._waiting.append(cells)
        if len(self._waiting) == MAX_WAITING:
            self._write()
        self._n += 1
        if directory == owner:
            return None
        told = label_of(("", *self.images[self._n - 1].key[1:]))  # once, in however many jobs
        return (
            f"{told}: another name differs only in letter case or"
            f" Unicode form; outputs go to {PurePosixPath(directory).name}/"
        )

    def _owner_of(self, name: str, owner: str) -> str:
        """Return whose a directory is; from now on it is `owner`'s if it was nobody's."""
        added = self._connection.execute(
            "INSERT OR IGNORE INTO directories VALUES (?, ?)", (name, owner)
        )
        if added.rowcount:
            return owner
        (found,) = self._connection.execute(
            "SELECT owner FROM directories WHERE folded = ?", (name,)
        ).fetchone()
        return str(found)

    def _write(self) -> None:
        self._connection.executemany(
            f"INSERT INTO pictures (position, sweep, place, base, {COLUMNS}) VALUES ({PLACES})",
            self._waiting,
        )
        self._waiting.clear()


def _add_sweep(connection: sqlite3.Connection, sweep: Sweep) -> int:
    settings = sweep.settings
    content = as_content(sweep)
    connection.execute(
        "INSERT OR IGNORE INTO sweeps VALUES (NULL, ?, ?, ?, ?)",
        (content, sweep.n_variants, settings.truncated, settings.max_pixels),
    )
    (number,) = connection.execute(
        "SELECT sweep FROM sweeps WHERE content = ?", (content,)
    ).fetchone()
    return int(number)
