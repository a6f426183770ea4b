"""Plan and records → the report, as CSV and as JSON; timings."""

import codecs
import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from batchquant.plan.records import Plan
from batchquant.quantization.restarts import restarts_of
from batchquant.report.columns import (
    ASKED,
    ASKED_AT,
    CONVERGED,
    ERROR,
    FIGURES,
    FORMULA,
    INERTIA_SPACE,
    INIT,
    KNEE,
    MEETS_TARGET,
    N_INIT,
    NOTES,
    PICTURES,
    PICTURES_AT,
    REPORT_COLUMNS,
    STATUS,
    TEXTS,
    WORDS,
    K,
)
from batchquant.report.curves import knee_at, place_of_best
from batchquant.report.plain import plain_lines
from batchquant.store import VariantRecord
from batchquant.store.cells import Cells, Head, read_cells
from batchquant.store.known import Filed
from batchquant.store.notes import join_notes
from batchquant.store.reading import Known

REPORTS = ("report.csv", "report.json", "report.parquet")
Cell = str | int | float | bool | None

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
ASKED_K, ASKED_INERTIA = map(ASKED.index, ("k", "inertia"))
FIRST_FIGURE = ASKED.index(FIGURES[0])
ASKED_FIGURES = slice(FIRST_FIGURE, FIRST_FIGURE + len(FIGURES))
ASKED_PSNR = ASKED.index("psnr_db")
TIMING_TEXTS = tuple(map(TIMING_COLUMNS.index, ("job", "folder", "image", "init")))
PATH_COLUMNS = frozenset({"image", *PICTURES})


def report_csv(known: Known, *, bom: bool = False) -> Iterator[bytes]:
    """Yield the report, the lines of an image at a time: a row for each variant, in plan order.

    CSV as in RFC 4180, UTF-8, the same bytes in every run. What is not settled is pending. Keys
    that the job file varies are columns behind all others. With a byte order mark before all
    (`bom`) Excel knows UTF-8.
    """
    if bom:
        yield codecs.BOM_UTF8
    lines, varied = CsvLines(), Varied(known.plan)
    yield lines.of([column_names(known.plan)])
    for image in read_cells(known.plan, known.settled, ASKED):
        knee, best = _at_a_glance(image)
        told = [as_cell(*cell) for cell in varied.of(image).items()]
        plain = plain_lines(image, knee, best, told)
        if plain is not None:
            yield plain
            continue
        rows = _rows_of(image, knee, best)
        for row in rows:
            _guard(row, REPORT_COLUMNS, TEXTS)
            row[CONVERGED] = WORDS[row[CONVERGED]]
            row[MEETS_TARGET] = WORDS[row[MEETS_TARGET]]
            row += told
        yield lines.of(rows)


def report_json(known: Known) -> Iterator[bytes]:
    """Yield the report as JSON: a list with an object for each row, a line each.

    UTF-8; null where a cell is empty. An exact copy's ``psnr_db`` is the text ``inf``, since JSON
    knows no infinity.
    """
    separator = "[\n"
    for row in report_rows(known):
        cells = {column: _as_json(cell) for column, cell in row.items()}
        yield f"{separator}{json.dumps(cells, ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"\n]\n" if separator == ",\n" else b"[\n\n]\n"


