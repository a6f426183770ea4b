"""The tables of the ledger, and how those of older versions become them."""

import sqlite3
from pathlib import PurePosixPath

from batchquant.errors import StorageError

VERSION = 7
MAX_DIGITS = 40  # of nanoseconds: no file system has as many
TIMES = ("source_mtime_ns", "source_ctime_ns")
# Times are text: a file system can hold any, and an INTEGER of SQLite ends with the year 2262.
VARIANTS = """
CREATE TABLE IF NOT EXISTS variants (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    k INTEGER NOT NULL,
    init TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
    error TEXT,
    recipe TEXT NOT NULL,
    source_path TEXT NOT NULL,
    source_size_bytes INTEGER NOT NULL,
    source_mtime_ns TEXT NOT NULL,
    source_ctime_ns TEXT,
    source_sha256 TEXT,
    width INTEGER,
    height INTEGER,
    distinct_colors INTEGER,
    source_format TEXT,
    mode TEXT,
    notes TEXT,
    seed INTEGER,
    n_iter INTEGER,
    converged INTEGER,
    inertia REAL,
    mse REAL,
    max_error REAL,
    n_colors INTEGER,
    decode_s REAL NOT NULL,
    cluster_s REAL,
    encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL,
    truncated TEXT,
    max_pixels INTEGER,
    decoder INTEGER,
    is_settled INTEGER NOT NULL DEFAULT 1,
    pixel_aspect REAL NOT NULL DEFAULT 1,
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""
# Every file that was ever written, so that files which nobody wants any more can be told from
# those of a stranger. Current are those that show what their variant's row speaks of. Of a size
# below 0 are those that their format could not hold: there is no file.
OUTPUTS = """
CREATE TABLE IF NOT EXISTS outputs (
    path TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    k INTEGER NOT NULL,
    init TEXT NOT NULL,
    kind TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    digest BLOB,
    is_current INTEGER NOT NULL,
    is_exact INTEGER NOT NULL DEFAULT 0,
    note TEXT,
    recipe TEXT
) WITHOUT ROWID
"""
# What was drawn of an image as a whole, and, with a job alone, its book. Among outputs its files
# have k 0 and no init.
OVERVIEWS = """
CREATE TABLE IF NOT EXISTS overviews (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    error TEXT,
    elapsed_s REAL NOT NULL,
    PRIMARY KEY (job, folder, image, frame)
)
"""
# Files that a worker may be writing: what a killed run left under these names is ours.
INTENDED = """
CREATE TABLE IF NOT EXISTS intended (path TEXT PRIMARY KEY) WITHOUT ROWID
"""
# What files of pictures say of themselves, as long as they are as they were.
HEADERS = """
CREATE TABLE IF NOT EXISTS headers (
    place TEXT NOT NULL,
    question TEXT NOT NULL,
    stamp TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (place, question)
) WITHOUT ROWID
"""
OUTPUTS_BY_VARIANT = """
CREATE INDEX IF NOT EXISTS outputs_by_variant ON outputs (job, folder, image, frame, k, init)
"""
COLUMNS_OF_2 = """job, folder, image, frame, k, init, status, error, fingerprint, source_path,
    source_size_bytes, source_mtime_ns, source_sha256, width, height, distinct_colors,
    source_format, mode, notes, seed, n_iter, converged, inertia, mse, max_error, n_colors,
    decode_s, cluster_s, encode_s, peak_memory_bytes"""
# What older ledgers say of `truncated` in the words of their rows only.
TRUNCATED_OF_4 = """CASE
    WHEN status = 'done' AND notes LIKE 'damaged, shown as far as it could be read%' THEN 'accept'
    WHEN status = 'failed' AND error LIKE 'unreadable: %' AND source_sha256 IS NOT NULL THEN 'fail'
