"""Plan and overviews, joined: of which images overview, report and page may be out of date."""

import sqlite3
from collections.abc import Iterator

from batchquant.files.outputs import is_there
from batchquant.plan.records import ImageKey
from batchquant.store.schema import IMAGE, IS_SHOWN, same

SAME = same("p", "o")
NAME = ", ".join(f"p.{name}" for name in IMAGE)
# Images of the plan in TEMP that the one that is kept does not know as they are now. What a source
# looks like is a matter of its variants.
ALIKE = " AND ".join(f"o.{name} IS p.{name}" for name in ("base", "refusal", "absent", "since"))
NEW = """SELECT {columns} FROM temp.pictures AS p JOIN temp.sweeps AS s USING (sweep)
    LEFT JOIN main.sweeps AS t USING (content)
    LEFT JOIN main.pictures AS o ON o.sweep = t.sweep AND o.drawn_since = p.drawn_since
        AND {alike} AND {same}
    WHERE o.position IS NULL"""
NEWLY_PLANNED = NEW.format(columns=NAME, alike=ALIKE, same=SAME)
AT_ANOTHER_PLACE = NEW.format(
    columns=f"NULL, {NAME}",
    alike=f"{ALIKE} AND (o.width, o.height) IS (p.width, p.height)",
    same=f"o.position = p.position AND {SAME}",
)


def keep_plan(connection: sqlite3.Connection) -> None:
    """Keep the plan that is in TEMP, and mark images of which it says something new."""
    execute = connection.execute
    execute(f"INSERT OR IGNORE INTO undrawn {NEWLY_PLANNED}")
    execute(f"INSERT OR REPLACE INTO unreported {AT_ANOTHER_PLACE}")
    for table in ("sweeps", "pictures"):
        execute(f"DELETE FROM main.{table}")
        execute(f"INSERT INTO main.{table} SELECT * FROM temp.{table}")


def find_undrawn(
    connection: sqlite3.Connection, folder: str, *, is_kept: bool, verify: bool
) -> None:
    """Fill the table ``to_draw``: images of which nothing is due, but something may be to be drawn.

    `verify` takes all; else those are meant of which something was written since they were drawn,
    or that are planned otherwise, whose drawing failed, or of whose files in `folder` one is not
    there. `is_kept` says whether the plan is the one that is kept.
    """
    execute = connection.execute
    execute("CREATE TEMP TABLE to_draw (position INTEGER PRIMARY KEY)")
    if verify:
        execute("INSERT INTO to_draw SELECT position FROM pictures")
    else:
        execute(
            f"""INSERT OR IGNORE INTO to_draw SELECT position FROM pictures AS p
            JOIN (SELECT * FROM undrawn UNION SELECT {", ".join(IMAGE)} FROM overviews
                WHERE {IS_SHOWN} AND error IS NOT NULL) AS o ON {SAME}"""
        )
        if not is_kept:
            execute(
                f"INSERT OR IGNORE INTO to_draw SELECT p.position FROM pictures AS p"
                f" JOIN ({NEWLY_PLANNED}) AS o ON {SAME}"
            )
        connection.executemany(
            f"INSERT OR IGNORE INTO to_draw SELECT position FROM pictures AS p WHERE"
            f" ({NAME}) = (?, ?, ?, ?)",
            _without_files(connection, folder),
        )
    execute(
        """DELETE FROM to_draw WHERE EXISTS (SELECT * FROM due
            WHERE due.position = to_draw.position AND is_meant)
        OR EXISTS (SELECT * FROM pictures AS p WHERE p.position = to_draw.position
            AND (refusal IS NOT NULL OR absent IS NOT NULL))"""
    )


def _without_files(connection: sqlite3.Connection, folder: str) -> Iterator[ImageKey]:
    """Yield images of whose overview a file is not there as it was written."""
    rows = connection.execute(
        f"SELECT {', '.join(IMAGE)}, path, size_bytes FROM outputs WHERE k = 0 AND is_current"
        f" AND {IS_SHOWN.replace('step', 'init')}"
    )
    has_size = is_there(folder)
    for job, name, image, frame, path, size_bytes in rows:
        if not has_size(path, size_bytes):
            yield job, name, image, frame
