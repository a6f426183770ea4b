"""The images of a plan, in a table: memory does not grow with them."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property, lru_cache
from typing import Any, overload

from batchquant.files.stored import as_record
from batchquant.plan.keys import NEUTRAL
from batchquant.plan.records import ImageKey, PlannedImage
from batchquant.plan.sweep import Row, Sweep, image_of
from batchquant.store.known import MAX_CACHED

# Its `place` lies in the column `path`; the column `place` is that of variants, valid Unicode.
COLUMNS = ", ".join("path" if name == "place" else name for name in Row._fields)
PLACE, WIDTH = Row._fields.index("place"), Row._fields.index("width")


class PlannedImages(Sequence[PlannedImage]):
    """The images of a plan, made of the rows of a table when they are asked for.

    Parameters
    ----------
    connection : sqlite3.Connection
        Where the tables `pictures` and `sweeps` are.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # One a job, of absent inputs, and of each group that shares palettes.
        self.sweep = lru_cache(maxsize=1024)(self._read_sweep)
        self._at = lru_cache(maxsize=MAX_CACHED)(self._read)  # with each variant that is made of it

    def __len__(self) -> int:
        """Count them."""
        (n,) = self._connection.execute("SELECT count(*) FROM pictures").fetchone()
        return int(n)

    def __iter__(self) -> Iterator[PlannedImage]:
        """Yield them in the order of the report."""
        rows = self._connection.execute(f"SELECT sweep, {COLUMNS} FROM pictures ORDER BY position")
        return (self._image(row) for row in rows)

    @overload
    def __getitem__(self, position: int) -> PlannedImage: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[PlannedImage]: ...
    def __getitem__(self, position: int | slice) -> PlannedImage | Sequence[PlannedImage]:
        """Return the one at a position, or some."""
        if isinstance(position, slice):
            wanted = range(*position.indices(len(self)))
            if wanted.step != 1:
                return [self[at] for at in wanted]
            rows = self._connection.execute(
                f"SELECT sweep, {COLUMNS} FROM pictures WHERE position >= ? AND position < ?"
                " ORDER BY position",
                (wanted.start, wanted.stop),
            ).fetchall()
            return [self._image(row) for row in rows]
        position = position if position >= 0 else position + len(self)
        return self._at(position)

    @cached_property
    def n_pictures(self) -> int:
        """Count pictures: what several jobs show is one."""
        (n,) = self._connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT folder, image, frame FROM pictures)"
        ).fetchone()
        return int(n)

    def position(self, key: ImageKey) -> int | None:
        """Return where the one stands that a key names; None where there is none."""
        found = self._connection.execute(
            "SELECT position FROM pictures WHERE (job, folder, image, frame) = (?, ?, ?, ?)", key
        ).fetchone()
        return found and int(found[0])

    def groups(self) -> Iterator[tuple[PlannedImage, int, int, int]]:
        """Yield an image of each folder of each job, and how many it stands for.

        Behind it come the images, those that are not refused, and the pixels of the latter.
        """
        rows = self._connection.execute(
            """SELECT min(position), count(*), count(*) FILTER (WHERE refusal IS NULL),
                sum(ifnull(width * height, 0)) FILTER (WHERE refusal IS NULL)
            FROM pictures GROUP BY sweep, job, folder ORDER BY min(position)"""
        ).fetchall()
        for position, n_images, n_possible, pixels in rows:
            yield self[position], n_images, n_possible, pixels or 0

    def refused(self) -> Iterator[PlannedImage]:
        """Yield images that cannot have outputs."""
        rows = self._connection.execute(
            f"SELECT sweep, {COLUMNS} FROM pictures WHERE refusal IS NOT NULL ORDER BY position"
        )
        return (self._image(row) for row in rows)

    def in_short(
        self, positions: slice
    ) -> Iterator[tuple[int, ImageKey, tuple[int, int] | None, str | None, str | None]]:
        """Yield sweep, key, size, `refusal` and `absent` of images one behind the other."""
        begin, end, _ = positions.indices(len(self))
        rows = self._connection.execute(
            "SELECT sweep, job, folder, image, frame, width, height, refusal, absent FROM pictures"
            " WHERE position >= ? AND position < ? ORDER BY position",
            (begin, end),
        )
        for sweep, job, folder, image, frame, width, height, refusal, absent in rows:
            size = None if width is None or height is None else (width, height)
            yield sweep, (job, folder, image, frame), size, refusal, absent

    def groups_of_palettes(self) -> Iterator[tuple[int, Sweep]]:
        """Yield number and sweep of each group of pictures that share a palette."""
        rows = self._connection.execute("SELECT sweep FROM sweeps ORDER BY sweep").fetchall()
        for (number,) in rows:
            if (sweep := self.sweep(number)).group is not None:
                yield number, sweep

    def of_sweep(self, number: int) -> Iterator[PlannedImage]:
        """Yield the images of a sweep, but for those that are refused or absent."""
        rows = self._connection.execute(
            f"SELECT sweep, {COLUMNS} FROM pictures WHERE sweep = ? AND refusal IS NULL"
            " AND absent IS NULL ORDER BY position",
            (number,),
        )
        return (self._image(row) for row in rows)

    def replace_sweep(self, number: int, sweep: Sweep) -> None:
        """Let the images of a sweep be of another."""
        self._connection.execute(
            "UPDATE sweeps SET content = ? WHERE sweep = ?", (as_content(sweep), number)
        )
        self.sweep.cache_clear()
        self._at.cache_clear()

    def copy_into(self, connection: sqlite3.Connection) -> None:
        """Copy the tables into those that another connection has in TEMP."""
        for table in ("sweeps", "pictures"):
            rows = self._connection.execute(f"SELECT * FROM {table}")
            places = ", ".join("?" * len(rows.description))
            connection.executemany(f"INSERT INTO temp.{table} VALUES ({places})", rows)

    def below(self, job: str, folder: str) -> Iterator[tuple[Sweep, Row]]:
        """Yield the images of an input, as rows with what they share with others.

        A target of a metric that is not there any more is left out.
        """
        rows = self._connection.execute(
            f"SELECT sweep, {COLUMNS} FROM pictures WHERE job = ? AND folder = ? ORDER BY position",
            (job, folder),
        )
        for number, *row in rows:
            try:
                sweep = self.sweep(number)
            except ValueError:
                sweep = self._read_sweep(number, with_target=False)
            yield sweep, as_row(row)

    def read_sweeps(self) -> None:
        """Read what images share; raises ValueError where this version cannot."""
        for (number,) in self._connection.execute("SELECT sweep FROM sweeps").fetchall():
            self.sweep(number)

    def _read(self, position: int) -> PlannedImage:
        row = self._connection.execute(
            f"SELECT sweep, {COLUMNS} FROM pictures WHERE position = ?", (position,)
        ).fetchone()
        if row is None:
            raise IndexError(position)
        return self._image(row)

    def _image(self, row: Sequence[Any]) -> PlannedImage:
        return image_of(self.sweep(row[0]), as_row(row[1:]))

    def _read_sweep(self, number: int, *, with_target: bool = True) -> Sweep:
        (content,) = self._connection.execute(
            "SELECT content FROM sweeps WHERE sweep = ?", (number,)
        ).fetchone()
        values = json.loads(content)
        return as_record(Sweep, values if with_target else {**values, "target": None})


