"""What `verify` makes of files, records and rows that do not agree."""

import dataclasses
import os
import shutil

import numpy as np
import pytest
from builders import csv_lines
from PIL import Image
from sources import SWAPPED_PROFILE
from test_ledger import records

from batchquant import load_job, run_job
from batchquant.check import verify_output
from batchquant.check.rows import check_report
from batchquant.errors import UsageError
from batchquant.files.digests import digest_of
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.columns import REPORT_COLUMNS
from batchquant.report.table import report_json, row_of_record
from batchquant.store import LEDGER, Ledger, Output
from batchquant.store.kept_plan import open_kept

JOBS = """
inputs: photos
k: [3, 300]
formats: [png, pdf]
palette_files: [gpl, swatch]
background: "#102030"
pin: "#ffffff"
reduce: 20
blur: 1
jobs:
- name: plain
- {name: mixed, k: 5, dither: floyd-steinberg, book: true, target: {psnr_db: 1}}
- {name: paper, k: 4, formats: pdf}
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory, photo):
    """Outputs of an opaque picture, one with soft alpha, one with a profile, and a broken one."""
    folder = tmp_path_factory.mktemp("verify")
    pixels = photo(folder / "photos" / "opaque.png")
    alpha = np.linspace(0, 255, pixels[..., 0].size).astype(np.uint8).reshape(pixels.shape[:2])
    Image.fromarray(np.dstack([pixels, alpha])).save(folder / "photos" / "soft.png")
    photo(folder / "photos" / "profile.jpg", icc_profile=SWAPPED_PROFILE)
    (folder / "photos" / "broken.jpg").write_text("no picture")
    (folder / "jobs.yaml").write_text(JOBS)
    run_job(load_job(folder / "jobs.yaml"), workers=1)
    return folder / "out"


@pytest.fixture
def output(made_once, tmp_path):
    """A copy of them, to be spoiled."""
    return shutil.copytree(made_once, tmp_path / "out")


def test_of_what_was_just_made_all_is_true(made_once):
    before = {path: path.stat().st_mtime_ns for path in made_once.rglob("*")}
    seen = []
    found = verify_output(made_once, workers=1, advanced=lambda *numbers: seen.append(numbers))
    assert found.problems == ()
    assert (found.n_variants, found.statuses) == (12, {"done": 12, "failed": 4})
    of_overviews = 9 * len(["thumbnail", "preview", "palettes", "sheet"])
    of_overviews += 3 * len(["page", "best"]) + len(["book"])
    assert found.n_files == 9 * 4 + 3 * 3 + of_overviews
    assert found.n_compared == 11  # a PDF alone shows a transparent picture on its background
    assert seen[-1] == (12, 12)
    assert before == {path: path.stat().st_mtime_ns for path in made_once.rglob("*")}


def read(output):
    with Ledger.look(output / LEDGER) as ledger:
        return {
            f"{record.job} {record.image} {record.k}": record
            for record in ledger.records.values()
            if record.status == "done"
        }


def test_all_that_is_spoiled_is_found(output):
    known = read(output)

    def path(name, kind):
        return known[name].outputs[kind].path

    cut, flipped, gone = (
        path("plain opaque.png 3", "png"),
        path("plain opaque.png 300", "pdf"),
        path("plain soft.png 3", "gpl"),
    )
    os.truncate(output / cut, 20)
    content = (output / flipped).read_bytes()
    (output / flipped).write_bytes(content[:-1] + b"?")
    (output / gone).unlink()
    # As if the ledger had been told something else from the start:
    other, mine = path("plain profile.jpg 300", "pdf"), path("plain profile.jpg 3", "pdf")
    shutil.copy(output / other, output / mine)
    copied = (output / other).read_bytes()
    told = {
        "plain profile.jpg 3": {
            "outputs": known["plain profile.jpg 3"].outputs
            | {"pdf": Output(mine, len(copied), digest_of(copied))}
        },
        "mixed opaque.png 5": {"figures": {"mse": 1.5, "delta_e": 0.1}},
        "mixed soft.png 5": {"n_colors": 9},
        "mixed profile.jpg 5": {"width": 21},
        "paper opaque.png 4": {"figures": {"max_error": 0.0}},
    }
    with Ledger(output / LEDGER) as ledger:
        ledger.write([dataclasses.replace(known[name], **lie) for name, lie in told.items()])
    (output / "report.csv").unlink()
    found = verify_output(output, workers=1)
    right = known["mixed opaque.png 5"]
    paper = known["paper opaque.png 4"]
    soft = known["mixed soft.png 5"]
    assert set(found.problems) == {
        f"{cut}: found 20 bytes, expected {known['plain opaque.png 3'].outputs['png'].size_bytes}",
        f"{flipped}: found other content than what was written",
        f"{gone}: cannot be read: No such file or directory",
        f"{mine}: found other pixels than in the PNG, expected the same",
        f"{right.outputs['png'].path}: found {right.figures['mse']!r} as mse, expected 1.5",
        f"{right.outputs['png'].path}: found {right.figures['delta_e']!r} as delta_e, expected 0.1",
        f"{path('mixed soft.png 5', 'png')}: found {soft.n_colors} colors, expected 9",
        f"{path('mixed profile.jpg 5', 'png')}: found 20 x 15 pixels, expected 21 x 15",
        f"{paper.outputs['pdf'].path}: found {paper.figures['max_error']!r} as max_error,"
        " expected 0.0",
        "report.csv: cannot be read: No such file or directory",
    }


def test_spoiled_overviews_and_books_are_found(output):
    with Ledger.look(output / LEDGER) as ledger:
        drawn = dict(ledger.drawn)
    written = drawn["mixed", "photos", "opaque.png", 0].outputs | drawn["mixed", "", "", 0].outputs
    spoiled = ("best", "book", "page", "palettes", "preview", "sheet_png", "thumbnail")
    assert tuple(sorted(written)) == spoiled
    expected = []
    for number, kind in enumerate(spoiled):
        path, size_bytes, *_ = written[kind]
        content = (output / path).read_bytes()
        (output / path).unlink()  # the best picture is a second name of another file
        if number % 3:
            (output / path).write_bytes(content[1:] if number % 3 == 1 else content[:-1] + b"?")
        expected += [
            f"{path}: cannot be read: No such file or directory",
            f"{path}: found {size_bytes - 1} bytes, expected {size_bytes}",
            f"{path}: found other content than what was written",
        ][number % 3 : number % 3 + 1]
    assert sorted(verify_output(output, workers=1).problems) == sorted(expected)


def test_a_report_in_json_alone_will_do(output):
    with open_kept(output) as kept:
        content = b"".join(report_json(kept.known))
    (output / "report.csv").unlink()
    (output / "report.json").write_bytes(content)
    found = verify_output(output, workers=1)
    assert (found.problems, found.statuses) == ((), {"done": 12, "failed": 4})
    (output / "report.json").write_bytes(content.replace(b": true", b": false", 1))
    (problem,) = verify_output(output, workers=1).problems
    assert problem.startswith("report.json: plain/photos/")
    assert problem.endswith(" converged: found 'false', expected 'true'")


def test_without_source_or_settings_errors_are_not_computed_again(output, made_once):
    (output / "_run" / "manifest.json").write_text("{}")
    found = verify_output(output, workers=1)
    assert (found.problems, found.n_compared) == ((), 0)


def test_errors_of_an_earlier_decoder_are_not_held_against_today_s(output):
    record = read(output)["mixed opaque.png 5"]
    with Ledger(output / LEDGER) as ledger:
        ledger.write([dataclasses.replace(record, figures={"mse": 1.5}, decoder=None)])
    (output / "report.csv").unlink()
    assert verify_output(output, workers=1).problems == (
        "report.csv: cannot be read: No such file or directory",
    )


def test_a_folder_without_a_ledger_is_refused(tmp_path):
    with pytest.raises(UsageError, match="nothing has been run into this folder"):
        verify_output(tmp_path)
    assert list(tmp_path.iterdir()) == []


DONE, FAILED = records()
RECORDS = {record.key: record for record in (DONE, FAILED)}


def row_of(record, **changes):
    row = dict.fromkeys(REPORT_COLUMNS) | row_of_record(record)
    for kind, (path, size_bytes, *_) in record.outputs.items():
        row |= {kind: path, f"{kind}_bytes": size_bytes}
    return row | changes


@pytest.fixture
def check(tmp_path):
    def checked(*rows, columns=REPORT_COLUMNS):
        (tmp_path / "report.csv").write_bytes(b"".join(csv_lines(columns, rows)))
        return check_report(tmp_path / "report.csv", RECORDS)

    return checked


def test_true_rows_are_counted(check):
    pending = row_of(DONE, k=7, status="pending")
    refused = row_of(FAILED, image="\\xff.jpg", error="bad_name: not UTF-8")
    statuses, problems = check(row_of(DONE), row_of(FAILED), pending, refused)
    assert (statuses, problems) == ({"done": 1, "failed": 2, "pending": 1}, ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n_iter": 3}, "n_iter: found '3', expected '2'"),
        ({"mse": 0.5}, "mse: found '0.5', expected '1e-300'"),
        ({"psnr_db": None}, f"psnr_db: found '', expected '{psnr_db(1e-300)!r}'"),
        ({"converged": False}, "converged: found 'false', expected 'true'"),
        ({"status": "failed"}, "status: found 'failed', expected 'done'"),
        ({"png": "a.png"}, "png: found 'a.png' of 4 bytes, expected"),
        ({"png_bytes": 5}, f"png: found '{DONE.outputs['png'].path}' of 5 bytes, expected"),
        ({"pdf": "a.pdf", "pdf_bytes": 5}, "pdf: found 'a.pdf', but no such file in the ledger"),
    ],
)
def test_a_changed_cell_is_told(change, told, check):
    (problem,) = check(row_of(DONE, **change))[1]
    assert problem.startswith(f"report.csv: photos/a.jpg k=3 random: {told}")


def test_a_row_from_nowhere_and_a_row_twice_are_told(check):
    _, problems = check(row_of(DONE, k=9), row_of(DONE), row_of(DONE))
    assert problems == (
        "report.csv: photos/a.jpg k=9 random: found status 'done', but nothing in the ledger",
        "report.csv: photos/a.jpg k=3 random: found a second row, expected one",
    )


@pytest.mark.parametrize("name", ["=a", "-a", "a"])
def test_guarded_names_are_found(name, tmp_path):
    """A name in a report has a guard that it has not in the ledger."""
    record = dataclasses.replace(DONE, job=name, folder=name, image=f"{name}.png")
    lines = csv_lines(REPORT_COLUMNS, [row_of(record, n_iter=3)])
    (tmp_path / "report.csv").write_bytes(b"".join(lines))
    _, (problem,) = check_report(tmp_path / "report.csv", {record.key: record})
    assert problem.endswith("n_iter: found '3', expected '2'")


def test_a_report_may_be_older_than_a_metric(check):
    older = tuple(name for name in REPORT_COLUMNS if name != "delta_e")
    statuses, problems = check(row_of(DONE), row_of(FAILED), columns=older)
    assert (statuses, problems) == ({"done": 1, "failed": 1}, ())


def test_a_report_of_other_columns_is_told(check):
    _, problems = check(row_of(DONE), columns=REPORT_COLUMNS[:-1])
    assert problems == ("report.csv: found other columns than this version writes",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("é".encode("latin-1"), "found no UTF-8 at byte 0, expected UTF-8"),
        (b"\xc3\xa9" * 600_000 + b"\xe9", "found no UTF-8 at byte 1200000, expected UTF-8"),
        (b"", "found other columns than this version writes"),
        (b"job\r\n" + b"x" * 200_000, "found no CSV behind line 1: field larger than"),
    ],
)
def test_a_report_that_is_none_is_told(content, told, tmp_path):
    (tmp_path / "report.csv").write_bytes(content)
    (problem,) = check_report(tmp_path / "report.csv", {})[1]
    assert problem.startswith(f"report.csv: {told}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[", "found no JSON: Expecting value"),
        (b"{}", "found other columns than this version writes"),
        (b'[{"job": ""}]', "found other columns than this version writes"),
    ],
)
def test_json_that_is_no_report_is_told(content, told, tmp_path):
    (tmp_path / "report.json").write_bytes(content)
    (problem,) = check_report(tmp_path / "report.json", {})[1]
    assert problem.startswith(f"report.json: {told}")


def test_a_row_that_breaks_off_is_told(check, tmp_path):
    check(row_of(DONE))
    whole = (tmp_path / "report.csv").read_bytes()
    (tmp_path / "report.csv").write_bytes(whole[: whole.index(b",random,") + len(b",random,")])
    _, problems = check_report(tmp_path / "report.csv", RECORDS)
    assert "report.csv: photos/a.jpg k=3 random: status: found '', expected 'done'" in problems
