"""Jobs that Python gives as what they say, or as text, and not as a file."""

import os
from pathlib import Path

import numpy as np
import pytest

from batchquant import JobFileError, load_job


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    return tmp_path / "photos"


def jobs_of(job):
    found = load_job(job)
    return found.output, found.seed, found.jobs


def test_path_text_and_mapping_say_the_same(photos):
    text = "inputs: photos\nk: [3, 5..9:2]\nseed: 7\njobs:\n- {name: a, blur: 2}\n- {name: b}\n"
    Path("jobs.yaml").write_text(text)
    said = {
        "inputs": "photos",
        "k": [3, "5..9:2"],
        "seed": 7,
        "jobs": [{"name": "a", "blur": 2}, {"name": "b"}],
    }
    expected = jobs_of("jobs.yaml")
    assert expected[2][0].k == (3, 5, 7, 9)
    for job in (Path("jobs.yaml"), text, said, {**said, "inputs": photos}):
        assert jobs_of(job) == expected


def test_text_in_one_line_stands_in_braces(photos):
    assert load_job("{inputs: photos, k: 3}").jobs[0].k == (3,)


def test_paths_of_what_is_in_no_file_start_at_the_current_folder(photos, tmp_path):
    found = load_job({"inputs": "photos", "k": 3, "output": "made"})
    assert (found.output, found.jobs[0].inputs[0].root) == (tmp_path / "made", str(photos))
    other = load_job("inputs: photos\nk: 3\n", output=tmp_path / "other")
    assert other.output == tmp_path / "other"


@pytest.mark.parametrize(
    "k", [(3, 5), range(3, 6, 2), np.array([3, 5]), [np.int64(3), 5], "3..5:2", iter([3, 5])]
)
def test_numbers_come_in_any_list(photos, k):
    assert load_job({"inputs": "photos", "k": k}).jobs[0].k == (3, 5)


def test_keys_can_be_varied(photos):
    found = load_job({"inputs": "photos", "k": 3, "vary": {"blur": [0, 2]}})
    assert [job.blur for job in found.jobs] == [0, 2]


@pytest.mark.parametrize(
    ("job", "problems"),
    [
        (
            {"inputs": "photos", "k": [3, 0], "dither": "bayr"},
            ("dither: 'bayr' does not work here.", "k[1]: 0 does not work here."),
        ),
        ({"inputs": "photos", "k": 3, "nonsense": 5}, ("nonsense: there is no such key",)),
        ("inputs: photos\nk: many\n", ("job file:2:4: k: 'many' does not work here.",)),
        ("{inputs: photos", ("job file:1:16: ",)),
        ({}, ("inputs: the key 'inputs' is missing.", "k: the key 'k' is missing.")),
    ],
)
def test_what_is_wrong_is_told_without_a_file(photos, job, problems):
    with pytest.raises(JobFileError) as caught:
        load_job(job)
    found = caught.value.problems
    assert os.fspath(photos.parent) not in str(caught.value)
    for problem, beginning in zip(found, problems, strict=True):
        assert problem.startswith(beginning)


def test_a_file_that_is_not_there_is_told_by_its_name(photos):
    with pytest.raises(JobFileError, match=r"none\.yaml.*no such file"):
        load_job("none.yaml")
