"""The page → the output folder."""

from collections.abc import Mapping
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files import inside, publish_changed, withdraw
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.stored import as_json, as_record, read_json
from batchquant.plan.records import ImageKey, Plan
from batchquant.report.own import is_ours, publish_own, refuse_what_is_in_the_way
from batchquant.report.page.build import INDEX, build_page
from batchquant.report.page.data import DATA_FOLDER
from batchquant.report.page.gather import gather
from batchquant.report.page.records import LastRun, Shown
from batchquant.report.table import REPORTS
from batchquant.store import Key, OverviewRecord, VariantRecord
from batchquant.store.kept_plan import read_kept

LAST_RUN_FILE = "last_run.json"


def last_run_json(last_run: LastRun) -> bytes:
    """Write down what the clock says of a run, when it begins and again when it ends."""
    return as_json(last_run, indent=2)


def write_page(output: Path, shown: Shown, *, may_replace: bool = False) -> Path:
    """Write the page and remove data of a longer one before it; returns its path.

    Raises ImageError ``blocked`` if there is an ``index.html`` that is not ours and may not be
    replaced, StorageError if the output folder cannot be written to, or a link in it leads out of
    it.
    """
    pages = build_page(shown)
    for path, content in pages.items():
        if path == INDEX:
            publish_own(output, path, content, may_replace=may_replace)
        else:
            publish_changed(inside(output, path), content)
    try:
        scripts = list((output / DATA_FOLDER).glob("*.js"))
    except OSError as error:
        raise StorageError.of(f"{output / DATA_FOLDER}: cannot be listed", error) from error
    for script in scripts:
        path = f"{DATA_FOLDER}/{script.name}"
        if path not in pages:
            withdraw(output, path)
    return output / INDEX


def write_page_again(output: Path) -> Path:
    """Write the page from an output folder alone: while a run goes on, or from a copy of it."""
    plan, records, drawn = read_kept(output)
    refuse_what_is_in_the_way(output, [INDEX])
    return write_page(output, show(plan, records, drawn))


def show(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
) -> Shown:
    """Gather what the page shows, with what only the output folder knows."""
    reports = [name for name in REPORTS if is_ours(plan.output / name)]
    last_run = read_last_run(plan.output)
    return gather(plan, records, drawn, reports=reports, last_run=last_run)


def read_last_run(output: Path) -> LastRun | None:
    """Read what the last run that had something to do wrote down; None where nothing is known."""
    try:
        kept = read_json(read_regular(output / RUN_FOLDER / LAST_RUN_FILE))
        last_run = as_record(LastRun, kept)
        last_run.started.astimezone()  # a date that calendars do not know
        return last_run
    except (OSError, ValueError, OverflowError):  # no reason to end a night with an error
        return None