END"""


OUTPUTS_OF_6 = "path, job, folder, image, frame, k, init, kind, size_bytes, digest, is_current"
# Until then the notes on a picture ended with what is to be said of its PDF.
NOTES_OF_6 = (
    """UPDATE outputs SET note = (SELECT substr(notes, -21) FROM variants
        WHERE (job, folder, image, frame, k, init)
            = (outputs.job, outputs.folder, outputs.image, outputs.frame, outputs.k, outputs.init)
        AND notes LIKE '%PDF laid onto #______') WHERE kind = 'pdf'""",
    """UPDATE variants SET notes = substr(notes, 1, max(0, length(notes) - 23))
        WHERE notes LIKE '%PDF laid onto #______'""",
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
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version > VERSION:
        raise StorageError(
            f"found a ledger of version {version}, expected {VERSION} at most."
            " Use the batchquant that wrote it, or another output folder."
        )
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        _set_older_aside(connection, version)
        for statement in (VARIANTS, OUTPUTS, OUTPUTS_BY_VARIANT, OVERVIEWS, INTENDED, HEADERS):
            connection.execute(statement)
        _take_over(connection, version)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _set_older_aside(connection: sqlite3.Connection, version: int) -> None:
    """Rename tables that are to be copied, and bring others up to date in place."""
    if version == 1:  # it knew no frames, and all it speaks of is made anew
        connection.execute("DROP TABLE variants")
    elif 1 < version < 5:
        connection.execute("ALTER TABLE variants RENAME TO older_variants")
    elif version in (5, 6):
        if version == 5:  # of one decoder, which took all pixels for square
            for column in ("decoder INTEGER", "pixel_aspect REAL NOT NULL DEFAULT 1"):
                connection.execute(f"ALTER TABLE variants ADD COLUMN {column}")
        connection.execute("ALTER TABLE variants RENAME COLUMN fingerprint TO recipe")
    if version > 2:
        connection.execute("DROP INDEX outputs_by_variant")
        connection.execute("ALTER TABLE outputs RENAME TO older_outputs")


def _take_over(connection: sqlite3.Connection, version: int) -> None:
    """Copy what older tables say."""
    if 1 < version < 5:
        connection.execute(
            f"INSERT INTO variants ({COLUMNS_OF_2.replace('fingerprint', 'recipe')}, truncated)"
            f" SELECT {COLUMNS_OF_2}, {TRUNCATED_OF_4} FROM older_variants"
        )
        if version == 2:
            _take_over_files_of_2(connection)
        connection.execute("DROP TABLE older_variants")
    if version > 2:
        connection.execute(
            f"INSERT INTO outputs ({OUTPUTS_OF_6}, is_exact)"
            f" SELECT {OUTPUTS_OF_6}, kind = 'png' FROM older_outputs"
        )
        connection.execute("DROP TABLE older_outputs")
    if version > 1:
        for statement in NOTES_OF_6:
            connection.execute(statement)


def forget_damaged_rows(connection: sqlite3.Connection) -> None:
    """Forget rows in which a cell holds what its column does not: what they say is made again."""
    for table in ("variants", "outputs", "overviews", "intended", "headers"):
        wrong = []
        for _, column, kind, is_required, _, is_key in connection.execute(
            f"PRAGMA table_info({table})"
        ):
            kinds = [kind.lower()] if is_required or is_key else [kind.lower(), "null"]
            wrong.append(f"typeof({column}) NOT IN ({', '.join(map(repr, kinds))})")
            if column in TIMES:
                digits = f"substr({column}, 1 + ({column} LIKE '-%'))"
                wrong.append(f"length({digits}) NOT BETWEEN 1 AND {MAX_DIGITS}")
                wrong.append(f"{digits} GLOB '*[^0-9]*'")
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
                    f"INSERT OR REPLACE INTO outputs ({OUTPUTS_OF_6})"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 1)",
                    (f"{base}.{kind}", job, folder, image, frame, k, init, kind, size_bytes),
                )
