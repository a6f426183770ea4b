"""The report as Parquet, and as CSV that Excel knows for UTF-8."""

import codecs
import hashlib
import sys

import pyarrow.parquet as pq
import pytest
from circumstances import long_form

from batchquant import JobFileError, load_job, read_report, run_job
from batchquant.report import parquet
from batchquant.report.columns import REPORT_COLUMNS

JOB = "inputs: photos\nk: [3, 4096]\nreport: [csv, json, parquet]\n"
FORMS = ("csv", "json", "parquet")


@pytest.fixture
def made(workplace, photos):
    """A workplace with a run behind it; one of its pictures cannot be read."""
    (photos / "torn.png").write_bytes(b"no picture")
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", "-j", "1").returncode == 3
    return workplace


def digests(workplace, forms=FORMS):
    paths = [workplace.output / f"report.{form}" for form in forms]
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def test_parquet_says_what_the_others_say(made):
    table = pq.read_table(made.output / "report.parquet")
    assert tuple(table.column_names) == REPORT_COLUMNS
    assert table.to_pylist() == read_report(made.output)
    types = {
        name: str(table.schema.field(name).type) for name in ("image", "k", "mse", "converged")
    }
    assert types == {"image": "string", "k": "int64", "mse": "double", "converged": "bool"}
    assert table.schema.metadata in (None, {b"batchquant": b"report"})


def test_the_bytes_are_the_same_in_every_run(made):
    before = digests(made)
    for form in FORMS:
        (made.output / f"report.{form}").unlink()
    assert made.run("run", "jobs.yaml").returncode == 3
    assert digests(made) == before


def test_rows_stand_in_groups(made, monkeypatch):
    whole = pq.read_table(made.output / "report.parquet").to_pylist()
    (made.output / "report.parquet").unlink()
    monkeypatch.setattr(parquet, "ROWS", 3)
    run_job(made.path / "jobs.yaml", workers=1)
    found = pq.ParquetFile(made.output / "report.parquet")
    assert found.num_row_groups == -(-len(whole) // 3)
    assert found.read().to_pylist() == whole


def test_parquet_alone_is_verified(made):
    made.write_job(JOB.replace("csv, json, ", ""))
    assert made.run("run", "jobs.yaml").returncode == 3
    assert sorted(path.name for path in made.output.glob("report.*")) == ["report.parquet"]
    report = made.output / "report.parquet"
    assert "all is as written" in made.run("verify", "out").stdout
    content = report.read_bytes()
    report.write_bytes(content[:100] + content[200:])
    damaged = made.run("verify", "out")
    assert damaged.returncode == 3
    assert "report.parquet: found no Parquet" in damaged.stdout + damaged.stderr


def test_a_table_of_somebody_else_stays(made):
    table = pq.read_table(made.output / "report.parquet")
    plain = table.replace_schema_metadata(None)  # the same rows, without our mark
    pq.write_table(plain, made.output / "report.parquet")
    theirs = (made.output / "report.parquet").read_bytes()
    refused = made.run("run", "jobs.yaml")
    assert refused.returncode == 2
    assert "report.parquet: there is a file that batchquant did not write" in refused.stderr
    assert (made.output / "report.parquet").read_bytes() == theirs
    assert made.run("run", "jobs.yaml", "--replace").returncode == 3
    assert (made.output / "report.parquet").read_bytes() != theirs


def test_what_is_wanted_no_more_is_withdrawn(made):
    made.write_job(JOB.replace(", parquet", ""))
    assert made.run("run", "jobs.yaml").returncode == 3
    assert not (made.output / "report.parquet").exists()


@long_form
def test_a_mark_before_the_csv_comes_and_goes(made):
    report = made.output / "report.csv"
    plain = report.read_bytes()
    made.write_job(f"{JOB}csv_bom: true\n")
    assert made.run("run", "jobs.yaml").returncode == 3
    assert report.read_bytes() == codecs.BOM_UTF8 + plain
    assert "all is as written" in made.run("verify", "out").stdout
    assert made.run("run", "jobs.yaml").returncode == 3
    assert report.read_bytes() == codecs.BOM_UTF8 + plain
    made.write_job(JOB)
    assert made.run("run", "jobs.yaml").returncode == 3
    assert report.read_bytes() == plain


def test_shards_hand_the_mark_on(workplace, photos):
    workplace.write_job(f"{JOB}csv_bom: true\n")
    for shard in ("1/2", "2/2"):
        assert workplace.run("run", "jobs.yaml", "--shard", shard).returncode == 0
    assert workplace.run("merge", "out").returncode == 0
    assert (workplace.output / "report.csv").read_bytes().startswith(codecs.BOM_UTF8)
    assert len(pq.read_table(workplace.output / "report.parquet")) == len(
        read_report(workplace.output)
    )


def test_without_pyarrow_the_way_to_it_is_told(photos, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("batchquant.jobfile.reports.find_spec", lambda name: None)
    with pytest.raises(JobFileError, match="Parquet needs a package: pip install pyarrow"):
        load_job({"inputs": photos, "k": 3, "report": "parquet"})
    assert load_job({"inputs": photos, "k": 3, "report": ["csv", "json"]}).report == ("csv", "json")
