"""The tables of the ledger, and how those of older versions become them."""

import sqlite3
from pathlib import PurePosixPath

from batchquant.errors import StorageError
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.store.schema import (
    IMAGE,
    KEY,
    OVERVIEW_MARKS,
    OVERVIEWS,
    TABLES,
    TIMES,
    figure_columns,
)

VERSION = 10
MAX_DIGITS = 40  # of nanoseconds: no file system has as many
RENAMED = {("variants", "fingerprint"): "recipe"}
# What older ledgers say of `truncated` in the words of their rows only.
TRUNCATED_OF_4 = """CASE
    WHEN status = 'done' AND notes LIKE 'damaged, shown as far as it could be read%' THEN 'accept'
    WHEN status = 'failed' AND error LIKE 'unreadable: %' AND source_sha256 IS NOT NULL THEN 'fail'
END"""


FIGURES_OF_7 = ("mse", "psnr_db", "max_error")
"""What is known of rows of before metrics had versions; PSNR follows from the first."""
# Until then the notes on a picture ended with what is to be said of its PDF.
NOTES_OF_6 = (
    """UPDATE outputs SET note = (SELECT substr(notes, -21) FROM variants
        WHERE (job, folder, image, frame, k, init)
            = (outputs.job, outputs.folder, outputs.image, outputs.frame, outputs.k, outputs.init)
        AND notes LIKE '%PDF laid onto #______') WHERE kind = 'pdf'""",
    """UPDATE variants SET notes = substr(notes, 1, max(0, length(notes) - 23))
        WHERE notes LIKE '%PDF laid onto #______'""",
)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a ledger; 0 of an empty file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_up_to_date(connection: sqlite3.Connection) -> bool:
    """Tell whether a ledger is of this version, with columns for all figures that there are."""
    return version_of(connection) == VERSION and (
        figure_columns().keys() <= _columns_of_variants(connection)
    )


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing, of an older ledger's if there is one.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a ledger, or to nothing yet. All is done in one transaction, or nothing.

    Raises
    ------
    StorageError
        If the ledger is of a newer version.
    """
    if is_up_to_date(connection):
        return
    version = version_of(connection)
    if version > VERSION:
        raise StorageError(
            f"a newer batchquant wrote it, in version {version}, and this one reads {VERSION} at"
            " most. Use that one, or another output folder."
        )
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if version == 1:  # it knew no frames, and all it speaks of is made anew
            connection.execute("DROP TABLE variants")
        if version == 8:
            _give_steps_to_8(connection)
        if version in (8, 9):
            connection.execute("ALTER TABLE variants ADD COLUMN shared_inertia REAL")
            version = VERSION
        older = _set_aside(connection) if 1 < version < VERSION else []
        for statement in TABLES if version != VERSION else ():
            connection.execute(statement)
        _add_figures(connection)
        if older:
            _take_over(connection, version, older)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _set_aside(connection: sqlite3.Connection) -> list[str]:
    """Rename the tables that there are, without rows that are damaged; return their names."""
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name in ("variants", "outputs", "overviews", "intended", "headers")
    ]
    connection.execute("DROP INDEX IF EXISTS outputs_by_variant")
    for table in tables:
        _forget_damaged_rows(connection, table)
        connection.execute(f"ALTER TABLE {table} RENAME TO older_{table}")
    return tables


def _take_over(connection: sqlite3.Connection, version: int, older: list[str]) -> None:
    """Copy what older tables say."""
    for table in older:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info(older_{table})")]
        known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        columns = {RENAMED.get((table, name), name): name for name in names}
        columns = {new: old for new, old in columns.items() if new in known}
        if table == "variants" and "truncated" not in columns:
            columns["truncated"] = TRUNCATED_OF_4
        if table == "outputs" and version < 7:
            columns["is_exact"] = "kind = 'png'"
        connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {', '.join(columns.values())} FROM older_{table}"
        )
    if version == 2:
        _take_over_files_of_2(connection)
    for statement in NOTES_OF_6 if version < 7 else ():
        connection.execute(statement)
    _take_over_figures_of_7(connection)
    for table in older:
        connection.execute(f"DROP TABLE older_{table}")


def _give_steps_to_8(connection: sqlite3.Connection) -> None:
    """Let overviews say of which step they are: until then there was one."""
    statements = (
        "DROP TRIGGER overviews_insert",
        "ALTER TABLE overviews RENAME TO older_overviews",
        OVERVIEWS,
        f"INSERT INTO overviews SELECT {', '.join(IMAGE)}, '', fingerprint, error, elapsed_s"
        " FROM older_overviews",
        "DROP TABLE older_overviews",
        OVERVIEW_MARKS,
    )
    for statement in statements:
        connection.execute(statement)


def _take_over_figures_of_7(connection: sqlite3.Connection) -> None:
    """Say the version of figures that are known, and what follows from them."""
    connection.create_function("psnr_db_of", 1, psnr_db, deterministic=True)
    connection.execute(
        "UPDATE variants SET psnr_db = psnr_db_of(mse) WHERE mse BETWEEN 0 AND 65025"
    )
    for name in FIGURES_OF_7:
        connection.execute(f"UPDATE variants SET {name}_version = 1 WHERE {name} IS NOT NULL")


def _add_figures(connection: sqlite3.Connection) -> None:
    """Add columns of metrics that are new: rows of before have no figure in them."""
    missing = figure_columns().keys() - _columns_of_variants(connection)
    for name, kind in figure_columns().items():
        if name in missing:
            connection.execute(f"ALTER TABLE variants ADD COLUMN {name} {kind}")


def _columns_of_variants(connection: sqlite3.Connection) -> set[str]:
    return {column[1] for column in connection.execute("PRAGMA table_info(variants)")}


def _forget_damaged_rows(connection: sqlite3.Connection, table: str) -> None:
    """Forget rows in which a cell holds what its column does not: what they say is made again."""
    wrong = []
    for _, column, kind, is_required, _, is_key in connection.execute(
        f"PRAGMA table_info({table})"
    ):
        kinds = [kind.lower()] if is_required or is_key else [kind.lower(), "null"]
        if column in TIMES:
            kinds.append("integer")  # as they were once
            digits = f"substr({column}, 1 + ({column} LIKE '-%'))"
            wrong.append(f"length({digits}) NOT BETWEEN 1 AND {MAX_DIGITS}")
            wrong.append(f"{digits} GLOB '*[^0-9]*'")
        wrong.append(f"typeof({column}) NOT IN ({', '.join(map(repr, kinds))})")
    connection.execute(f"DELETE FROM {table} WHERE {' OR '.join(wrong)}")


def _take_over_files_of_2(connection: sqlite3.Connection) -> None:
    """Take over what is known of PNG and PDF; of palette files nothing is."""
    done = connection.execute(
        "SELECT job, folder, image, frame, k, init, png_bytes, pdf_bytes, EXISTS ("
        " SELECT * FROM older_variants AS other WHERE other.job = this.job"
        " AND other.folder = this.folder AND other.image = this.image AND other.frame > 0)"
        " FROM older_variants AS this WHERE status = 'done'"
    ).fetchall()
    for job, folder, image, frame, k, init, png_bytes, pdf_bytes, is_numbered in done:
        stem = PurePosixPath(image).stem + (f"_f{frame:03d}" if is_numbered else "")
        base = f"{PurePosixPath(job, folder, image, stem)}_k{k:03d}_{init}"
        for kind, size_bytes in (("png", png_bytes), ("pdf", pdf_bytes)):
            if size_bytes is not None:
                connection.execute(
                    f"INSERT OR REPLACE INTO outputs (path, {', '.join(KEY)}, kind, size_bytes,"
                    " is_current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                    (f"{base}.{kind}", job, folder, image, frame, k, init, kind, size_bytes),
                )
