"""What a run left in its output folder → rows of its report."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from batchquant.errors import UsageError
from batchquant.packages import how_to_install
from batchquant.report.columns import FLOATS, TRUTHS, WHOLE
from batchquant.report.table import Cell, column_names, report_rows
from batchquant.store.kept_plan import open_kept
from batchquant.store.shards import expect_merged

if TYPE_CHECKING:
    import pandas as pd


@overload
def read_report(
    output: str | os.PathLike[str], *, as_frame: Literal[False] = ...
) -> list[dict[str, Cell]]: ...


@overload
def read_report(output: str | os.PathLike[str], *, as_frame: Literal[True]) -> "pd.DataFrame": ...


def read_report(
    output: str | os.PathLike[str], *, as_frame: bool = False
) -> "list[dict[str, Cell]] | pd.DataFrame":
    """Read what runs left in an output folder: a row for each variant, as in report.csv.

    Also while a run goes on, and whatever forms of the report there are.

    Parameters
    ----------
    output : str or path-like
        The output folder, which may be a copy; of outputs in a bucket that of their `state`.
    as_frame : bool
        Whether to return a table of pandas, which then has to be installed.

    Returns
    -------
    list of dict, or pandas.DataFrame
        By column, in the order of the report: text, whole numbers, numbers, True and False, and
        None where nothing is known; in a table string, Int64, float64 and boolean. Paths are
        relative to the output folder.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    StorageError
        If what is in it cannot be read.
    UsageError
        If pandas is not installed; or if shards were not merged.
    """
    folder = Path(output)
    expect_merged(folder)
    with open_kept(folder) as kept:
        rows = list(report_rows(kept.known))
        columns = column_names(kept.known.plan)
    return _as_frame(rows, columns) if as_frame else rows


def _as_frame(rows: list[dict[str, Cell]], columns: tuple[str, ...]) -> "pd.DataFrame":
    try:
        import pandas as pd
    except ImportError as error:
        raise UsageError(
            f"as_frame=True: a DataFrame needs pandas. To install it: {how_to_install('pandas')}"
        ) from error
    types = dict.fromkeys(TRUTHS, "boolean") | dict.fromkeys(FLOATS, "float64")
    types |= dict.fromkeys(WHOLE, "Int64")
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=types.get(name, "string"))
            for name in columns
        }
    )
