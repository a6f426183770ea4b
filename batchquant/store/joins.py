"""Plan and records, joined: the tables and conditions that find what is to be made."""

import sqlite3

from batchquant.formats.registry import formats
from batchquant.images.read.version import ALPHA_WEIGHS
from batchquant.plan.keys import file_recipe, painted_recipe
from batchquant.plan.sweep import Sweep
from batchquant.store.schema import same

NEW, CHANGED = "new", "setting changed"
TABLES = (
    # What is planned is a join of pictures and recipes: a row each would be a million rows.
    """CREATE TEMP TABLE recipes (
        sweep INTEGER, frame INTEGER, ordinal INTEGER, k INTEGER, init TEXT, recipe TEXT,
        PRIMARY KEY (sweep, frame, ordinal)
    ) WITHOUT ROWID""",
    """CREATE TEMP TABLE planned_files (
        sweep INTEGER, frame INTEGER, ordinal INTEGER, kind TEXT, ending TEXT, recipe TEXT,
        PRIMARY KEY (sweep, frame, ordinal, kind)
    ) WITHOUT ROWID""",
    # Of a variant that is to be made: why, whether its pixels are known and only files are due, and
    # whether the run is about it.
    """CREATE TEMP TABLE due (
        position INTEGER, ordinal INTEGER, reason TEXT, only_files INTEGER,
        is_meant INTEGER DEFAULT 1, PRIMARY KEY (position, ordinal)
    ) WITHOUT ROWID""",
    # What has to be looked at more closely.
    """CREATE TEMP TABLE suspects (
        position INTEGER, ordinal INTEGER, PRIMARY KEY (position, ordinal)
    ) WITHOUT ROWID""",
)
IS_OF_PICTURE = same("v", "p")
PLANNED = f"""pictures AS p
    JOIN sweeps AS s USING (sweep)
    JOIN recipes AS r USING (sweep, frame)
    LEFT JOIN variants AS v ON {IS_OF_PICTURE} AND v.k = r.k AND v.init = r.init"""
# Two runs may have had one place for files of the same settings: it shows what was written last.
IS_ITS_FILE = f"{same('o', 'p')} AND o.k = r.k AND o.init = r.init"
IS_TO_BE_THERE = "p.refusal IS NULL AND p.absent IS NULL"
IS_CLEAN = f"""(v.status = 'done' AND v.is_settled AND v.recipe = r.recipe
    AND v.source_path = p.place AND v.source_size_bytes = p.size_bytes
    AND v.source_mtime_ns = p.mtime_ns AND v.source_ctime_ns IS p.ctime_ns
    AND (v.truncated IS NULL OR v.truncated = s.truncated)
    AND v.max_pixels IS NULL AND ifnull(v.width, 0) * ifnull(v.height, 0) <= s.max_pixels
    AND ifnull(v.decoder, 1) >= max(p.since, {ALPHA_WEIGHS}))"""
THE_SAME = "(position, ordinal) = (p.position, r.ordinal)"
IS_DUE = f"EXISTS (SELECT * FROM due WHERE {THE_SAME})"
IS_SUSPECT = f"EXISTS (SELECT * FROM suspects WHERE {THE_SAME})"
RECIPE_DIGITS = 32  # an older digest has 64, and may stand for the same


def _is_planned(variants: str) -> str:
    """Return the beginning of a query for the picture and the recipe that variants are made by."""
    return f"""SELECT * FROM pictures AS p JOIN recipes AS r
        ON (r.sweep, r.frame, r.k, r.init) = (p.sweep, p.frame, {variants}.k, {variants}.init)"""


def _is_due(variants: str) -> str:
    return f"""EXISTS ({_is_planned(variants)}
        JOIN due ON (due.position, due.ordinal) = (p.position, r.ordinal)
        WHERE {same("p", variants)})"""


NOT_DUE = f"NOT {_is_due('variants')}"
# Settled variants that are due, and those that no plan has as they are.
SETTLED_DUE = f"variants AS v WHERE is_settled AND {_is_due('v')}"
# By their paths, since those are what a plan may have no more: of formats, too.
LEFT_OVER = f"""outputs AS o WHERE o.k > 0 AND o.size_bytes >= 0 AND NOT EXISTS (
    SELECT * FROM pictures AS p JOIN planned_files AS f USING (sweep, frame)
    WHERE {same("o", "p")} AND o.path = p.base || f.ending)"""
SETTLED_UNPLANNED = f"""variants AS v WHERE is_settled AND NOT EXISTS ({_is_planned("v")}
    WHERE {IS_OF_PICTURE} AND p.refusal IS NULL AND (p.absent IS NULL OR v.recipe = r.recipe))"""


def add_recipes(connection: sqlite3.Connection, number: int, frame: int, sweep: Sweep) -> None:
    """Fill the tables of what is planned of all images of a sweep, of one frame."""
    pairs = [(k, init) for k in sweep.k for init in sweep.init]
    for ordinal, (k, init) in enumerate(pairs):
        recipe = painted_recipe(sweep.settings, frame, k, init)
        connection.execute(
            "INSERT INTO recipes VALUES (?, ?, ?, ?, ?, ?)",
            (number, frame, ordinal, k, init, recipe),
        )
        connection.executemany(
            "INSERT INTO planned_files VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    frame,
                    ordinal,
                    kind,
                    f"_k{k:03d}_{init}{formats()[kind].suffix}",
                    file_recipe(kind, recipe, sweep.settings),
                )
                for kind in sweep.kinds
            ],
        )
