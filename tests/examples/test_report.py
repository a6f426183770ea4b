import csv
import dataclasses
import io
import json
from pathlib import Path

import pytest
from builders import csv_lines, decibels, drafted, figures_of, row_of, sweep_of, variant_of
from test_ledger import IMAGE, MADE, OTHER, RESULT, VARIANT

from batchquant.plan.records import Overview, Plan
from batchquant.plan.wording import UNSAID, Wording
from batchquant.report import table
from batchquant.report.columns import REPORT_COLUMNS
from batchquant.report.summary import Work, exit_code, summarize
from batchquant.report.table import (
    report_csv,
    report_json,
    timings_csv,
)
from batchquant.store import Ledger, OverviewRecord, key_of, records_of
from batchquant.store.reading import Known

PLAN = Plan(Path("/out"), (IMAGE,), (), ())
RECORDS = {record.key: record for record in records_of(IMAGE, (VARIANT, OTHER), RESULT)}


def known(records, plan=PLAN):
    return Known(plan, records, {})


def rows_of(lines):
    return list(csv.DictReader(io.StringIO(b"".join(lines).decode())))


def test_a_row_for_each_variant_in_plan_order():
    done, failed = rows_of(report_csv(known(RECORDS)))
    assert tuple(done) == REPORT_COLUMNS
    assert (done["k"], done["status"], done["error"]) == ("3", "done", "")
    assert (done["inertia"], done["converged"]) == ("0.30000000000000004", "true")
    assert (done["png"], done["png_bytes"]) == ("photos/a.jpg/a_k003_random.png", "4")
    assert (done["pdf"], done["pdf_bytes"]) == ("", "")
    assert (failed["k"], failed["status"], failed["error"]) == ("5", "failed", "unreadable: x")
    assert (failed["png"], failed["inertia"]) == ("", "")


def test_what_is_not_settled_is_pending():
    done = {key: record for key, record in RECORDS.items() if record.status == "done"}
    assert [row["status"] for row in rows_of(report_csv(known(done)))] == ["done", "pending"]
    assert [row["k"] for row in rows_of(timings_csv(known(done)))] == ["3"]


def test_the_report_is_rfc_4180():
    content = csv_lines(("image", "error"), [{"image": 'a, "b"\nc.jpg', "error": "ü"}])
    assert b"".join(content) == 'image,error\r\n"a, ""b""\nc.jpg",ü\r\n'.encode()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_guarded(begin):
    text = f"{begin}cmd()"
    (row,) = rows_of(
        csv_lines(("job", "image", "png", "k"), [{"job": text, "image": text, "k": -1}])
    )
    assert row == {"job": f"'{text}", "image": f"./{text}", "png": "", "k": "-1"}


def test_an_exact_copy_has_infinite_psnr():
    records = {key: record for key, record in RECORDS.items() if record.status == "done"}
    (key,) = records
    records[key] = dataclasses.replace(records[key], figures=figures_of(0.0))
    assert rows_of(report_csv(known(records)))[0]["psnr_db"] == "inf"


VARIED = Wording(varied=(("j", (("dither", ""), ("palette", "=a,b"))), ("-j", (("blur", "3"),))))


@pytest.mark.parametrize("wording", [UNSAID, VARIED], ids=["", "varied"])
@pytest.mark.parametrize(
    "name",
    ["a.jpg", "=a.jpg", "a-b=c.jpg", "a,b.jpg", 'a "b".jpg', "None.jpg", "a\rb.jpg", "a\nb.jpg"],
)
def test_plain_lines_are_as_csv_writes_them(name, wording, monkeypatch):
    for job, folder, note in (("", "photos", None), ("-j", "+f", None), ("j", "f", "resized")):
        image = dataclasses.replace(IMAGE, job=job, folder=folder, image=name)
        result = dataclasses.replace(RESULT, error=None, variants=(MADE, MADE), notes=note)
        records = {record.key: record for record in records_of(image, (VARIANT, OTHER), result)}
        plan = dataclasses.replace(PLAN, images=(image,), wording=wording)
        lines = b"".join(report_csv(known(records, plan)))
        with monkeypatch.context() as patch:
            patch.setattr(table, "plain_lines", lambda image, knee, best, varied: None)
            assert lines == b"".join(report_csv(known(records, plan)))
        assert lines.count(b",done,") == 2


