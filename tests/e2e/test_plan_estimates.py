"""What `plan` says of time, size and memory, whatever the pictures do that it tries."""

import re
from functools import partial

import pytest
from patience import FOREVER_S, promised
from workplaces import every_process_runs

from batchquant import load_job, plan_job
from batchquant.engine.local import dispatch
from batchquant.errors import StorageError
from batchquant.estimate import estimate, forecast
from batchquant.run.review import review_output

LONG_TRIAL = f"""
from batchquant.estimate import trial
trial.calibrate.__kwdefaults__["limit_s"] = {FOREVER_S}
"""


@pytest.fixture
def long_trial(tmp_path_factory):
    """An environment in which a trial makes all its pictures, on a busy machine too."""
    return every_process_runs(LONG_TRIAL, tmp_path_factory.mktemp("trial") / "site")


def test_a_plan_tells_time_size_and_memory_and_leaves_nothing_behind(
    workplace, photos, faults, long_trial
):
    workplace.write_job("inputs: photos\nk: [3, 5]\nformats: [png, pdf]\nmemory: 9 GB\n")
    (workplace.path / "tmp").mkdir()
    before = workplace.names()
    environment = faults({"a.png": "kill"}, long_trial | {"TMPDIR": str(workplace.path / "tmp")})
    done = workplace.run("plan", "jobs.yaml", "-j", "2", env=environment)
    assert done.returncode == 0, done.stderr
    numbers, *estimates = done.stdout.partition("  duration  about ")
    assert numbers == workplace.run("run", "jobs.yaml", "--dry-run").stdout
    assert re.fullmatch(
        r"  duration  about [\d.]+ (s|min) with 2 workers\n"
        r"  to write  about [\d.]+ kB \([\d.]+ .B free\)\n"
        r"  memory    at most about 760 MB at once \(budget 9 GB\)\n",
        "".join(estimates),
    )
    assert workplace.names() == before


def test_where_the_trial_finds_no_room_the_plan_says_how_to_spare_it(
    workplace, photos, mount, long_trial
):
    workplace.write_job("inputs: photos\nk: [3, 5]\nformats: [png, pdf]\n")
    mount(workplace.path / "small", "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    environment = {**long_trial, "TMPDIR": str(workplace.path / "small")}
    done = workplace.run("plan", "jobs.yaml", env=environment)
    assert done.returncode == 4
    assert done.stdout == workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert done.stderr.startswith(f"batchquant: {workplace.path / 'small'}/batchquant-")
    assert done.stderr.endswith(
        ": cannot be written: No space left on device. It was a trial of a few pictures in the"
        " folder for temporary files, to estimate duration and size. Make room there, set TMPDIR"
        " to another folder, or spare the trial by --no-estimate.\n"
    )
    assert list((workplace.path / "small").iterdir()) == []


def test_a_folder_for_temporary_files_that_is_gone_is_told_likewise(workplace, photos, monkeypatch):
    workplace.write_job("inputs: photos\nk: 3\n")
    monkeypatch.setattr("tempfile.tempdir", str(workplace.path / "gone"))
    job_file = load_job(workplace.path / "jobs.yaml")
    plan = plan_job(job_file)
    told = r"gone/batchquant-.*'\. It was a trial of a few"
    with pytest.raises(StorageError, match=told), review_output(plan) as review:
        estimate(job_file, plan, review, workers=1)


def test_a_picture_that_hangs_does_not_hang_the_plan(workplace, photo, faults, monkeypatch):
    photo(workplace.path / "photos" / "a.png")
    workplace.write_job("inputs: photos\nk: 3\n")
    faults.here({"a.png": "hang"}, monkeypatch)
    monkeypatch.setattr(dispatch, "GRACE_S", 0.1)
    monkeypatch.setattr(forecast, "calibrate", partial(forecast.calibrate, limit_s=2.0))
    job_file = load_job(workplace.path / "jobs.yaml")
    plan = plan_job(job_file)
    with promised(30), review_output(plan) as review:
        found = estimate(job_file, plan, review, workers=1)
    assert (found.elapsed_s, found.size_bytes) == (None, None)
