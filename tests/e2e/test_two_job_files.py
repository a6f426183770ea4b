"""A run says before it works what it takes out of page and report that another put there."""

import json

import pytest

FIRST = "inputs: photos\nk: [3, 5]\n"
SECOND = "inputs: photos\nk: [3]\nblur: 1\n"


@pytest.fixture
def written(workplace, photos):
    """An output folder that first.yaml was run into."""
    workplace.write_job(FIRST, "first.yaml")
    workplace.write_job(SECOND, "second.yaml")
    assert workplace.run("run", "first.yaml", "--quiet").returncode == 0
    return workplace


def noted(done):
    assert done.returncode == 0, done.stderr
    return [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if line.startswith("Note: ") and "no more in report" in line
    ]


def test_another_job_file_says_what_it_replaces(written):
    told = (
        f"{written.output} was last written by first.yaml: 3 variants are made again by this job"
        " file, and 3 variants are no more in report and page, though their files stay. To keep"
        " both, give this job file an output of its own, such as output: out-second."
    )
    assert noted(written.run("plan", "second.yaml", "--no-estimate")) == [f"Note: {told}"]
    planned = json.loads(written.run("plan", "second.yaml", "--no-estimate", "--json").stdout)
    assert told in planned["job_files"][0]["notes"]
    done = written.run("run", "second.yaml")
    first, second, *_ = done.stderr.splitlines()
    assert (first, second) == (f"Note: {told}", "3 variants to make, 0 done before")
    assert len(written.report()) == 3
    assert f"WARNING {told}" in (written.output / "_run" / "run.log").read_text()
    # Back again, and then there is nothing more to say.
    assert "by second.yaml: 3 variants are made again" in written.run("run", "first.yaml").stderr
    assert len(written.report()) == 6
    assert noted(written.run("run", "first.yaml")) == []


def test_keys_set_beside_the_job_file_say_what_leaves_the_report(written):
    for option, n in (("-s k=5", 3), ("--vary blur=1,2", 6)):
        arguments = ("plan", "first.yaml", *option.split(), "--no-estimate")
        (told,) = noted(written.run(*arguments))
        assert told.startswith(f"Note: By {option}, in place of what the job file says, {n} var")
        assert "-k, --init, --only, --job" in told
    (told,) = noted(written.run("run", "first.yaml", "-s", "k=5"))
    assert " says, 3 variants are no more in report and page, though their files stay." in told
    assert {row["k"] for row in written.report()} == {"5"}
    assert noted(written.run("run", "first.yaml")) == []
    assert {row["k"] for row in written.report()} == {"3", "5"}


@pytest.mark.parametrize(
    "arguments",
    [("first.yaml", "-k", "5"), ("first.yaml", "-s", "timeout=99"), ("renamed.yaml",)],
    ids=["selected", "set beside", "renamed"],
)
def test_nothing_is_said_where_nothing_is_displaced(arguments, written):
    if arguments == ("renamed.yaml",):  # and edited: whoever did so knows
        (written.path / "first.yaml").rename(written.path / "renamed.yaml")
        written.write_job(SECOND, "renamed.yaml")
    assert noted(written.run("run", *arguments)) == []


def test_an_edited_job_file_and_a_quiet_run_say_nothing(written):
    written.write_job(SECOND, "first.yaml")
    assert noted(written.run("run", "first.yaml")) == []
    done = written.run("run", "second.yaml", "-s", "k=7", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
