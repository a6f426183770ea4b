"""The tables of the ledger, as SQLite makes them."""

from functools import cache

from batchquant.metrics.registry import names_beside
from batchquant.plan.groups import HISTOGRAM, SHARED_PALETTE

TIMES = ("source_mtime_ns", "source_ctime_ns")
IMAGE = ("job", "folder", "image", "frame")
KEY = (*IMAGE, "k", "init")


def same(one: str, other: str, columns: tuple[str, ...] = IMAGE) -> str:
    """Return the condition that rows of two tables have the same in some columns."""
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in columns)


# Times are text: a file system can hold any, and an INTEGER of SQLite ends with the year 2262.
VARIANTS = """
CREATE TABLE variants (
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
    shared_inertia REAL,
    PRIMARY KEY (job, folder, image, frame, k, init)
) STRICT
"""
# Every file that was ever written, so that files which nobody wants any more can be told from
# those of a stranger. Current are those that show what their variant's row speaks of. Of a size
# below 0 are those that their format could not hold: there is no file.
OUTPUTS = """
CREATE TABLE outputs (
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
) STRICT, WITHOUT ROWID
"""
# What was drawn of an image as a whole, and, with a job alone, its book; or, by the name of a step,
# what that made of it. Among outputs its files have k 0 and the step as init.
OVERVIEWS = """
CREATE TABLE overviews (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    step TEXT NOT NULL DEFAULT '',
    fingerprint TEXT NOT NULL,
    error TEXT,
    elapsed_s REAL NOT NULL,
    PRIMARY KEY (job, folder, image, frame, step)
) STRICT
"""
# Of the others nothing is shown: the colors of a picture, and what a group shares.
IS_SHOWN = f"step NOT IN ('{HISTOGRAM}', '{SHARED_PALETTE}')"
# Files that a worker may be writing: what a killed run left under these names is ours.
INTENDED = """
CREATE TABLE intended (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID
"""
# What files of pictures say of themselves, as long as they are as they were.
HEADERS = """
CREATE TABLE headers (
    place TEXT NOT NULL,
    question TEXT NOT NULL,
    stamp TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (place, question)
) STRICT, WITHOUT ROWID
"""
OUTPUTS_BY_VARIANT = """
CREATE INDEX outputs_by_variant ON outputs (job, folder, image, frame, k, init)
"""
# The images of the plan that ran last. `position` is the order of the report. Paths are bytes, as
# the operating system has them; `place` is the text that records know a source by, `base` what
# names of outputs begin with.
SWEEPS = """
CREATE {temp} TABLE sweeps (
    sweep INTEGER PRIMARY KEY,
    content TEXT NOT NULL UNIQUE,
    n_variants INTEGER NOT NULL,
    truncated TEXT NOT NULL,
    max_pixels INTEGER NOT NULL
) STRICT
"""
PICTURES = """
CREATE {temp} TABLE pictures (
    position INTEGER PRIMARY KEY,
    sweep INTEGER NOT NULL,
    place TEXT NOT NULL,
    base TEXT NOT NULL,
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    takes_all INTEGER NOT NULL,
    path BLOB NOT NULL,
    relative BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns TEXT NOT NULL,
    ctime_ns TEXT,
    width INTEGER,
    height INTEGER,
    directory TEXT NOT NULL,
    refusal TEXT,
    absent TEXT,
    since INTEGER NOT NULL,
    drawn_since INTEGER NOT NULL
) STRICT
"""
BY_NAME = "CREATE INDEX {schema}pictures_by_name ON pictures (job, folder, image, frame)"
# Images whose overview may not show what is known of them, and those of which report and page may
# not. The numbers of the latter grow, so that a mark set while a report is written outlives it.
UNDRAWN = """
CREATE TABLE undrawn (
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    PRIMARY KEY (job, folder, image, frame)
) STRICT, WITHOUT ROWID
"""
UNREPORTED = """
CREATE TABLE unreported (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    folder TEXT NOT NULL,
    image TEXT NOT NULL,
    frame INTEGER NOT NULL,
    UNIQUE (job, folder, image, frame)
) STRICT
"""
# What the page shows of so many images at a time, and which reports say all that is known.
PAGE_CHUNKS = """
CREATE TABLE page_chunks (chunk INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT
"""
REPORTS = """
CREATE TABLE reports (name TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT, WITHOUT ROWID
"""


@cache
def figure_columns() -> dict[str, str]:
    """Return name and type of the columns of figures: each value, and the version it is of."""
    other = {line.split()[0] for line in VARIANTS.splitlines() if line.startswith("    ")}
    values = names_beside(other)
    found = {f"{name}_version": "INTEGER" for name in values}
    return dict.fromkeys(names_beside(found), "REAL") | found


_NEW = "NEW.job, NEW.folder, NEW.image, NEW.frame"
VARIANT_MARKS = [
    # What is unsettled is marked by who does it, all at once.
    f"""CREATE TRIGGER variants_{event.lower()} AFTER {event} ON variants
    WHEN NEW.is_settled BEGIN
        INSERT OR IGNORE INTO undrawn VALUES ({_NEW});
        INSERT OR REPLACE INTO unreported VALUES (NULL, {_NEW});
    END"""
    for event in ("INSERT", "UPDATE")
]
# Who has seen that nothing more is to be drawn of an image takes its mark away.
OVERVIEW_MARKS = f"""
CREATE TRIGGER overviews_insert AFTER INSERT ON overviews BEGIN
    INSERT OR REPLACE INTO unreported VALUES (NULL, {_NEW});
END
"""
FAILED = """
CREATE INDEX failed_variants ON variants (job, folder, image, frame) WHERE status = 'failed'
"""
BY_STATUS = "CREATE INDEX variants_by_status ON variants (is_settled, status)"
OF_OVERVIEWS = """
CREATE INDEX outputs_of_overviews ON outputs (job, folder, image, frame) WHERE k = 0
"""
TABLES = (
    VARIANTS,
    OUTPUTS,
    OUTPUTS_BY_VARIANT,
    OVERVIEWS,
    INTENDED,
    HEADERS,
    SWEEPS.format(temp=""),
    PICTURES.format(temp=""),
    BY_NAME.format(schema=""),
    UNDRAWN,
    UNREPORTED,
    PAGE_CHUNKS,
    REPORTS,
    FAILED,
    BY_STATUS,
    OF_OVERVIEWS,
    *VARIANT_MARKS,
    OVERVIEW_MARKS,
)
