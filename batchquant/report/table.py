"""Plan and records → the report, as CSV and as JSON; timings."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from typing import Any

from batchquant.formats.registry import kinds_of
from batchquant.metrics.registry import names_beside
from batchquant.report.curves import knee_at, place_of_best
from batchquant.store import VariantRecord
from batchquant.store.cells import Head, read_cells
from batchquant.store.known import Filed
from batchquant.store.notes import join_notes
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
_AT_COLUMN = {name: at for at, name in enumerate(REPORT_COLUMNS)}
(
    K,
    INIT,
    N_INIT,
    INERTIA,
    INERTIA_SPACE,
    CONVERGED,
    KNEE,
    MEETS_TARGET,
    STATUS,
    ERROR,
    NOTES,
    PSNR,
) = (
    _AT_COLUMN[name]
    for name in (
        "k",
        "init",
        "n_init",
        "inertia",
        "inertia_space",
        "converged",
        "knee",
        "meets_target",
        "status",
        "error",
        "notes",
        "psnr_db",
    )
)
PICTURES_AT = {kind: (_AT_COLUMN[kind], _AT_COLUMN[f"{kind}_bytes"]) for kind in PICTURES}
FIGURES_AT = tuple((name, _AT_COLUMN[name]) for name in FIGURES)
WORDS = {None: None, True: "true", False: "false"}
TEXTS = tuple(
    _AT_COLUMN[name]
    for name in (
        "job",
        "folder",
        "image",
        "source_sha256",
        "source_format",
        "mode",
        "init",
        *PICTURES,
        "error",
        "notes",
    )
)
ASKED = ("", "", "", "", *REPORT_COLUMNS[4:])  # the plan says what names the image
TIMING_TEXTS = tuple(map(TIMING_COLUMNS.index, ("job", "folder", "image", "init")))
PATH_COLUMNS = frozenset({"image", *PICTURES})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run (OWASP, CSV injection)."""


def report_csv(known: Known) -> Iterator[bytes]:
    """Yield the report, the lines of an image at a time: a row for each variant, in plan order.

    CSV as in RFC 4180, UTF-8, the same bytes in every run. What is not settled is pending.
    """
    lines = CsvLines()
    yield lines.of([REPORT_COLUMNS])
    for rows in _report_rows(known):
        for row in rows:
            _guard(row, REPORT_COLUMNS, TEXTS)
            row[CONVERGED] = WORDS[row[CONVERGED]]
            row[MEETS_TARGET] = WORDS[row[MEETS_TARGET]]
        yield lines.of(rows)


def report_json(known: Known) -> Iterator[bytes]:
    """Yield the report as JSON: a list with an object for each row, a line each.

    UTF-8; null where a cell is empty. An exact copy's ``psnr_db`` is the text ``inf``, since JSON
    knows no infinity.
    """
    separator = "[\n"
    for row in chain.from_iterable(_report_rows(known)):
        if (converged := row[CONVERGED]) is not None:  # SQLite knows no booleans
            row[CONVERGED] = bool(converged)
        cells = dict(zip(REPORT_COLUMNS, map(_as_json, row), strict=True))
        yield f"{separator}{json.dumps(cells, ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"\n]\n" if separator == ",\n" else b"[\n\n]\n"


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
    lines = CsvLines()
    yield lines.of([columns])
    for row in rows:
        yield lines.of([[as_cell(column, row.get(column)) for column in columns]])


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
    """Guard cells of text, at their places, as `csv_lines` does."""
    for at in texts:
        if (cell := row[at]) and cell[0] in FORMULA:
            row[at] = as_cell(columns[at], cell)


def _report_rows(known: Known) -> Iterator[list[list[Any]]]:
    """Yield the rows of each image, cells by `REPORT_COLUMNS`."""
    for image in read_cells(known.plan, known.settled, ASKED):
        head = image.head
        made = [row for row in image.rows if row is not None]
        knee = knee_at((row[K], row[PSNR]) for row in made if None not in (row[PSNR], row[INERTIA]))
        best = None
        if head.target is not None:
            figures = [(row[K], {name: row[at] for name, at in FIGURES_AT}) for row in made]
            place = place_of_best(figures, head.target)
            best = None if place is None else made[place]
        rows = []
        for wanted, known_row, files in zip(head.wanted, image.rows, image.files, strict=True):
            row = _row_of(head, wanted, known_row, files)
            row[KNEE] = knee
            if head.target is not None and known_row is not None:
                row[MEETS_TARGET] = known_row is best
            rows.append(row)
        yield rows


def _as_json(value: Cell) -> Cell:
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _row_of(
    head: Head,
    wanted: tuple[int, str, Sequence[str]],
    known: Sequence[Any] | None,
    files: Mapping[str, Filed],
) -> list[Any]:
    k, init, kinds = wanted
    if known is None:
        row: list[Any] = [*head.key, *[None] * (len(REPORT_COLUMNS) - len(head.key))]
        row[K], row[INIT] = k, init
        row[STATUS] = "failed" if head.refusal else "pending"
        row[ERROR] = head.refusal
    else:
        row = [*head.key, *known[len(head.key) :]]
        for kind, (path, size_bytes, _) in files.items():
            if size_bytes >= 0 and kind in PICTURES_AT and kind in kinds:
                at, at_bytes = PICTURES_AT[kind]
                row[at], row[at_bytes] = path, size_bytes
        if any(note for _, _, note in files.values()):
            notes = {kind: note for kind, (_, _, note) in files.items()}
            row[NOTES] = join_notes(row[NOTES], notes, kinds)
    row[N_INIT], row[INERTIA_SPACE] = head.n_init, head.color_space
    if head.absent is not None:
        row[NOTES] = "; ".join(str(note) for note in (row[NOTES], head.absent) if note)
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
