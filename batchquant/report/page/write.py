"""The page → the output folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from batchquant.layout import RUN_FOLDER
from batchquant.ledger import Key, OverviewRecord, VariantRecord
from batchquant.plan.records import ImageKey, Plan
from batchquant.publish import inside, publish_changed, withdraw
from batchquant.report.kept_plan import read_kept
from batchquant.report.page.build import INDEX, build_page
from batchquant.report.page.data import DATA_FOLDER
from batchquant.report.page.gather import gather
from batchquant.report.page.records import LastRun, Shown
from batchquant.report.table import REPORTS

LAST_RUN_FILE = "last_run.json"


def last_run_json(last_run: LastRun) -> bytes:
    """Write down what the clock says of a run, when it begins and again when it ends."""
    content = asdict(last_run) | {"started": last_run.started.isoformat()}
    return json.dumps(content, indent=2).encode() + b"\n"


def write_page(output: Path, shown: Shown) -> Path:
    """Write the page and remove data of a longer one before it.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    shown : Shown
        Everything on the page.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    StorageError
        If the output folder cannot be written to, or a link in it leads out of it.
    """
    pages = build_page(shown)
    for path, content in pages.items():
        publish_changed(inside(output, path), content)
    for script in (output / DATA_FOLDER).glob("*.js"):
        path = f"{DATA_FOLDER}/{script.name}"
        if path not in pages:
            withdraw(output, path)
    return output / INDEX


def write_page_again(output: Path) -> Path:
    """Write the page from what earlier runs left, also while a run goes on.

    Reads nothing but the output folder: it may be a copy, on another machine.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    UsageError
        If nothing has run into the folder.
    StorageError
        If what is in it cannot be read, or it cannot be written to.
    """
    plan, records, drawn = read_kept(output)
    return write_page(output, show(plan, records, drawn))


def show(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
) -> Shown:
    """Gather what the page shows, with what only the output folder knows."""
    reports = [name for name in REPORTS if (plan.output / name).is_file()]
    last_run = read_last_run(plan.output)
    return gather(plan, records, drawn, reports=reports, last_run=last_run)


def read_last_run(output: Path) -> LastRun | None:
    """Read what the last run that had something to do wrote down; None where nothing is known."""
    try:
        kept = json.loads((output / RUN_FOLDER / LAST_RUN_FILE).read_bytes())
        return LastRun(**{**kept, "started": datetime.fromisoformat(kept["started"])})
    except (OSError, ValueError, KeyError, TypeError):  # no reason to end a night with an error
        return None
