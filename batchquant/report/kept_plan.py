"""The plan of the last run ↔ JSON: what a report needs when the input folders are not at hand."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from batchquant.discovery import ImageFile
from batchquant.errors import NoRunError, StorageError
from batchquant.layout import RUN_FOLDER
from batchquant.ledger import LEDGER, Key, Ledger, OverviewRecord, VariantRecord
from batchquant.plan.records import ImageKey, Overview, Plan, PlannedImage, Settings, Variant
from batchquant.plan.wording import Wording

PLAN_FILE = "plan.json"  # in the folder of what has a clock or this machine in it


def plan_json(plan: Plan) -> bytes:
    """Write a plan down.

    Parameters
    ----------
    plan : Plan
        Any; its output folder is left out, since it may be copied.

    Returns
    -------
    bytes
        JSON, ASCII; file names that are not UTF-8 come back as they were.
    """
    content = _entries(plan)
    del content["output"]
    return json.dumps(content, default=_entries, separators=(",", ":")).encode() + b"\n"


class Kept(NamedTuple):
    """What runs left in an output folder.

    Attributes
    ----------
    plan : Plan
        Of the last run.
    records : dict of Key to VariantRecord
        All that is known, as in `Ledger.read`.
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
    try:
        kept = (output / RUN_FOLDER / PLAN_FILE).read_bytes()
    except FileNotFoundError:
        raise NoRunError(output) from None
    plan = read_plan(kept, output)
    with Ledger.copy_of(output / LEDGER) as ledger:
        return Kept(plan, ledger.read(), ledger.read_overviews())


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
        kept = json.loads(content)
        return Plan(
            output=output,
            images=tuple(_image(image) for image in kept["images"]),
            left_out=tuple((job, Path(path)) for job, path in kept["left_out"]),
            warnings=tuple((job, text) for job, text in kept["warnings"]),
            wording=Wording(**{name: _tuples(said) for name, said in kept["wording"].items()}),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{output}: the plan of the last run cannot be read. Run the job file again: what is"
            " done is not done a second time."
        ) from error


def _entries(record: Any) -> Any:
    """Say what JSON does not know; not by `asdict`, which copies all that is below, too."""
    if isinstance(record, Path):
        return str(record)
    return {entry.name: getattr(record, entry.name) for entry in fields(record)}


def _image(kept: dict[str, Any]) -> PlannedImage:
    file = {**kept["file"], "path": Path(kept["file"]["path"])}
    settings = {name: _tuples(setting) for name, setting in kept["settings"].items()}
    variants = (
        {**variant, "palette_files": _tuples(variant["palette_files"])}
        for variant in kept["variants"]
    )
    overview = {**kept["overview"], "files": _tuples(kept["overview"]["files"])}
    return PlannedImage(
        **{
            **kept,
            "file": ImageFile(**file),
            "size": _tuples(kept["size"]),
            "settings": Settings(**settings),
            "variants": tuple(Variant(**variant) for variant in variants),
            "overview": Overview(**overview),
        }
    )


def _tuples(value: Any) -> Any:
    """JSON knows lists only."""
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value
