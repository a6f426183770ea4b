"""The plan of the last run ↔ JSON: what a report needs when the input folders are not at hand."""

from pathlib import Path
from typing import NamedTuple

from batchquant.errors import NoRunError, StorageError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.stored import as_json, as_record, entries, read_json
from batchquant.plan.records import ImageKey, Plan
from batchquant.sources.local import ImageFile
from batchquant.store.ledger import LEDGER, Ledger
from batchquant.store.records import Key, OverviewRecord, VariantRecord

PLAN_FILE = "plan.json"  # in the folder of what has a clock or this machine in it


def plan_json(plan: Plan) -> bytes:
    """Write a plan down as JSON; its output folder is left out, since it may be copied."""
    content = entries(plan)
    del content["output"]
    return as_json(content)


class Kept(NamedTuple):
    """What runs left in an output folder.

    Attributes
    ----------
    plan : Plan
        Of the last run.
    records : dict of Key to VariantRecord
        What is settled, as the last review has found.
    drawn : dict of ImageKey to OverviewRecord
        As in `Ledger.read_overviews`.
    """

    plan: Plan
    records: dict[Key, VariantRecord]
    drawn: dict[ImageKey, OverviewRecord]


def read_kept(output: Path) -> Kept:
    """Read what runs left in an output folder, also while one goes on.

    Reads nothing else: the folder may be a copy, on another machine.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.

    Returns
    -------
    Kept
        Plan and records.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    StorageError
        If what is in it cannot be read.
    """
    plan = read_kept_plan(output)
    with Ledger.copy_of(output / LEDGER) as ledger:
        records = {key: record for key, record in ledger.read().items() if record.is_settled}
        return Kept(plan, records, ledger.read_overviews())


def read_kept_plan(output: Path) -> Plan:
    """Read the plan of the last run into an output folder; raises as `read_kept` does."""
    try:
        kept = read_regular(output / RUN_FOLDER / PLAN_FILE)
    except FileNotFoundError:
        raise NoRunError(output) from None
    except OSError as error:
        raise StorageError.of(
            f"{output / RUN_FOLDER / PLAN_FILE}: cannot be read", error
        ) from error
    return read_plan(kept, output)


def read_plan(content: bytes, output: Path) -> Plan:
    """Read a plan that was written down.

    Parameters
    ----------
    content : bytes
        From `plan_json`.
    output : pathlib.Path
        The output folder, where it lies now.

    Returns
    -------
    Plan
        Equal to the one that was written.

    Raises
    ------
    StorageError
        If another version of batchquant wrote it, or it is damaged.
    """
    try:
        return as_record(Plan, {**read_json(content), "output": output}, ImageFile)
    except ValueError as error:
        raise StorageError(
            f"{output / RUN_FOLDER / PLAN_FILE}: the plan of the last run cannot be read. Run the"
            " job file again: what is done is not done a second time."
        ) from error
