"""The report, and what the ledger says → rows that do not agree."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from batchquant.files.opening import open_regular, read_regular
from batchquant.jobfile import VARIED
from batchquant.plan.records import IS_ABSENT
from batchquant.report.columns import FIGURES, FORMULA, PICTURES, REPORT_COLUMNS
from batchquant.report.parquet import rows_of_parquet
from batchquant.report.table import as_cell, row_of_record
from batchquant.store import Key, VariantRecord

KEY_COLUMNS = ("job", "folder", "image", "frame", "k", "init")
Row = Mapping[str, str]
ABSENT = re.compile(rf"(^|; ){re.escape(IS_ABSENT)}.*", re.DOTALL)


def check_report(
    report: Path, records: Mapping[Key, VariantRecord]
) -> tuple[Counter[str], tuple[str, ...]]:
    """Compare a report with the ledger; return its rows by status, and the problems.

    The report, CSV, JSON or Parquet, may leave out records: those of other job files. Rows are
    looked at one by one: those of JSON alone are held in memory.
    """
    statuses: Counter[str] = Counter()
    problems = []
    seen = set[int]()
    try:
        for row in _rows_of(report):
            statuses[row["status"]] += 1
            told = [*_problems(row, _find(row, records))]
            number = hash(_key(row))  # of a million rows the keys would take 400 MB
            if number in seen:
                told.append("found a second row, expected one")
            seen.add(number)
            problems += [f"{report.name}: {_label(row)}: {problem}" for problem in told]
    except OSError as error:
        return Counter(), (f"{report.name}: cannot be read: {error.strerror}",)
    except UnicodeDecodeError:
        at = _first_not_utf_8(report)
        return Counter(), (f"{report.name}: found no UTF-8 at byte {at}, expected UTF-8",)
    except ValueError as error:
        return Counter(), (f"{report.name}: {error}",)
    return statuses, tuple(problems)


def _rows_of(report: Path) -> Iterator[Row]:
    if report.suffix == ".json":
        yield from _rows_of_json(read_regular(report).decode())
        return
    if report.suffix == ".parquet":
        yield from _rows_of_parquet(report)
        return
    with open_regular(report) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        yield from _rows_of_csv(text)


def _rows_of_csv(text: Iterable[str]) -> Iterator[Row]:
    reader = csv.DictReader(text, restval="")
    try:
        is_report = _is_report(reader.fieldnames or ())
        for row in reader:
            if is_report:  # else whether it is CSV at all is told first
                yield row
    except csv.Error as error:
        raise ValueError(f"found no CSV behind line {reader.line_num}: {error}") from error
    if not is_report:
        raise ValueError("found other columns than this version writes")


def _first_not_utf_8(path: Path) -> int:
    """Return how many bytes of a file are UTF-8."""
    decoder, n_before = codecs.getincrementaldecoder("utf-8")(), 0
    with open_regular(path) as stream:
        while block := stream.read(1 << 20):
            try:
                decoder.decode(block, final=not stream.peek(1))
            except UnicodeDecodeError as error:
                return n_before + len(block) - len(error.object) + error.start
            n_before += len(block)
    return n_before


def _rows_of_json(text: str) -> list[Row]:
    """Read rows with cells as in CSV, so that both are compared in one way."""
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise ValueError(f"found no JSON: {error}") from error
    if not isinstance(rows, list) or any(
        not isinstance(row, dict) or not _is_report(row) for row in rows
    ):
        raise ValueError("found other columns than this version writes")
    return [{column: as_cell(column, value) for column, value in row.items()} for row in rows]


def _rows_of_parquet(report: Path) -> Iterator[Row]:
    for row in rows_of_parquet(report):
        if not _is_report(row):
            raise ValueError("found other columns than this version writes")
        yield {column: as_cell(column, value) for column, value in row.items()}


def _is_report(columns: Iterable[str]) -> bool:
    """Tell columns of a report, which knows no metric that came later, and may have varied keys."""
    known = tuple(columns)
    varied = sorted(set(VARIED).intersection(known).difference(REPORT_COLUMNS))
    if varied and known[-len(varied) :] == tuple(varied):
        known = known[: -len(varied)]
    return known == tuple(name for name in REPORT_COLUMNS if name in known or name not in FIGURES)


def _cells(record: VariantRecord) -> Row:
    return {column: as_cell(column, value) for column, value in row_of_record(record).items()}


def _key(cells: Row) -> tuple[str, ...]:
    return tuple(cells[column] for column in KEY_COLUMNS)


def _find(row: Row, records: Mapping[Key, VariantRecord]) -> VariantRecord | None:
    """Find what the ledger says of a row, whose texts may be guarded as by `as_cell`."""
    job, folder, image, frame, k, init = _key(row)
    if not (frame.isdecimal() and k.isdecimal()):
        return None
    for names in ((job, folder, image), (_bare(job, "'"), _bare(folder, "'"), _bare(image, "./"))):
        if (record := records.get((*names, int(frame), int(k), init))) is not None:
            return record
    return None


def _bare(text: str, guard: str) -> str:
    bare = text.removeprefix(guard)
    return bare if bare.startswith(FORMULA) else text


def _label(row: Row) -> str:
    path = "/".join(filter(None, (row["job"], row["folder"], row["image"])))
    frame = "" if row["frame"] == "0" else f" frame {row['frame']}"
    return f"{path}{frame} k={row['k']} {row['init']}"


def _problems(row: Row, record: VariantRecord | None) -> Iterator[str]:
    """Compare one row with its record; one that is pending says nothing yet."""
    if row["status"] == "pending":
        return
    if record is None:
        if not row["error"].startswith("bad_name: "):  # refused before there could be a record
            yield f"found status {row['status']!r}, but nothing in the ledger"
        return
    # The job that ran last may not want all files that there are, or are left out.
    kinds = {kind for kind in record.outputs if row.get(kind) != ""}
    kinds |= {kind for kind, file in record.left_out.items() if (file.note or "") in row["notes"]}
    notes = as_cell("notes", record.notes_beside(kinds))
    for column, cell in {**_cells(record), "notes": notes}.items():
        if column not in row:  # of a metric that came later
            continue
        # Of a picture that is not there, the report says so in its notes.
        told = ABSENT.sub("", row[column]) if column == "notes" else row[column]
        if told != cell:
            yield f"{column}: found {told!r}, expected {cell!r}"
    for kind in PICTURES:
        written = record.outputs.get(kind)
        found = row[kind], row[f"{kind}_bytes"]
        if found == ("", ""):
            continue
        if written is None:
            yield f"{kind}: found {row[kind]!r}, but no such file in the ledger"
        elif found != (as_cell(kind, written.path), str(written.size_bytes)):
            yield (
                f"{kind}: found {row[kind]!r} of {row[f'{kind}_bytes']} bytes, expected"
                f" {written.path!r} of {written.size_bytes}"
            )
