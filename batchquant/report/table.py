"""Plan and records → the report, as CSV and as JSON; timings."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter

from batchquant.formats.registry import kinds_of
from batchquant.plan.records import Plan, PlannedImage, Variant
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.store import Key, VariantRecord, record_of

REPORTS = ("report.csv", "report.json")
Cell = str | int | float | bool | None

PICTURES = kinds_of("formats")
REPORT_COLUMNS = (
    "job",
    "folder",
    "image",
    "frame",
    "source_sha256",
    "source_format",
    "mode",
    "width",
    "height",
    "distinct_colors",
    "k",
    "init",
    "seed",
    "n_init",
    "n_iter",
    "converged",
    "inertia",
    "inertia_space",
    "mse",
    "psnr_db",
    "max_error",
    "n_colors",
    "knee",
    "meets_target",
    *PICTURES,
    *(f"{kind}_bytes" for kind in PICTURES),
    "status",
    "error",
    "notes",
)
TIMING_COLUMNS = (
    "job",
    "folder",
    "image",
    "frame",
    "k",
    "init",
    "decode_s",
    "cluster_s",
    "encode_s",
    "peak_memory_bytes",
)
RECORD_COLUMNS = tuple(
    column.name for column in fields(VariantRecord) if column.name in REPORT_COLUMNS
)
_of_record = attrgetter(*RECORD_COLUMNS)
PATH_COLUMNS = frozenset({"image", *PICTURES})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run (OWASP, CSV injection)."""


def report_csv(plan: Plan, records: Mapping[Key, VariantRecord]) -> bytes:
    """Write the report: a row for each planned variant, in plan order.

    Parameters
    ----------
    plan : Plan
        What was to be done.
    records : mapping of Key to VariantRecord
        What is settled; what is missing is pending.

    Returns
    -------
    bytes
        CSV as in RFC 4180, UTF-8, the same bytes in every run.
    """
    return to_csv(REPORT_COLUMNS, _report_rows(plan, records))


def report_json(plan: Plan, records: Mapping[Key, VariantRecord]) -> bytes:
    """Write the report as JSON.

    Parameters are those of `report_csv`.

    Returns
    -------
    bytes
        UTF-8: a list with an object for each row, a line each; null where a cell is empty. An exact
        copy's ``psnr_db`` is the text ``inf``, since JSON knows no infinity.
    """
    lines = (
        json.dumps(
            {column: _as_json(row.get(column)) for column in REPORT_COLUMNS}, ensure_ascii=False
        )
        for row in _report_rows(plan, records)
    )
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def timings_csv(plan: Plan, records: Mapping[Key, VariantRecord]) -> bytes:
    """Write where the time went: a row for each variant that was worked on.

    Parameters are those of `report_csv`.

    Returns
    -------
    bytes
        CSV. ``decode_s`` and ``peak_memory_bytes`` are of the task and the worker that made it.
    """
    found = (
        record_of(image, variant, records) for image in plan.images for variant in image.variants
    )
    rows = (
        {column: getattr(record, column) for column in TIMING_COLUMNS}
        for record in found
        if record is not None
    )
    return to_csv(TIMING_COLUMNS, rows)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    r"""Write rows as CSV.

    Parameters
    ----------
    columns : sequence of str
        Header.
    rows : iterable of mapping
        Cells by column; a missing one is empty.

    Returns
    -------
    bytes
        RFC 4180, UTF-8: floats as ``repr``, booleans as true and false. Text that a spreadsheet
        would run is guarded, paths by a leading ``./``, other text by ``'``.

    Examples
    --------
    >>> to_csv(["image", "error", "mse"], [{"image": "=1.png", "error": "-a", "mse": 0.1}])
    b"image,error,mse\r\n./=1.png,'-a,0.1\r\n"
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_cell(column, row.get(column)) for column in columns])
    return stream.getvalue().encode()


def row_of_record(record: VariantRecord) -> dict[str, Cell]:
    """Return what a report says of a variant that was worked on, but for its files."""
    row = dict(zip(RECORD_COLUMNS, _of_record(record), strict=True))
    if record.mse is not None:
        row["psnr_db"] = psnr_db(record.mse)
    return row


def _report_rows(plan: Plan, records: Mapping[Key, VariantRecord]) -> Iterator[dict[str, Cell]]:
    for image in plan.images:
        known = [record_of(image, variant, records) for variant in image.variants]
        made = [record for record in known if record is not None]
        knee = knee_of(trace_curves(made))
        target_db = image.overview.target_db
        best = best_for_target(made, target_db)
        for variant, record in zip(image.variants, known, strict=True):
            meets_target = None if target_db is None or record is None else record is best
            row = _report_row(image, variant, record)
            yield row | {"knee": knee, "meets_target": meets_target}


def _as_json(value: Cell) -> Cell:
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _report_row(
    image: PlannedImage, variant: Variant, record: VariantRecord | None
) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "job": image.job,
        "folder": image.folder,
        "image": image.image,
        "frame": image.frame,
        "k": variant.k,
        "init": variant.init,
        "n_init": image.settings.n_init,
        "inertia_space": image.settings.color_space,
        "status": "failed" if image.refusal else "pending",
        "error": image.refusal,
    }
    if record is not None:
        row.update(row_of_record(record))
        for kind in PICTURES:
            if kind in record.outputs and kind in variant.outputs:
                row[kind], row[f"{kind}_bytes"], *_ = record.outputs[kind]
        row["notes"] = record.notes_beside(variant.outputs)
    if image.absent is not None:
        row["notes"] = "; ".join(str(note) for note in (row.get("notes"), image.absent) if note)
    return row


def as_cell(column: str, value: Cell) -> str:
    """Write one cell, as `to_csv` does."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith(FORMULA):
            return f"./{value}" if column in PATH_COLUMNS else f"'{value}"
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