def test_lines_of_what_is_done_and_needs_no_quotes_are_plain(monkeypatch):
    image = dataclasses.replace(IMAGE, image="a-b.jpg")
    result = dataclasses.replace(RESULT, error=None, variants=(MADE, MADE))
    records = {record.key: record for record in records_of(image, (VARIANT, OTHER), result)}
    monkeypatch.setattr(table, "_rows_of", None)
    plan = dataclasses.replace(PLAN, images=(image,))
    assert b"".join(report_csv(known(records, plan))).count(b",done,,\r\n") == 2


def test_varied_keys_are_columns_behind_all_others():
    wording = Wording(varied=(("", (("palette", "=a"), ("n_init", "2"))), ("b", (("blur", "3"),))))
    plan = dataclasses.replace(PLAN, wording=wording)
    for row in rows_of(report_csv(known(RECORDS, plan))):
        assert list(row)[-3:] == ["notes", "blur", "palette"]  # n_init is a column in any case
        assert (row["blur"], row["palette"]) == ("", "'=a")
    for row in json.loads(b"".join(report_json(known(RECORDS, plan)))):
        assert (row["blur"], row["palette"]) == (None, "=a")


def test_json_has_the_rows_of_the_csv_with_their_types():
    records = dict(RECORDS)
    key = key_of(IMAGE, VARIANT)
    records[key] = dataclasses.replace(RECORDS[key], figures=figures_of(0.0))
    done, failed = json.loads(b"".join(report_json(known(records))))
    assert tuple(done) == REPORT_COLUMNS
    assert (done["k"], done["converged"], done["inertia"]) == (3, True, 0.1 + 0.2)
    assert (done["psnr_db"], done["pdf"], done["error"]) == ("inf", None, None)
    assert (failed["inertia"], failed["error"]) == (None, "unreadable: x")


def curve(*errors):
    """Plan an image in K 2, 3, ..., each done with a mean squared error."""
    variants = tuple(variant_of(k, "random", png=f"a_k{k}.png") for k in range(2, 2 + len(errors)))
    records = {
        key_of(IMAGE, variant): dataclasses.replace(
            RECORDS[key_of(IMAGE, VARIANT)], k=variant.k, figures=figures_of(error)
        )
        for variant, error in zip(variants, errors, strict=True)
    }
    return dataclasses.replace(IMAGE, variants=variants), records