def find_image(images: Sequence[PlannedImage], key: ImageKey) -> PlannedImage:
    """Return the image that a key names; it is among them."""
    if isinstance(images, PlannedImages):
        position = images.position(key)
        assert position is not None
        return images[position]
    return next(image for image in images if image.key == key)


def as_content(sweep: Sweep) -> str:
    """Write a sweep; without what came later, it is as it was before there was that."""
    values = asdict(sweep)
    for name in ("steps", "told", "group", "combinations"):
        if not values[name]:
            del values[name]
    for name, neutral in NEUTRAL.items():
        if values["settings"][name] == neutral:
            del values["settings"][name]
    return json.dumps(values, separators=(",", ":"))


def as_cells(row: Row) -> tuple[Any, ...]:
    """Return a row as the table holds it: paths as bytes, times as text."""
    ctime_ns = None if row.ctime_ns is None else str(row.ctime_ns)
    paths = os.fsencode(row.place), os.fsencode(row.relative)
    # By place: a mapping takes three times as long.
    return *row[:PLACE], *paths, row.size_bytes, str(row.mtime_ns), ctime_ns, *row[WIDTH:]


def as_row(cells: Sequence[Any]) -> Row:
    """Return a row as it was before `as_cells`."""
    row = Row(*cells)
    return row._replace(
        takes_all=bool(row.takes_all),
        place=os.fsdecode(row.place),
        relative=os.fsdecode(row.relative),
        mtime_ns=int(row.mtime_ns),
        ctime_ns=None if row.ctime_ns is None else int(row.ctime_ns),
    )
