"""The sheet of all combinations of a picture: when it is due, and what it leaves out."""

import pytest
from toy_engine import ToyEngine
from workplaces import Workplace, text_of

from batchquant import Selection, load_job
from batchquant.errors import StorageError
from batchquant.run.corridor import run_job
from batchquant.run.drawings import varied
from batchquant.steps import overview
from batchquant.steps.varied_sheet import VariedSheetTask

JOB = "inputs: photos\nk: [2, 3]\nsheet: pdf\nvary: {blur: [0, 2], dither: [none, bayer]}\n"


@pytest.fixture
def job(tmp_path, photo):
    workplace = Workplace(tmp_path)
    for seed, name in enumerate("ab"):
        photo(tmp_path / "photos" / f"{name}.png", height=20, width=30, seed=seed)
    workplace.write_job(JOB)
    return workplace


def run(job, **selection):
    job_file = load_job(job.path / "jobs.yaml")
    return run_job(job_file, engine=ToyEngine(1), selection=Selection(**selection))


def sheets(job):
    return sorted(path.name for path in job.output.rglob("*_sheet_vary.pdf"))


def test_it_is_drawn_once_when_the_last_combination_is_finished(job, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        VariedSheetTask,
        "run",
        lambda task, give: drawn.append(task) or overview.draw_varied_sheet(task),
    )
    assert run(job).n_drawn == 10
    assert sorted(task.title for task in drawn) == ["photos/a.png", "photos/b.png"]
    for task in drawn:
        assert [row.name for row in task.rows] == [
            f"blur {blur}, dither {dither} · kmeans++"
            for blur in (0, 2)
            for dither in ("none", "bayer")
        ]
        assert task.key == ("", "photos", f"{task.title[-5]}.png", 0, "sheet_vary")
        assert task.notes == ()
    assert run(job).n_drawn == 0
    assert len(drawn) == 2


def test_a_run_that_ends_between_a_combination_and_the_sheet_leaves_it_to_the_next(
    job, monkeypatch
):
    with monkeypatch.context() as patched:

        def fill_disk(task):
            raise StorageError("no space left")

        patched.setattr(overview, "draw_varied_sheet", fill_disk)
        with pytest.raises(StorageError):
            run(job)
    assert sheets(job) == []
    run(job)
    assert sheets(job) == ["a_sheet_vary.pdf", "b_sheet_vary.pdf"]
    assert run(job).n_drawn == 0


def test_what_could_not_be_drawn_is_told_and_tried_again(job, monkeypatch):
    with monkeypatch.context() as patched:

        def fail(task):
            raise ValueError("a fault")

        patched.setattr(overview, "_draw_rows", fail)
        summary = run(job)
    assert summary.n_undrawn == 2
    assert {title for title, _ in summary.failures} == {"photos/a.png", "photos/b.png"}
    assert sheets(job) == []
    assert run(job).n_undrawn == 0
    assert sheets(job) == ["a_sheet_vary.pdf", "b_sheet_vary.pdf"]


def test_rows_that_would_make_it_too_large_are_left_out_and_counted(job, monkeypatch):
    monkeypatch.setattr(varied, "MAX_EXHIBITS", 6)
    run(job)
    told = text_of(next(job.output.rglob("a_sheet_vary.pdf")))
    assert told.count("kmeans++") == 3
    assert "1 more row: see the sheets of these jobs" in told


def test_two_rows_are_there_however_many_k(job, monkeypatch):
    monkeypatch.setattr(varied, "MAX_EXHIBITS", 1)
    run(job)
    told = text_of(next(job.output.rglob("a_sheet_vary.pdf")))
    assert told.count("kmeans++") == 2
    assert "2 more rows: see the sheets of these jobs" in told


def test_a_picture_that_changed_is_not_shown_beside_what_it_was(job, photo):
    run(job)
    photo(job.path / "photos" / "a.png", height=20, width=30, seed=9)
    run(job, jobs=("blur=2",))
    told = text_of(next(job.output.rglob("a_sheet_vary.pdf")))
    assert "still to be made" not in told  # it is as it was: one combination is beside nothing
    run(job, jobs=("",))
    told = text_of(next(job.output.rglob("a_sheet_vary.pdf")))
    assert told.count("kmeans++") == 2
    assert "still to be made: blur 0, dither bayer; blur 2, dither bayer" in told
