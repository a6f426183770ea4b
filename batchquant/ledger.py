"""The record of what was done, in SQLite; it tells whether a variant is done."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from batchquant.errors import StorageError
from batchquant.outcome import PASSING, TaskResult
from batchquant.plan.outputs import printable
from batchquant.plan.records import PlannedImage, Variant

VERSION = 1  # of the tables
TABLE = """
CREATE TABLE IF NOT EXISTS variants (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
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
    seed INTEGER,
    n_iter INTEGER,
    converged INTEGER,
    inertia REAL,
    mse REAL,
    n_colors INTEGER,
    png_bytes INTEGER,
    pdf_bytes INTEGER,
    decode_s REAL NOT NULL,
    cluster_s REAL,
    encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (job, folder, image, k, init)
)
"""

Key = tuple[str, str, str, int, str]
"""Job, folder, image, k and init: what names a variant among all of a run."""


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """What the ledger knows of a variant; attributes are the columns of its table."""

    job: str
    folder: str
    image: str
    k: int
    init: str
    status: str
    error: str | None
    fingerprint: str
    source_path: str
    source_size_bytes: int
    source_mtime_ns: int
    source_sha256: str | None
    width: int | None
    height: int | None
    distinct_colors: int | None
    seed: int | None
    n_iter: int | None
    converged: bool | None
    inertia: float | None
    mse: float | None
    n_colors: int | None
    png_bytes: int | None
    pdf_bytes: int | None
    decode_s: float
    cluster_s: float | None
    encode_s: float | None
    peak_memory_bytes: int

    @property
    def key(self) -> Key:
        """What names the variant."""
        return self.job, self.folder, self.image, self.k, self.init


COLUMNS = tuple(field.name for field in fields(VariantRecord))


def key_of(image: PlannedImage, variant: Variant) -> Key:
    """Return what names a planned variant."""
    return image.job, image.folder, image.image, variant.k, variant.init


def record_of(
    image: PlannedImage, variant: Variant, records: Mapping[Key, VariantRecord]
) -> VariantRecord | None:
    """Return the record of a planned variant; one that was refused has none.

    Its name as text may be that of another file: the text of a name that is not UTF-8 is its
    escaped form.
    """
    return None if image.refusal else records.get(key_of(image, variant))


def records_of(
    image: PlannedImage, variants: Sequence[Variant], result: TaskResult
) -> list[VariantRecord]:
    """Join what was planned and what came back.

    Parameters
    ----------
    image : PlannedImage
        The task's image.
    variants : sequence of Variant
        The task's variants, in its order.
    result : TaskResult
        Its result.

    Returns
    -------
    list of VariantRecord
        One for each variant that was worked on.
    """
    return [
        VariantRecord(
            job=image.job,
            folder=image.folder,
            image=image.image,
            k=variant.k,
            init=variant.init,
            status="done" if made else "failed",
            error=None if made else result.error,
            fingerprint=variant.fingerprint,
            source_path=printable(str(image.file.path)),
            # A file that cannot be opened is known by what its folder says of it.
            source_size_bytes=image.file.size_bytes
            if result.size_bytes is None
            else result.size_bytes,
            source_mtime_ns=image.file.mtime_ns if result.mtime_ns is None else result.mtime_ns,
            source_sha256=result.source_sha256,
            width=result.width,
            height=result.height,
            distinct_colors=result.distinct_colors,
            seed=made.seed if made else None,
            n_iter=made.n_iter if made else None,
            converged=made.converged if made else None,
            inertia=made.inertia if made else None,
            mse=made.mse if made else None,
            n_colors=made.n_colors if made else None,
            png_bytes=made.png_bytes if made else None,
            pdf_bytes=made.pdf_bytes if made else None,
            decode_s=result.decode_s,
            cluster_s=made.cluster_s if made else None,
            encode_s=made.encode_s if made else None,
            peak_memory_bytes=result.peak_memory_bytes,
        )
        for variant, made in zip(variants, result.variants, strict=False)
    ]


def is_settled(
    record: VariantRecord | None, image: PlannedImage, variant: Variant, output: Path
) -> bool:
    """Tell whether nothing is left to do for a variant.

    Parameters
    ----------
    record : VariantRecord or None
        What the ledger knows of it.
    image : PlannedImage
        Its image as it is now.
    variant : Variant
        As it is planned now.
    output : pathlib.Path
        The output folder.

    Returns
    -------
    bool
        True where settings and source are those of the record, and either all wanted outputs are
        there in their recorded size, or the image failed for what is in it: it would fail again.
    """
    if (
        record is None
        or record.fingerprint != variant.fingerprint
        or record.source_path != printable(str(image.file.path))
        or record.source_size_bytes != image.file.size_bytes
        or record.source_mtime_ns != image.file.mtime_ns
    ):
        return False
    if record.error is not None:
        return record.source_sha256 is not None and not record.error.startswith(PASSING)
    wanted = ((variant.png, record.png_bytes), (variant.pdf, record.pdf_bytes))
    return all(
        size is not None and _size_bytes(output / path) == size
        for path, size in wanted
        if path is not None
    )


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
            self._connection.row_factory = sqlite3.Row
            with self._connection:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                (version,) = self._connection.execute("PRAGMA user_version").fetchone()
                if version not in (0, VERSION):
                    raise StorageError(
                        f"{path}: found a ledger of version {version}, expected {VERSION}."
                        " Use the batchquant that wrote it, or another output folder."
                    )
                self._connection.execute(TABLE)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{path}: cannot be opened: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
