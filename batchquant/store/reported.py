"""What reports and the page were made of last, and what has changed since."""

import sqlite3
from dataclasses import dataclass, field

from batchquant.store.schema import IMAGE


@dataclass(slots=True)
class Reported:
    """What is known of reports and page: kept in the ledger, so that only changes are written.

    Attributes
    ----------
    last_mark : int
        Marks up to it are of what has changed before the reading.
    stale : set of int
        Chunks of so many images of which something has changed.
    marks : dict of int to int
        The newest mark of each of these as they were read.
    chunks : dict of int to str
        What the page shows of each, as whoever writes the page has put it.
    stamps : dict of str to str
        Of each report, by name, likewise.
    """

    last_mark: int = 0
    stale: set[int] = field(default_factory=set)
    chunks: dict[int, str] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    marks: dict[int, int] = field(default_factory=dict)


def read_reported(connection: sqlite3.Connection, chunk: int) -> Reported:
    """Read what is known of reports and page, of which a chunk has so many images."""
    (last,) = connection.execute("SELECT ifnull(max(n), 0) FROM unreported").fetchone()
    # What is made of all frames of a file is named by the folder that they go to.
    marks = dict(
        connection.execute(
            f"""SELECT number, max(n) FROM (
                SELECT position / :chunk AS number, n
                FROM unreported JOIN pictures USING ({", ".join(IMAGE)})
                UNION ALL SELECT p.position / :chunk, u.n
                FROM unreported AS u JOIN pictures AS p ON (p.job, p.directory) = (u.job, u.image)
                WHERE u.folder = '' AND u.image <> ''
            ) WHERE n <= :last GROUP BY number""",
            {"chunk": chunk, "last": last},
        ).fetchall()
    )
    return Reported(
        last,
        set(marks),
        dict(connection.execute("SELECT chunk, content FROM page_chunks").fetchall()),
        dict(connection.execute("SELECT name, stamp FROM reports").fetchall()),
        marks,
    )


def write_reported(connection: sqlite3.Connection, known: Reported) -> None:
    """Keep what is known now; marks of before are of no more use."""
    connection.execute("DELETE FROM unreported WHERE n <= ?", (known.last_mark,))
    connection.executemany(
        "INSERT OR REPLACE INTO page_chunks VALUES (?, ?)",
        ((chunk, known.chunks[chunk]) for chunk in known.stale),
    )
    connection.execute("DELETE FROM page_chunks WHERE chunk > ?", (max(known.chunks, default=-1),))
    connection.executemany("INSERT OR REPLACE INTO reports VALUES (?, ?)", known.stamps.items())
