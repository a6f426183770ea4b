"""The plan of the last run ↔ JSON: what a report needs when the input folders are not at hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from batchquant.errors import NoRunError, StorageError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.stored import as_json, as_record, entries, read_json
from batchquant.plan.records import Plan
from batchquant.plan.wording import Wording
from batchquant.sources.source import ImageFile
from batchquant.store.ledger import Ledger
from batchquant.store.planned import PlannedImages
from batchquant.store.reading import Known
from batchquant.store.reported import Reported
from batchquant.store.store import IN_RUN_FOLDER, Store

PLAN_FILE = "plan.json"  # in the folder of what has a clock or this machine in it


def plan_json(plan: Plan) -> bytes:
    """Write down what a plan says beside its images, its output folder and its news."""
    content = entries(plan)
    del content["output"], content["images"], content["news"]
    return as_json(content)


class Kept(NamedTuple):
    """What runs left in an output folder: the plan of the last, and what is known of it."""

    known: Known
    reported: Callable[[int], Reported]  # `Ledger.reported`


@contextmanager
def open_kept(output: Path, store: Store = IN_RUN_FOLDER) -> Iterator[Kept]:
    """Read what runs left in an output folder, also while one goes on.

    Reads nothing else: the folder may be a copy, on another machine.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    StorageError
        If what is in it cannot be read.
    """
    try:
        content = read_regular(output / RUN_FOLDER / PLAN_FILE)
    except FileNotFoundError:
        raise NoRunError(output) from None
    except OSError as error:
        raise StorageError.of(
            f"{output / RUN_FOLDER / PLAN_FILE}: cannot be read", error
        ) from error
    with store.look(output) as ledger:
        images = ledger.kept_images()
        read_sweeps(ledger, images)
        plan = replace(read_plan(content, output), images=images)
        yield Kept(Known(plan, ledger.settled, ledger.drawn), ledger.reported)


def wording_of_last_run(output: Path) -> Wording | None:
    """Return what the job file of the last run said; None where nobody knows any more."""
    try:
        return read_plan(read_regular(output / RUN_FOLDER / PLAN_FILE), output).wording
    except (OSError, StorageError):  # none, or of another version
        return None


def read_sweeps(ledger: Ledger, images: PlannedImages) -> None:
    """See to it that what images of a ledger share can be read; raises StorageError."""
    try:
        images.read_sweeps()
    except ValueError as error:
        raise StorageError(
            f"{ledger.name}: the plan of the last run cannot be read. Install the extension that"
            " its target is of, or run the job file again."
        ) from error


def read_plan(content: bytes, output: Path, shard: str = "") -> Plan:
    """Read what `plan_json` wrote; the images are not among it.

    `shard` is the folder of the one that it lay in, if any.

    Raises
    ------
    StorageError
        If another version of batchquant wrote it, or it is damaged.
    """
    try:
        kept = read_json(content)
        if "images" in kept:
            raise ValueError("of a version that kept them here")
        return as_record(Plan, {"images": (), **kept, "output": output}, ImageFile)
    except ValueError as error:
        raise StorageError(
            f"{output / RUN_FOLDER / shard / PLAN_FILE}: the plan of the last run cannot be read."
            " Run the job file again: what is done is not done a second time."
        ) from error
