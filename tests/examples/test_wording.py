"""A job file in words."""

import pytest

from batchquant import load_job, plan_job
from batchquant.jobfile.model import Job
from batchquant.jobfile.run_wide import RUN_WIDE
from batchquant.plan.wording import word

JOBS = """
output: out
timeout: 1234567
memory: 8 GB
report: [csv, json]
inputs: [photos, {path: scans, name: old, exclude: ["drafts/", "*.gif"]}]
k: [3, 5..7]
pin: ["#ff0009"]
tol: 0.0000001
target: {psnr_db: 32}
book: true
"""


@pytest.fixture
def folder(tmp_path, photo):
    for name in ("photos", "scans"):
        photo(tmp_path / name / "a.png")
    return tmp_path


def worded(folder, text):
    (folder / "jobs.yaml").write_text(text, encoding="utf-8")
    return word(load_job(folder / "jobs.yaml"))


def test_keys_are_said_as_a_person_writes_them(folder):
    found = worded(folder, JOBS)
    ((name, keys),) = found.jobs
    said = dict(found.shared + keys)
    assert (found.name, name) == ("jobs.yaml", "")
    assert {key: said[key] for key in ("timeout", "memory", "report", "inputs", "k", "pin")} == {
        "timeout": "1234567",
        "memory": "8 GB",
        "report": "csv, json",
        "inputs": "photos, old without drafts/, *.gif",
        "k": "3, 5, 6, 7",
        "pin": "#ff0009",
    }
    assert (said["tol"], said["target"], said["book"]) == ("1e-07", "psnr_db: 32", "fit")


def test_every_key_is_said_but_where_outputs_go(folder):
    found = worded(folder, "inputs: photos\nk: 3\n")
    ((_, keys),) = found.jobs
    said = dict(found.shared + keys)
    unsaid = {"output", "state", "name", "when_done"}
    assert said.keys() == (RUN_WIDE | set(Job.model_fields)) - unsaid
    assert all(said.values())
    assert (said["include"], said["palette"], said["reduce"]) == ("all formats", "none", "none")
    assert str(folder) not in repr(found)


def test_each_entry_has_its_own(folder):
    text = "inputs: photos\nk: 3\njobs: [{name: day}, {name: night, k: 5, dither: none}]\n"
    found = worded(folder, text)
    assert [(name, dict(keys)["k"]) for name, keys in found.jobs] == [("day", "3"), ("night", "5")]
    assert plan_job(load_job(folder / "jobs.yaml")).wording == found
