"""Ledgers as older versions of batchquant wrote them: their tables took any value in any column."""

VARIANTS_OF_7 = """
CREATE TABLE variants (
    job TEXT NOT NULL, folder TEXT NOT NULL, image TEXT NOT NULL, frame INTEGER NOT NULL,
    k INTEGER NOT NULL, init TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')), error TEXT,
    recipe TEXT NOT NULL, source_path TEXT NOT NULL, source_size_bytes INTEGER NOT NULL,
    source_mtime_ns TEXT NOT NULL, source_ctime_ns TEXT, source_sha256 TEXT,
    width INTEGER, height INTEGER, distinct_colors INTEGER, source_format TEXT, mode TEXT,
    notes TEXT, seed INTEGER, n_iter INTEGER, converged INTEGER, inertia REAL, mse REAL,
    max_error REAL, n_colors INTEGER, decode_s REAL NOT NULL, cluster_s REAL, encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL, truncated TEXT, max_pixels INTEGER, decoder INTEGER,
    is_settled INTEGER NOT NULL DEFAULT 1, pixel_aspect REAL NOT NULL DEFAULT 1,
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""
OUTPUTS_OF_7 = """
CREATE TABLE outputs (
    path TEXT PRIMARY KEY, job TEXT NOT NULL, folder TEXT NOT NULL, image TEXT NOT NULL,
    frame INTEGER NOT NULL, k INTEGER NOT NULL, init TEXT NOT NULL, kind TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, digest BLOB, is_current INTEGER NOT NULL,
    is_exact INTEGER NOT NULL DEFAULT 0, note TEXT, recipe TEXT
) WITHOUT ROWID
"""
OVERVIEWS_OF_7 = """
CREATE TABLE overviews (
    job TEXT NOT NULL, folder TEXT NOT NULL, image TEXT NOT NULL, frame INTEGER NOT NULL,
    fingerprint TEXT NOT NULL, error TEXT, elapsed_s REAL NOT NULL,
    PRIMARY KEY (job, folder, image, frame)
)
"""
INTENDED_OF_7 = "CREATE TABLE intended (path TEXT PRIMARY KEY) WITHOUT ROWID"
HEADERS_OF_7 = """
CREATE TABLE headers (
    place TEXT NOT NULL, question TEXT NOT NULL, stamp TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (place, question)
) WITHOUT ROWID
"""
TABLES_OF_7 = {
    "variants": VARIANTS_OF_7,
    "outputs": OUTPUTS_OF_7,
    "overviews": OVERVIEWS_OF_7,
    "intended": INTENDED_OF_7,
    "headers": HEADERS_OF_7,
}
OVERVIEWS_OF_8 = f"{OVERVIEWS_OF_7} STRICT"
MARKS_OF_8 = """
CREATE TRIGGER overviews_insert AFTER INSERT ON overviews BEGIN
    DELETE FROM undrawn WHERE (job, folder, image, frame)
        = (NEW.job, NEW.folder, NEW.image, NEW.frame);
    INSERT OR REPLACE INTO unreported VALUES (NULL, NEW.job, NEW.folder, NEW.image, NEW.frame);
END
"""
INDEX = "CREATE INDEX outputs_by_variant ON outputs (job, folder, image, frame, k, init)"
VARIANTS_OF_2 = """
CREATE TABLE variants (
    job TEXT NOT NULL, folder TEXT NOT NULL, image TEXT NOT NULL, frame INTEGER NOT NULL,
    k INTEGER NOT NULL, init TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')), error TEXT,
    fingerprint TEXT NOT NULL, source_path TEXT NOT NULL, source_size_bytes INTEGER NOT NULL,
    source_mtime_ns INTEGER NOT NULL, source_sha256 TEXT, width INTEGER, height INTEGER,
    distinct_colors INTEGER, source_format TEXT, mode TEXT, notes TEXT, seed INTEGER,
    n_iter INTEGER, converged INTEGER, inertia REAL, mse REAL, max_error REAL, n_colors INTEGER,
    png_bytes INTEGER, pdf_bytes INTEGER, decode_s REAL NOT NULL, cluster_s REAL, encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""
VARIANTS_OF_4 = VARIANTS_OF_2.replace("png_bytes INTEGER, pdf_bytes INTEGER, ", "")
NOTES_OF_6 = """
UPDATE variants SET notes = CASE WHEN notes > '' THEN notes || '; ' ELSE '' END || file.note
FROM outputs AS file
WHERE (file.job, file.folder, file.image, file.frame, file.k, file.init)
    = (variants.job, variants.folder, variants.image, variants.frame, variants.k, variants.init)
AND file.note IS NOT NULL
"""


def write_as(connection, version):
    """Let an open ledger of today be of an older version, from 4 up, with what that knew."""
    if version >= 8:
        connection.execute("ALTER TABLE variants DROP COLUMN shared_inertia")
        if version == 8:  # there were no steps of packages
            _copy_into(connection, {"overviews": OVERVIEWS_OF_8})
            connection.execute(MARKS_OF_8)
        connection.execute(f"PRAGMA user_version = {version}")
        return
    _copy_into(connection, TABLES_OF_7)
    connection.execute(INDEX)
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        if table not in TABLES_OF_7 and not table.startswith("sqlite_"):
            connection.execute(f"DROP TABLE {table}")
    for older, step in ((6, _from_7_to_6), (5, _from_6_to_5), (4, _from_5_to_4)):
        if version <= older:
            step(connection)
    connection.execute(f"PRAGMA user_version = {version}")


def _from_7_to_6(connection):
    """There were no recipes, and notes on files stood with those on their picture."""
    connection.execute(NOTES_OF_6)
    connection.execute("ALTER TABLE variants RENAME COLUMN recipe TO fingerprint")
    for column in ("is_exact", "note", "recipe"):
        connection.execute(f"ALTER TABLE outputs DROP COLUMN {column}")
    connection.execute("DROP TABLE headers")


def _from_6_to_5(connection):
    """There was one decoder, which took all pixels for square."""
    for column in ("decoder", "pixel_aspect"):
        connection.execute(f"ALTER TABLE variants DROP COLUMN {column}")


def _from_5_to_4(connection):
    """Times were numbers, and nothing was known of limits."""
    connection.execute("DROP TABLE intended")
    _copy_into(connection, {"variants": VARIANTS_OF_4})


def _copy_into(connection, tables):
    """Put tables in place of those of the same names, with what both have columns for."""
    for table, statement in tables.items():
        connection.execute(f"ALTER TABLE {table} RENAME TO today")
        connection.execute(statement)
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        columns = ", ".join(names)
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today")
        connection.execute("DROP TABLE today")
