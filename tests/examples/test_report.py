import csv
import dataclasses
import io
from pathlib import Path

import pytest
from test_ledger import IMAGE, OTHER, RESULT, VARIANT

from batchquant.ledger import key_of, records_of
from batchquant.plan.records import Plan
from batchquant.report.summary import exit_code, summarize
from batchquant.report.table import REPORT_COLUMNS, report_csv, timings_csv, to_csv

PLAN = Plan(Path("/out"), (IMAGE,), (), ())
RECORDS = {record.key: record for record in records_of(IMAGE, (VARIANT, OTHER), RESULT)}


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_row_for_each_variant_in_plan_order():
    done, failed = rows_of(report_csv(PLAN, RECORDS))
    assert tuple(done) == REPORT_COLUMNS
    assert (done["k"], done["status"], done["error"]) == ("3", "done", "")
    assert (done["inertia"], done["converged"]) == ("0.30000000000000004", "true")
    assert (done["png"], done["png_bytes"]) == ("photos/a.jpg/a_k003_random.png", "4")
    assert (done["pdf"], done["pdf_bytes"]) == ("", "")
    assert (failed["k"], failed["status"], failed["error"]) == ("5", "failed", "unreadable: x")
    assert (failed["png"], failed["inertia"]) == ("", "")


def test_what_is_not_settled_is_pending():
    done = {key: record for key, record in RECORDS.items() if record.status == "done"}
    assert [row["status"] for row in rows_of(report_csv(PLAN, done))] == ["done", "pending"]
    assert [row["k"] for row in rows_of(timings_csv(PLAN, done))] == ["3"]


def test_the_report_is_rfc_4180():
    content = to_csv(("image", "error"), [{"image": 'a, "b"\nc.jpg', "error": "ü"}])
    assert content == 'image,error\r\n"a, ""b""\nc.jpg",ü\r\n'.encode()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_guarded(begin):
    text = f"{begin}cmd()"
    (row,) = rows_of(to_csv(("job", "image", "png", "k"), [{"job": text, "image": text, "k": -1}]))
    assert row == {"job": f"'{text}", "image": f"./{text}", "png": "", "k": "-1"}


def test_an_exact_copy_has_infinite_psnr():
    records = {key: record for key, record in RECORDS.items() if record.status == "done"}
    (key,) = records
    records[key] = dataclasses.replace(records[key], mse=0.0)
    assert rows_of(report_csv(PLAN, records))[0]["psnr_db"] == "inf"


def test_the_summary_adds_up():
    summary = summarize(PLAN, RECORDS, {key_of(IMAGE, VARIANT)}, 1.5)
    counts = (summary.n_done, summary.n_skipped, summary.n_failed, summary.n_pending)
    assert counts == (1, 0, 1, 0)
    assert summary.failures == (("photos/a.jpg", "unreadable: x"),)
    assert exit_code([summary]) == 3


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [(["done"], 0), (["failed"], 1), (["done", "failed"], 3), ([], 0)],
)
def test_exit_codes(statuses, expected):
    records = {key: r for key, r in RECORDS.items() if r.status in statuses}
    assert exit_code([summarize(PLAN, records, (), 0.0)]) == expected
