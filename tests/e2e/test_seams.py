"""Each kind of change is one class: it goes all the way from the job file to verify."""

import os
import shutil
from pathlib import Path

import pytest
from builders import install_extension, on_path
from toy_engine import ToyEngine

from batchquant import load_job
from batchquant.check.output import verify_output
from batchquant.run.corridor import run_job

JOB = "inputs: photos\nk: [2, 5]\ninit: [random, in_pixel]\nbook: true\ntarget: {psnr_db: 20}\n"


@pytest.fixture
def with_toy_format(tmp_path):
    module = Path(__file__).parents[1] / "toy_format.py"
    install_extension(tmp_path / "site", module, "Toy")
    return on_path(tmp_path / "site", os.environ)


def test_a_format_of_a_package_goes_from_the_job_file_to_verify(
    workplace, photos, faults, with_toy_format
):
    workplace.write_job(f"{JOB}formats: png\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    before = workplace.tree()
    workplace.write_job(f"{JOB}formats: [png, toy]\n")
    unknown = workplace.run("plan", "jobs.yaml")
    assert unknown.returncode == 2
    assert "formats[1]: found 'toy'" in unknown.stderr
    # A picture of which colors were looked for again would fail.
    mishaps = {f"k={k} of {name}": "raise" for k in (2, 5) for name in ("a.png", "b.jpg", "c.bmp")}
    done = workplace.run("run", "jobs.yaml", env=faults(mishaps, with_toy_format))
    assert done.returncode == 0, done.stdout
    rows = workplace.report()
    assert len(rows) == 12
    for row in rows:
        file = workplace.output / row["toy"]
        assert file.stat().st_size == int(row["toy_bytes"])
        file.with_name(Path(row["png"]).name).unlink()
    done = workplace.run("run", "jobs.yaml", env=faults(mishaps, with_toy_format))
    assert done.returncode == 0, done.stdout
    after = workplace.tree()
    assert {path: file for path, file in after.items() if path.suffix == ".png"} == {
        path: file for path, file in before.items() if path.suffix == ".png"
    }
    verified = workplace.run("verify", "out", env=with_toy_format)
    assert verified.returncode == 0, verified.stdout
    workplace.write_job(f"{JOB}formats: png\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0  # the package is gone


def test_an_engine_of_a_caller_makes_the_same_tree(workplace, photos):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    expected = workplace.tree()
    shutil.rmtree(workplace.output)
    job_file = load_job(workplace.path / "jobs.yaml")
    summary = run_job(job_file, engine=ToyEngine(1))
    assert (summary.n_done, summary.n_failed, summary.n_pending) == (12, 0, 0)
    assert workplace.tree() == expected
    assert verify_output(job_file.output).problems == ()
    again = run_job(job_file, engine=ToyEngine(1))
    assert (again.n_done, again.n_skipped) == (0, 12)
