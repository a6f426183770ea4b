"""The functions of `batchquant`, as a script or a notebook calls them."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from patience import promised

from batchquant import (
    JobFileError,
    NoRunError,
    UsageError,
    plan_job,
    quantize,
    quantize_folder,
    read_report,
    run_job,
)
from batchquant.api import folders
from batchquant.report.columns import FLOATS, TRUTHS, WHOLE
from batchquant.run.events import Advanced


@pytest.fixture
def folder(tmp_path, monkeypatch, photo):
    """A folder `photos` of two pictures and a broken one, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("a.png", "b.png")):
        photo(tmp_path / "photos" / name, seed=seed)
    (tmp_path / "photos" / "c.png").write_bytes(b"no picture")
    return tmp_path


def test_a_folder_is_quantized_and_its_report_read(folder, capfd):
    summary = quantize_folder("photos", [3, 9], workers=1, formats=["png", "gif"])
    assert (summary.n_done, summary.n_failed) == (4, 2)
    assert [name for name, _ in summary.failures] == ["photos/c.png"]
    assert "6/6" in capfd.readouterr().err
    rows = read_report("out")
    assert [(row["image"], row["k"]) for row in rows] == [
        (f"{name}.png", k) for name in "abc" for k in (3, 9)
    ]
    for row in rows[:4]:
        found = quantize(Path("photos") / row["image"], row["k"], seed=row["seed"])
        assert found.figures.items() <= row.items()
        assert (found.inertia, found.n_colors) == (row["inertia"], row["n_colors"])
        assert (found.n_iter, found.converged) == (row["n_iter"], row["converged"])
        assert Path("out", row["png"]).read_bytes() == found.encode("png")
    again = quantize_folder("photos", [3, 9], workers=1, formats=["png", "gif"])
    assert (again.n_done, again.n_skipped) == (0, 4)
    assert capfd.readouterr().err == ""  # there was nothing to show


def test_cells_are_of_the_types_of_their_columns(folder):
    quantize_folder("photos", [3, 4096], workers=1, progress=False, target={"psnr_db": 20})
    rows = read_report("out")
    assert {math.isinf(row["psnr_db"]) for row in rows[:4]} == {False, True}
    assert rows[4]["mse"] is None
    types = {}
    for row in rows:
        for column, cell in row.items():
            if cell is not None:
                types.setdefault(column, set()).add(type(cell))
    for column, found in types.items():
        named = (
            [float] * (column in FLOATS) + [bool] * (column in TRUTHS) + [int] * (column in WHOLE)
        )
        assert found == set(named or [str]), column


def test_the_report_is_read_as_a_table_of_the_same_types(folder):
    pandas = pytest.importorskip("pandas")
    quantize_folder("photos", 3, workers=1, progress=False)
    table = read_report("out", as_frame=True)
    assert list(table.columns) == list(read_report("out")[0])
    kinds = {str(kind) for kind in table.dtypes}
    assert kinds == {"string", "Int64", "float64", "boolean"}
    assert table["width"].tolist()[:2] == [32, 32]
    assert table["width"].isna().tolist() == [False, False, True]
    assert isinstance(table, pandas.DataFrame)
    assert table.groupby("status")["k"].count().to_dict() == {"done": 2, "failed": 1}


def test_the_report_is_that_of_the_json(folder):
    job = {"inputs": "photos", "k": [3, 4096], "report": "json", "vary": {"blur": [0, 2]}}
    run_job(job, workers=1)
    rows = json.loads(Path("out/report.json").read_text())
    for row in rows:
        row["psnr_db"] = math.inf if row["psnr_db"] == "inf" else row["psnr_db"]
    assert read_report("out") == rows
    assert {row["blur"] for row in rows} == {"0", "2"}


def test_without_pandas_the_way_to_it_is_told(folder, monkeypatch):
    quantize_folder("photos", 3, workers=1, progress=False)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"pip install pandas"):
        read_report("out", as_frame=True)


def test_a_folder_without_a_run_is_told(tmp_path):
    with pytest.raises(NoRunError, match=re.escape(str(tmp_path))):
        read_report(tmp_path)


def test_keys_are_held_to_the_rules_of_job_files(folder):
    with pytest.raises(JobFileError, match=r"^k: 0 does not work here"):
        quantize_folder("photos", 0)
    with pytest.raises(JobFileError, match=r"^nonsense: there is no such key"):
        quantize_folder("photos", 3, nonsense=5)
    assert not (folder / "out").exists()


def test_a_palette_needs_no_k(folder):
    palette = ["#000000", "#ffffff"]
    assert quantize_folder(["photos/a.png"], palette=palette, progress=False).n_done == 1
    assert read_report("out")[0]["init"] == "palette"


def test_jobs_are_planned_and_run_by_whatever_says_them(folder):
    Path("jobs.yaml").write_text("inputs: photos/a.png\nk: [3, 5]\n")
    assert plan_job("jobs.yaml").n_variants == 2
    assert run_job("jobs.yaml", workers=1).n_done == 2
    assert run_job("inputs: photos/a.png\nk: [3, 5]\n", workers=1).n_skipped == 2
    assert run_job({"inputs": "photos/a.png", "k": [3, 5]}, workers=1).n_skipped == 2


def test_an_interrupt_keeps_what_is_made(folder, monkeypatch):
    hear = folders._Bar.hear

    def interrupt(bar, event):
        hear(bar, event)
        if isinstance(event, Advanced) and event.records[0].error is None:
            raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(folders._Bar, "hear", interrupt)
        with pytest.raises(KeyboardInterrupt):
            quantize_folder("photos", 3, workers=1, progress=False)
    assert [row["status"] for row in read_report("out")].count("done") == 1
    again = quantize_folder("photos", 3, workers=1, progress=False)
    assert (again.n_skipped, again.n_done, again.n_failed) == (1, 1, 1)


def test_a_script_works_with_processes_of_its_own(folder):
    script = folder / "script.py"
    script.write_text(
        "from batchquant import quantize_folder\n"
        "if __name__ == '__main__':\n"
        "    print(quantize_folder('photos', 3, 'made', workers=2).n_done)\n"
    )
    with promised(60):
        done = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, check=True, env=os.environ
        )
    assert done.stdout == "2\n"
    assert "3/3" in done.stderr
