"""Options of a command that are keys of a job file."""

import pytest

from batchquant.errors import JobFileError
from batchquant.jobfile import Job, read_options


def problems(**options):
    with pytest.raises(JobFileError) as caught:
        read_options(options)
    return caught.value.problems


def test_what_is_not_given_is_by_default():
    job = read_options({"k": (5, 3)})
    assert job.k == (3, 5)
    others = set(Job.model_fields) - {"inputs", "k"}
    assert all(getattr(job, key) == Job.model_fields[key].default for key in others)


def test_names_that_mean_the_same_are_one():
    assert read_options({"k": (3, 3), "init": ("forgy", "in_pixel")}).init == ("in_pixel",)


def test_a_problem_is_told_by_its_option():
    assert problems(k=(300,), formats=("png", "gif")) == (
        "--format: GIF holds at most 256 colors, not 300."
        " Remove gif from formats, or take fewer colors.",
    )
    (told,) = problems(k=(0,))
    assert told.startswith("-k: 0 does not work here. Write whole numbers")


def test_no_line_is_told_of_what_stands_in_no_file():
    told = problems(k=(2,), palette=("#000000", "#ffffff", "#808080"), n_init=3, init=("random",))
    assert [line.partition(":")[0] for line in told] == ["--init", "--n-init"]
    assert not any("line" in line for line in told)