def test_the_knee_stands_in_every_row():
    image, records = curve(1000.0, 300.0, 10.0, 9.5, 9.0)
    rows = rows_of(report_csv(known(records, Plan(Path("/out"), (image,), (), ()))))
    assert {row["knee"] for row in rows} == {"4"}
    assert {row["meets_target"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("target_db", "expected"),
    [
        (20.0, ["false", "true", "false"]),  # 65025 / 100 is 28.1 dB
        (40.0, ["false", "false", "true"]),
        (60.0, ["false", "false", "false"]),
    ],
)
def test_one_row_meets_the_target_or_none(target_db, expected):
    image, records = curve(1000.0, 100.0, 1.0)
    image = dataclasses.replace(image, overview=Overview(target=decibels(target_db)))
    rows = rows_of(report_csv(known(records, Plan(Path("/out"), (image,), (), ()))))
    assert [row["meets_target"] for row in rows] == expected
    assert {row["knee"] for row in rows} == {""}  # of fewer than four K there is none


def test_what_could_not_be_drawn_is_a_failure_of_its_own():
    done = {key: r for key, r in RECORDS.items() if r.status == "done"}
    undrawn = OverviewRecord(*IMAGE.key, "fingerprint", "timeout: not done within 60 s", 0.0)
    summary = summarize(PLAN, done, {IMAGE.key: undrawn}, elapsed_s=1.5)
    assert (summary.n_failed, summary.n_drawn, summary.n_undrawn) == (0, 0, 1)
    assert summary.failures == (("photos/a.jpg", "not drawn: timeout: not done within 60 s"),)
    assert exit_code([summary]) == 3


def test_a_book_that_nobody_wants_any_more_is_no_failure():
    done = {key: r for key, r in RECORDS.items() if r.status == "done"}
    unbound = OverviewRecord(IMAGE.job, "", "", 0, "fingerprint", "internal: torn", 0.0)
    in_book = dataclasses.replace(IMAGE, overview=Overview(is_in_book=True))
    for image, failures in ((IMAGE, ()), (in_book, (("book.pdf", "not drawn: internal: torn"),))):
        plan = dataclasses.replace(PLAN, images=(image,))
        assert summarize(plan, done, {unbound.key: unbound}).failures == failures


def test_the_summary_adds_up():
    summary = summarize(PLAN, RECORDS, {}, work=Work(n_made=1, n_drawn=2), elapsed_s=1.5)
    counts = (summary.n_done, summary.n_skipped, summary.n_failed, summary.n_pending)
    assert counts == (1, 0, 1, 0)
    assert (summary.n_attempted, summary.n_drawn, summary.elapsed_s) == (1, 2, 1.5)
    assert summary.failures == (("photos/a.jpg", "unreadable: x"),)
    assert exit_code([summary]) == 3


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [(["done"], 0), (["failed"], 1), (["done", "failed"], 3), ([], 0)],
)
def test_exit_codes(statuses, expected):
    records = {key: r for key, r in RECORDS.items() if r.status in statuses}
    assert exit_code([summarize(PLAN, records, {})]) == expected


def test_a_report_without_rows_is_one_nevertheless():
    empty = known({}, Plan(Path("/out"), (), (), ()))
    assert rows_of(report_csv(empty)) == []
    assert json.loads(b"".join(report_json(empty))) == []


def test_of_a_plan_in_tables_the_summary_is_the_same(tmp_path):
    """It is counted there, and not by going through all."""
    sweep = sweep_of("png", "pdf", book=True)
    plan = drafted(
        (sweep, row_of("a.jpg", job="night")),
        (sweep, row_of("odd.jpg", job="night", refusal="bad_name: x")),
        (sweep, row_of("b.jpg", job="day")),
        (sweep, row_of("c.jpg", job="day")),
        (sweep, row_of("gone.jpg", job="day", absent="source not looked at: x")),
        output=tmp_path,
    )
    first, _, second, _, gone = plan.images
    results = {
        first.key: RESULT,
        second.key: dataclasses.replace(RESULT, error="timeout: x", variants=(None, None)),
        gone.key: dataclasses.replace(RESULT, error=None, variants=(RESULT.variants[0],) * 2),
    }
    undrawn = [
        OverviewRecord(*key, "fingerprint", "internal: torn", 0.0)
        for key in (second.key, ("day", "", "", 0), ("odd", "", "", 0))
    ]
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for image in plan.images:
            if image.key in results:
                ledger.write(records_of(image, image.variants, results[image.key]))
        for record in undrawn:
            ledger.write_overview(record)
        ledger.take_plan(plan.images)
        settled, drawn = dict(ledger.settled), dict(ledger.drawn)
        options = {"work": Work(n_made=2, n_failed=1, n_drawn=3), "elapsed_s": 1.5}
        fast = summarize(plan, ledger.settled, ledger.drawn, **options)
        as_list = dataclasses.replace(plan, images=tuple(plan.images))
    assert fast == summarize(as_list, settled, drawn, **options)
    counts = (fast.n_images, fast.n_done, fast.n_skipped, fast.n_failed, fast.n_pending)
    assert counts == (5, 2, 1, 3 + 2, 2)
    assert fast.failures == (
        ("night/photos/a.jpg", "unreadable: x"),
        ("night/photos/odd.jpg", "bad_name: x"),
        ("day/photos/b.jpg", "timeout: x"),
        ("day/photos/b.jpg", "not drawn: internal: torn"),
        ("day/book.pdf", "not drawn: internal: torn"),
    )
