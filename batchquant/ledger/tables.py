"""The tables of the ledger, and how those of older versions become them."""

import sqlite3
from pathlib import PurePosixPath

from batchquant.errors import StorageError

VERSION = 4
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
    fingerprint TEXT NOT NULL,
    source_path TEXT NOT NULL,
    source_size_bytes INTEGER NOT NULL,
    source_mtime_ns INTEGER NOT NULL,
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
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""
# Every file that was ever written, so that files which nobody wants any more can be told from
# those of a stranger. Current are those that show what their variant's row speaks of.
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
    is_current INTEGER NOT NULL
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
OUTPUTS_BY_VARIANT = """
CREATE INDEX IF NOT EXISTS outputs_by_variant ON outputs (job, folder, image, frame, k, init)
"""
COLUMNS_OF_2 = """job, folder, image, frame, k, init, status, error, fingerprint, source_path,
    source_size_bytes, source_mtime_ns, source_sha256, width, height, distinct_colors,
    source_format, mode, notes, seed, n_iter, converged, inertia, mse, max_error, n_colors,
    decode_s, cluster_s, encode_s, peak_memory_bytes"""


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
        if version == 1:  # it knew no frames, and all it speaks of is made anew
            connection.execute("DROP TABLE variants")
        elif version == 2:
            connection.execute("ALTER TABLE variants RENAME TO variants_2")
        for statement in (VARIANTS, OUTPUTS, OUTPUTS_BY_VARIANT, OVERVIEWS):
            connection.execute(statement)
        if version == 2:
            _take_over_2(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _take_over_2(connection: sqlite3.Connection) -> None:
    """Take over what is known of PNG and PDF; of palette files nothing is."""
    connection.execute(
        f"INSERT INTO variants ({COLUMNS_OF_2}) SELECT {COLUMNS_OF_2} FROM variants_2"
    )
    done = connection.execute(
        "SELECT job, folder, image, frame, k, init, png_bytes, pdf_bytes, EXISTS ("
        " SELECT * FROM variants_2 AS other WHERE other.job = this.job"
        " AND other.folder = this.folder AND other.image = this.image AND other.frame > 0)"
        " FROM variants_2 AS this WHERE status = 'done'"
    ).fetchall()
    for job, folder, image, frame, k, init, png_bytes, pdf_bytes, is_numbered in done:
        stem = PurePosixPath(image).stem + (f"_f{frame:03d}" if is_numbered else "")
        base = f"{PurePosixPath(job, folder, image, stem)}_k{k:03d}_{init}"
        for kind, size_bytes in (("png", png_bytes), ("pdf", pdf_bytes)):
            if size_bytes is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 1)",
                    (f"{base}.{kind}", job, folder, image, frame, k, init, kind, size_bytes),
                )
    connection.execute("DROP TABLE variants_2")
