"""What a review finds not to be as it should be loses its place in the report."""

import sqlite3

from batchquant.store.joins import SETTLED_DUE, SETTLED_UNPLANNED


def unsettle(connection: sqlite3.Connection, n_settled: int, *, any_due: bool) -> int:
    """Note of variants that they are not as they should be: those that are due, or not planned.

    The row of everything else says that it is settled, then. `n_settled` is how many should be.
    Returns how many are not planned any more.
    """
    if any_due:
        _unsettle(connection, SETTLED_DUE)
    (n,) = connection.execute("SELECT count(*) FROM variants WHERE is_settled").fetchone()
    return 0 if n == n_settled else _unsettle(connection, SETTLED_UNPLANNED)


def _unsettle(connection: sqlite3.Connection, variants: str) -> int:
    for table, number in (("undrawn", ""), ("unreported", "NULL, ")):
        connection.execute(
            f"INSERT OR REPLACE INTO {table} SELECT DISTINCT {number}job, folder, image, frame"
            f" FROM {variants}"
        )
    return connection.execute(
        f"UPDATE variants SET is_settled = 0 WHERE rowid IN (SELECT v.rowid FROM {variants})"
    ).rowcount