def report_rows(known: Known) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the report, with what they say by column; None where a cell is empty."""
    varied = Varied(known.plan)
    for image in read_cells(known.plan, known.settled, ASKED):
        told = varied.of(image)
        for row in _rows_of(image, *_at_a_glance(image)):
            if (converged := row[CONVERGED]) is not None:  # SQLite knows no booleans
                row[CONVERGED] = bool(converged)
            yield dict(zip(REPORT_COLUMNS, row, strict=True)) | told


def timings_csv(known: Known) -> Iterator[bytes]:
    """Yield where the time went: CSV with a row for each variant that was worked on.

    ``decode_s`` and ``peak_memory_bytes`` are of the task and the worker that made it.
    """
    lines = CsvLines()
    yield lines.of([TIMING_COLUMNS])
    for image in read_cells(known.plan, known.settled, TIMING_COLUMNS, with_files=False):
        rows = [[*row] for row in image.rows if row is not None]
        for row in rows:
            _guard(row, TIMING_COLUMNS, TIMING_TEXTS)
        yield lines.of(rows)


def column_names(plan: Plan) -> tuple[str, ...]:
    """Return the columns of a report, in their order."""
    return (*REPORT_COLUMNS, *Varied(plan).columns)


class Varied:
    """Keys of the job file that it varies, as columns of a report; of a job that varies others."""

    def __init__(self, plan: Plan) -> None:
        self._jobs = {name: dict(keys) for name, keys in plan.wording.varied}
        keys = {key for values in self._jobs.values() for key in values}
        self.columns = tuple(sorted(keys.difference(REPORT_COLUMNS)))

    def of(self, image: Cells) -> dict[str, str | None]:
        """Return what an image was made with."""
        values = self._jobs.get(image.head.key[0], {})
        return {key: values.get(key) or None for key in self.columns}


class CsvLines:
    """Makes lines of cells."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.write = self._lines.append  # what `csv` calls
        self._writer = csv.writer(self)

    def of(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Return the lines of rows; text is not guarded."""
        self._writer.writerows(rows)
        text = "".join(self._lines)
        self._lines.clear()
        return text.encode()


def row_of_record(record: VariantRecord) -> dict[str, Cell]:
    """Return what a report says of a variant that was worked on, but for its files."""
    row: dict[str, Cell] = dict(zip(RECORD_COLUMNS, _of_record(record), strict=True))
    return row | {name: record.figures.get(name) for name in FIGURES}


def _guard(row: list[Any], columns: Sequence[str], texts: Iterable[int]) -> None:
    """Guard cells of text, at their places: paths by a leading ``./``, other text by ``'``."""
    for at in texts:
        if (cell := row[at]) and cell[0] in FORMULA:
            row[at] = as_cell(columns[at], cell)


def _at_a_glance(image: Cells) -> tuple[int | None, Sequence[Any] | None]:
    """Return the knee of an image, and the row that meets its target best."""
    target, made = image.head.target, [row for row in image.rows if row is not None]
    knee = knee_at(
        (row[ASKED_K], row[ASKED_PSNR])
        for row in made
        if row[ASKED_PSNR] is not None and row[ASKED_INERTIA] is not None
    )
    if target is None:
        return knee, None
    figures = [(row[ASKED_K], dict(zip(FIGURES, row[ASKED_FIGURES], strict=True))) for row in made]
    place = place_of_best(figures, target)
    return knee, None if place is None else made[place]


def _rows_of(image: Cells, knee: int | None, best: Sequence[Any] | None) -> list[list[Any]]:
    """Return the rows of an image, cells by `REPORT_COLUMNS`."""
    head, rows = image.head, []
    for wanted, known_row, files in zip(head.wanted, image.rows, image.files, strict=True):
        row = _row_of(head, wanted, known_row, files)
        row[KNEE] = knee
        if head.target is not None and known_row is not None:
            row[MEETS_TARGET] = known_row is best
        rows.append(row)
    return rows


def _as_json(value: Cell) -> Cell:
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _row_of(
    head: Head,
    wanted: tuple[int, str, Sequence[str]],
    known: Sequence[Any] | None,
    files: Mapping[str, Filed],
) -> list[Any]:
    k, init, kinds = wanted
    row: list[Any] = [*head.key, *[None] * (len(REPORT_COLUMNS) - len(head.key))]
    if known is None:
        row[K], row[INIT] = k, init
        row[STATUS] = "failed" if head.refusal else "pending"
        row[ERROR] = head.refusal
    else:
        for at, cell in zip(ASKED_AT, known, strict=True):
            row[at] = cell
        for kind, (path, size_bytes, _) in files.items():
            if size_bytes >= 0 and kind in PICTURES_AT and kind in kinds:
                at, at_bytes = PICTURES_AT[kind]
                row[at], row[at_bytes] = path, size_bytes
        if any(note for _, _, note in files.values()):
            notes = {kind: note for kind, (_, _, note) in files.items()}
            row[NOTES] = join_notes(row[NOTES], notes, kinds)
    row[N_INIT] = restarts_of(head.n_init, k, init)
    row[INERTIA_SPACE] = head.color_space
    if head.absent is not None:
        row[NOTES] = "; ".join(str(note) for note in (row[NOTES], head.absent) if note)
    return row


def as_cell(column: str, value: Cell) -> str:
    r"""Write one cell: floats as ``repr``, booleans as true and false, what is unknown as nothing.

    Text that a spreadsheet would run is guarded, paths by a leading ``./``, other text by ``'``.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith(FORMULA):
            return f"./{value}" if column in PATH_COLUMNS else f"'{value}"
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
