"""What is recorded of variants and overviews, read when it is asked for: memory does not grow."""

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from batchquant.plan.records import ImageKey
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.figures import figures_in
from batchquant.store.records import COLUMNS, Key, Output, VariantRecord
from batchquant.store.schema import IMAGE, KEY, TIMES, figure_columns
from batchquant.store.tables import MAX_DIGITS

OVERVIEW_COLUMNS = (*IMAGE, "step", "fingerprint", "error", "elapsed_s")
OUTPUT_COLUMNS = ", ".join(Output._fields)
IS_OF_IMAGE = " AND ".join(f"{column} = ?" for column in IMAGE)
# A column of text takes any; what a row says whose time is none is made again.
HAS_TIMES = " AND ".join(
    f"""({time} IS NULL OR (length({digits}) BETWEEN 1 AND {MAX_DIGITS}
        AND {digits} NOT GLOB '*[^0-9]*'))"""
    for time, digits in ((time, f"substr({time}, 1 + ({time} LIKE '-%'))") for time in TIMES)
)
IS_SETTLED, CONVERGED = COLUMNS.index("is_settled"), COLUMNS.index("converged")
TIME_PLACES = [COLUMNS.index(name) for name in TIMES]
MAX_CACHED = 64  # images: as many as are at work, and some that are looked at

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
        self._condition = f"{condition} AND {HAS_TIMES}"
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
            with self._guard():
                self._images[image] = self._read(image)
            if len(self._images) > MAX_CACHED:
                self._images.popitem(last=False)
        return self._images[image]

    def __getitem__(self, name: Name) -> Record:
        """Return a record; raises KeyError where there is none."""
        return self.of_image(name[:4])[name]

    def _read(self, image: ImageKey) -> dict[Name, Record]:
        raise NotImplementedError

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
        """Count those of a status, ``done`` or ``failed``."""
        return self._count(f"variants WHERE {self._condition} AND status = '{status}'")

    def errors(self) -> dict[ImageKey, str]:
        """Return the reason of the first variant of each image that failed."""
        failed = f"variants WHERE status = 'failed' AND {self._condition}"
        return self._errors(f"{failed} ORDER BY k DESC, rowid DESC")

    def _read(self, image: ImageKey) -> dict[Key, VariantRecord]:
        there: defaultdict[tuple[int, str], dict[str, Output]] = defaultdict(dict)
        left_out: defaultdict[tuple[int, str], dict[str, Output]] = defaultdict(dict)
        files = self._connection.execute(
            f"SELECT k, init, kind, {OUTPUT_COLUMNS} FROM outputs"
            f" WHERE {IS_OF_IMAGE} AND k > 0 AND is_current",
            image,
        )
        for k, init, kind, *values in files:
            output = as_output(values)
            (there if output.size_bytes >= 0 else left_out)[k, init][kind] = output
        rows = self._connection.execute(
            f"SELECT {', '.join((*COLUMNS, *figure_columns()))} FROM variants"
            f" WHERE {IS_OF_IMAGE} AND {self._condition} ORDER BY k, init",
            image,
        )
        records = {}
        for row in rows:
            of_variant = k, init = row[len(IMAGE)], row[len(IMAGE) + 1]
            records[*image, k, init] = as_variant(row, there[of_variant], left_out[of_variant])
        return records


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
        return self._errors("overviews WHERE error IS NOT NULL ORDER BY rowid")

    def _read(self, image: ImageKey) -> dict[DrawnKey, OverviewRecord]:
        rows = self._connection.execute(
            f"SELECT {', '.join(OVERVIEW_COLUMNS)} FROM overviews WHERE {IS_OF_IMAGE}", image
        ).fetchall()
        outputs: defaultdict[str, dict[str, Output]] = defaultdict(dict)
        for step, kind, *output in self._connection.execute(
            f"SELECT init, kind, {OUTPUT_COLUMNS} FROM outputs"
            f" WHERE {IS_OF_IMAGE} AND k = 0 AND is_current",
            image,
        ):
            outputs[step][kind] = as_output(output)
        found = (dict(zip(OVERVIEW_COLUMNS, row, strict=True)) for row in rows)
        records = [OverviewRecord(**row, outputs=outputs[row["step"]]) for row in found]
        return {record.key: record for record in records}


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
