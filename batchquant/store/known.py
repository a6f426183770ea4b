"""What is recorded of variants and overviews, read when it is asked for: memory does not grow."""

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

from batchquant.metrics.registry import metrics
from batchquant.plan.records import ImageKey
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.figures import figures_in
from batchquant.store.records import COLUMNS, Key, Output, VariantRecord
from batchquant.store.schema import IMAGE, IS_SHOWN, KEY, TIMES, figure_columns, same
from batchquant.store.tables import MAX_DIGITS

OVERVIEW_COLUMNS = (*IMAGE, "step", "fingerprint", "error", "elapsed_s")
OUTPUT_COLUMNS = ", ".join(Output._fields)
IS_OF_IMAGE = " AND ".join(f"{column} = ?" for column in IMAGE)
# A column of text takes any; what a row says whose time is none is made again. What SQLite writes
# as it reads it is a number: digits are looked at of others only, which takes longer.
HAS_TIMES = " AND ".join(
    f"""({time} IS NULL OR CAST(CAST({time} AS INTEGER) AS TEXT) = {time}
        OR (length({digits}) BETWEEN 1 AND {MAX_DIGITS} AND {digits} NOT GLOB '*[^0-9]*'))"""
    for time, digits in ((time, f"substr({time}, 1 + ({time} LIKE '-%'))") for time in TIMES)
)
IS_SETTLED, CONVERGED = COLUMNS.index("is_settled"), COLUMNS.index("converged")
OF_PICTURE = "step = '' AND image <> '' AND error IS NULL"  # and of no book
TIME_PLACES = [COLUMNS.index(name) for name in TIMES]
MAX_CACHED = 64  # images: as many as are at work, and some that are looked at
MAX_READ = 64  # images that are read at a time: one by one takes twice as long

Variant = tuple[int, str]
"""K and init: what names a variant of an image."""
Filed = Sequence[Any]
"""Path, size and note of a file."""
Named = tuple[int, int, str]
"""The number of an image among some, K and init: what names a variant of them."""
Name = TypeVar("Name", Key, DrawnKey)
Record = TypeVar("Record", VariantRecord, OverviewRecord)


