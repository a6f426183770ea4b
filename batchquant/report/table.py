"""Plan and records → the report, as CSV and as JSON; timings."""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import NamedTuple

from batchquant.formats.registry import kinds_of
from batchquant.metrics.registry import names_beside
from batchquant.plan.records import PlannedImage, Variant
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.store import VariantRecord
from batchquant.store.reading import Known

REPORTS = ("report.csv", "report.json")
Cell = str | int | float | bool | None

PICTURES = kinds_of("formats")
_OTHER_COLUMNS = (
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
    "n_colors",
    "knee",
    "meets_target",
    *PICTURES,
    *(f"{kind}_bytes" for kind in PICTURES),
    "status",
    "error",
    "notes",
)
FIGURES = names_beside(_OTHER_COLUMNS)
_AT = _OTHER_COLUMNS.index("n_colors")
REPORT_COLUMNS = (*_OTHER_COLUMNS[:_AT], *FIGURES, *_OTHER_COLUMNS[_AT:])
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
AS_IT_IS = frozenset({int, float, type(None)})  # `csv` writes these as `as_cell` does, and faster
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run (OWASP, CSV injection)."""


def report_csv(known: Known) -> Iterator[bytes]:
    """Yield the report, line by line: a row for each planned variant, in plan order.

    CSV as in RFC 4180, UTF-8, the same bytes in every run. What is not settled is pending.
    """
    return csv_lines(REPORT_COLUMNS, _report_rows(known))


def report_json(known: Known) -> Iterator[bytes]:
    """Yield the report as JSON: a list with an object for each row, a line each.

    UTF-8; null where a cell is empty. An exact copy's ``psnr_db`` is the text ``inf``, since JSON
    knows no infinity.
    """
    separator = "[\n"
    for row in _report_rows(known):
        cells = {column: _as_json(row.get(column)) for column in REPORT_COLUMNS}
        yield f"{separator}{json.dumps(cells, ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"\n]\n" if separator == ",\n" else b"[\n\n]\n"


def timings_csv(known: Known) -> Iterator[bytes]:
    """Yield where the time went: CSV with a row for each variant that was worked on.

    ``decode_s`` and ``peak_memory_bytes`` are of the task and the worker that made it.
    """
    rows = (
        {column: getattr(record, column) for column in TIMING_COLUMNS}
        for state in known.states()
        for record in state.known
    )
    return csv_lines(TIMING_COLUMNS, rows)


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> Iterator[bytes]:
    r"""Yield rows as CSV, line by line.

    Parameters
    ----------
    columns : sequence of str
        Header.
    rows : iterable of mapping
        Cells by column; a missing one is empty.

    Yields
    ------
    bytes
        RFC 4180, UTF-8: floats as ``repr``, booleans as true and false. Text that a spreadsheet
        would run is guarded, paths by a leading ``./``, other text by ``'``.

    Examples
    --------
    >>> list(csv_lines(["image", "error", "mse"], [{"image": "=1.png", "error": "-a", "mse": 0.1}]))
    [b'image,error,mse\r\n', b"./=1.png,'-a,0.1\r\n"]
    """
    lines: list[str] = []
    writer = csv.writer(_Lines(lines.append))
    writer.writerow(columns)
    yield lines.pop().encode()
    for row in rows:
        cells = [(column, row.get(column)) for column in columns]
        writer.writerow([c if type(c) in AS_IT_IS else as_cell(name, c) for name, c in cells])
        yield lines.pop().encode()


class _Lines(NamedTuple):
    """What `csv` writes to."""

    write: Callable[[str], object]


def row_of_record(record: VariantRecord) -> dict[str, Cell]:
    """Return what a report says of a variant that was worked on, but for its files."""
    row: dict[str, Cell] = dict(zip(RECORD_COLUMNS, _of_record(record), strict=True))
    return row | {name: record.figures.get(name) for name in FIGURES}


def _report_rows(known: Known) -> Iterator[dict[str, Cell]]:
    for state in known.states():
        image, made = state.image, state.known
        knee = knee_of(trace_curves(made))
        target = image.overview.target
        best = best_for_target(made, target)
        for variant, record in zip(image.variants, state.records, strict=True):
            row = _report_row(image, variant, record)
            row["knee"] = knee
            if target is not None and record is not None:
                row["meets_target"] = record is best
            yield row


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
    """Write one cell, as `csv_lines` does."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith(FORMULA):
            return f"./{value}" if column in PATH_COLUMNS else f"'{value}"
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