class _Cached(Mapping[Name, Record], Generic[Name, Record]):
    """A mapping that is read an image at a time, of which the last few are kept."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        guard: Callable[[], AbstractContextManager[None]],
        condition: str = "1",
    ) -> None:
        self._connection, self._guard = connection, guard
        self._meant, self._condition = condition, f"{condition} AND {HAS_TIMES}"
        self._images: OrderedDict[ImageKey, dict[Name, Record]] = OrderedDict()

    def forget(self, image: ImageKey) -> None:
        """Read an image again when it is asked for: something was written of it."""
        self._images.pop(image, None)

    def forget_all(self) -> None:
        """Read everything again when it is asked for."""
        self._images.clear()

    def of_image(self, image: ImageKey) -> Mapping[Name, Record]:
        """Return what is known of an image."""
        if image not in self._images:
            (self._images[image],) = self.of_images([image])
            if len(self._images) > MAX_CACHED:
                self._images.popitem(last=False)
        return self._images[image]

    def of_images(self, images: Sequence[ImageKey]) -> list[dict[Name, Record]]:
        """Read what is known of each of some images, at most `MAX_READ`; nothing of it is kept."""
        with self._guard():
            return self._read(images)

    def __getitem__(self, name: Name) -> Record:
        """Return a record; raises KeyError where there is none."""
        return self.of_image(name[:4])[name]

    def _read(self, images: Sequence[ImageKey]) -> list[dict[Name, Record]]:
        raise NotImplementedError

    def _join(self, images: Sequence[ImageKey], rows: str) -> sqlite3.Cursor:
        """Ask for rows of a table that are of images, each behind the number of its image.

        `rows` are columns, FROM, a table, and perhaps WHERE.
        """
        columns, _, table = rows.partition(" FROM ")
        name, _, condition = table.partition(" WHERE ")
        places = f"(?{', ?' * len(IMAGE)})"
        cells: list[object] = []
        for number, (job, folder, image, frame) in enumerate(images):
            cells += number, job, folder, image, frame
        # CROSS JOIN: SQLite looks up each image in the table, and does not turn it round.
        return self._connection.execute(
            f"WITH wanted (number, {', '.join(IMAGE)})"
            f" AS (VALUES {', '.join([places] * len(images))})"
            f" SELECT number, {columns} FROM wanted CROSS JOIN {name} USING ({', '.join(IMAGE)})"
            f" WHERE {condition or 1}",
            cells,
        )

    def _count(self, rows: str) -> int:
        with self._guard():
            (n,) = self._connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
        return int(n)

    def _errors(self, rows: str) -> dict[ImageKey, str]:
        """Return errors by image, the last of several."""
        query = f"SELECT {', '.join(IMAGE)}, error FROM {rows}"
        with self._guard():
            found = self._connection.execute(query).fetchall()
        return {(job, folder, image, frame): error for job, folder, image, frame, error in found}


class Records(_Cached[Key, VariantRecord]):
    """What is recorded of variants that meet a condition, by what names them, in its order."""

    def __iter__(self) -> Iterator[Key]:
        """Yield what names them."""
        with self._guard():
            for row in self._connection.execute(
                f"SELECT {', '.join(KEY)} FROM variants WHERE {self._condition}"
                f" ORDER BY {', '.join(KEY)}"
            ):
                yield as_key(row)

    def __len__(self) -> int:
        """Count them."""
        return self._count(f"variants WHERE {self._condition}")

    def count(self, status: str) -> int:
        """Count those of a status, ``done`` or ``failed``, damaged ones too: the index tells."""
        return self._count(f"variants WHERE {self._meant} AND status = '{status}'")

    def errors(self) -> dict[ImageKey, str]:
        """Return the reason of the first variant of each image that failed."""
        failed = f"variants WHERE status = 'failed' AND {self._condition}"
        return self._errors(f"{failed} ORDER BY k DESC, rowid DESC")

    def newest_errors(self, n: int) -> dict[ImageKey, str]:
        """Return the reasons of the pictures that failed last, at most so many, newest first."""
        # Without being told, SQLite goes through all that is done in search of the few that failed.
        return self._errors(
            "(SELECT * FROM variants INDEXED BY failed_variants WHERE status = 'failed'"
            f" AND {self._condition} ORDER BY rowid DESC LIMIT {int(n)})"
        )

    def by_source(self) -> Iterator[list[VariantRecord]]:
        """Yield what is done of each frame of each source, by its path."""
        rows = self._connection.execute(
            f"SELECT source_path, frame, {', '.join(KEY)} FROM variants"
            f" WHERE status = 'done' AND {self._condition}"
            f" ORDER BY source_path, frame, {', '.join(KEY)}"
        )
        for _, of_frame in groupby(rows, key=itemgetter(0, 1)):
            yield [self[as_key(row[2:])] for row in of_frame]

    def cells_of(
        self, images: Sequence[ImageKey], columns: Sequence[str]
    ) -> list[dict[Variant, tuple[Any, ...]]]:
        """Return cells of variants of each of some images, without making records of them.

        Where there is no such column, and where a figure is of another version than its metric is
        today, the cell is None.
        """
        found: list[dict[Variant, tuple[Any, ...]]] = [{} for _ in images]
        cells = f"k, init, {', '.join(map(_cell, columns))}"
        with self._guard():
            for row in self._join(images, f"{cells} FROM variants WHERE {self._condition}"):
                found[row[0]][row[1], row[2]] = row[3:]
        return found

    def files_of(self, images: Sequence[ImageKey]) -> list[dict[Variant, dict[str, Filed]]]:
        """Return path, size and note of files of each of some images, by variant and kind."""
        found: list[dict[Variant, dict[str, Filed]]] = [{} for _ in images]
        columns = "k, init, kind, path, size_bytes, note"
        with self._guard():
            for row in self._join(images, f"{columns} FROM outputs WHERE k > 0 AND is_current"):
                found[row[0]].setdefault((row[1], row[2]), {})[row[3]] = row[4:]
        return found

    def _read(self, images: Sequence[ImageKey]) -> list[dict[Key, VariantRecord]]:
        there: defaultdict[Named, dict[str, Output]] = defaultdict(dict)
        left_out: defaultdict[Named, dict[str, Output]] = defaultdict(dict)
        files = f"k, init, kind, {OUTPUT_COLUMNS} FROM outputs WHERE k > 0 AND is_current"
        for number, k, init, kind, *values in self._join(images, files):
            output = as_output(values)
            (there if output.size_bytes >= 0 else left_out)[number, k, init][kind] = output
        columns = ", ".join((*COLUMNS, *figure_columns()))
        found: list[dict[Key, VariantRecord]] = [{} for _ in images]
        for row in self._join(images, f"{columns} FROM variants WHERE {self._condition}"):
            key = as_key(row[1:])
            named = row[0], key[4], key[5]
            found[row[0]][key] = as_variant(row[1:], there[named], left_out[named])
        return found


class Drawn(_Cached[DrawnKey, OverviewRecord]):
    """What is recorded of overviews, books and steps of packages, by what names them."""

    def __iter__(self) -> Iterator[DrawnKey]:
        """Yield what names them."""
        with self._guard():
            for *image, step in self._connection.execute(
                f"SELECT {', '.join(IMAGE)}, step FROM overviews"
            ):
                yield (*image, step) if step else tuple(image)

    def __len__(self) -> int:
        """Count them."""
        return self._count("overviews")

    def errors(self) -> dict[ImageKey, str]:
        """Return why they could not be made, by image or job, the last of several."""
        return self._errors(f"overviews WHERE {IS_SHOWN} AND error IS NOT NULL ORDER BY rowid")

    def n_with(self, kind: str) -> int:
        """Count planned pictures that have a file of a kind beside their variants."""
        files = f"outputs AS o JOIN pictures AS p ON {same('o', 'p')}"
        return self._count(f"{files} WHERE o.k = 0 AND o.is_current AND o.kind = '{kind}'")

    def newest(self, n: int) -> list[ImageKey]:
        """Return the pictures of which an overview was drawn last, newest first."""
        query = f"SELECT {', '.join(IMAGE)} FROM overviews WHERE {OF_PICTURE} ORDER BY rowid DESC"
        with self._guard():
            rows = self._connection.execute(f"{query} LIMIT ?", (n,)).fetchall()
        return [(job, folder, image, frame) for job, folder, image, frame in rows]

    def _read(self, images: Sequence[ImageKey]) -> list[dict[DrawnKey, OverviewRecord]]:
        outputs: defaultdict[tuple[int, str], dict[str, Output]] = defaultdict(dict)
        files = f"init, kind, {OUTPUT_COLUMNS} FROM outputs WHERE k = 0 AND is_current"
        for number, step, kind, *output in self._join(images, files):
            outputs[number, step][kind] = as_output(output)
        found: list[dict[DrawnKey, OverviewRecord]] = [{} for _ in images]
        for number, *row in self._join(images, f"{', '.join(OVERVIEW_COLUMNS)} FROM overviews"):
            values = dict(zip(OVERVIEW_COLUMNS, row, strict=True))
            drawn = OverviewRecord(**values, outputs=outputs[number, values["step"]])
            found[number][drawn.key] = drawn
        return found


def _cell(column: str) -> str:
    """Return what SQLite is asked for."""
    if column in metrics():
        version = metrics()[column].version
        return f"CASE {column}_version WHEN {version} THEN {column} END"
    return column if column in COLUMNS else "NULL"


def as_variant(
    row: Sequence[Any], outputs: dict[str, Output], left_out: dict[str, Output]
) -> VariantRecord:
    """Return a record as the row of its table and the files of it say."""
    # By place: a mapping of forty names takes four times as long.
    figures = figures_in(row[len(COLUMNS) :])
    values: list[Any] = [*row[: len(COLUMNS)], figures, outputs, left_out]
    values[IS_SETTLED] = bool(values[IS_SETTLED])
    if values[CONVERGED] is not None:
        values[CONVERGED] = bool(values[CONVERGED])
    for time in TIME_PLACES:
        if values[time] is not None:
            values[time] = int(values[time])
    return VariantRecord(*values)


def as_output(values: Sequence[Any]) -> Output:
    """Return a file as a row says."""
    path, size_bytes, digest, is_exact, note, recipe = values
    return Output(path, size_bytes, digest, bool(is_exact), note, recipe)


def as_key(values: Sequence[Any]) -> Key:
    """Return what a row begins with."""
    job, folder, image, frame, k, init = values[: len(KEY)]
    return job, folder, image, frame, k, init
