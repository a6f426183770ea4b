"""What programs are told by --json, and the options of all commands."""

import json
import os
import re
from datetime import datetime

import pytest
from documents import TEXTS

RED = "\x1b["


@pytest.fixture
def broken(finished):
    """A picture that cannot be read has come to those that were made."""
    (finished.path / "photos" / "b.jpg").write_text("no picture")
    assert finished.run("run").returncode == 3
    return finished


def told(workplace, *arguments, returncode=0):
    done = workplace.run(*arguments, "--json")
    assert done.returncode == returncode, done.stderr
    found = json.loads(done.stdout)
    assert (found.pop("version"), found.pop("command")) == (1, arguments[0])
    return found


def names(value):
    """All keys, at any depth, but for those that are names of something else."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    by_name = {"files", "to_make", "left_out", "statuses"}
    return set(value).union(*(names(each) for key, each in value.items() if key not in by_name))


def test_each_command_tells_programs_what_it_tells_people(broken):
    plan = told(broken, "plan", "--no-estimate")["job_files"][0]
    assert (plan["n_images"], plan["n_variants"], plan["n_made_before"]) == (4, 16, 12)
    assert (plan["n_failed"], plan["to_make"]) == (4, {})
    assert plan["job_file"] == str(broken.path / "jobs.yaml")

    status = told(broken, "status")
    assert status["counts"] == {
        "n_images": 4, "n_pictures": 4, "n_failed_pictures": 1, "n_asked": 0, "n_reached": 0,
        "n_done": 12, "n_failed": 4, "n_left": 0,
    }  # fmt: skip
    assert not status["is_running"]
    assert datetime.fromisoformat(status["last_run"]["started"]).tzinfo is not None

    (of_class,) = told(broken, "failed", returncode=3)["classes"]
    assert of_class["noun"] == "picture"
    assert [(each["label"], each["jobs"]) for each in of_class["failures"]] == [("photos/b.jpg", 1)]

    formats = told(broken, "formats")
    assert ".png" in formats["read"][1]["endings"]
    assert [each["kind"] for each in formats["written"]][:2] == ["png", "pdf"]

    for path in (broken.output / "photos" / "a.png").glob("*_k003_random.png"):
        path.write_bytes(b"other")
    verified = told(broken, "verify", returncode=3)
    assert any("a_k003_random.png" in problem for problem in verified["problems"])

    for found in (plan, status, of_class, formats, verified):
        assert all(f"`{name}`" in TEXTS["commands"] for name in names(found))


def test_check_tells_programs_where(workplace, photos):
    workplace.write_job("inputs: photos\ncolors: 3\n")
    found = told(workplace, "check", "jobs.yaml", "none.yaml", returncode=2)
    assert not found["is_good"]
    assert found["problems"] == [
        {
            "job_file": "jobs.yaml",
            "line": 1,
            "column": 1,
            "key": "k",
            "message": found["problems"][0]["message"],
        },
        {
            "job_file": "jobs.yaml",
            "line": 2,
            "column": 1,
            "key": "colors",
            "message": "there is no such key. Did you mean 'k'?",
        },
        {
            "job_file": "none.yaml",
            "line": None,
            "column": None,
            "key": "",
            "message": "no such file. To write one: batchquant init FOLDER --file none.yaml",
        },
    ]
    workplace.write_job("inputs: photos\nk: 3\n")
    assert told(workplace, "check") == {"is_good": True, "problems": []}


def test_a_plan_has_one_form_at_a_time(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    done = workplace.run("plan", "--json", "--list")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "variables", "is_colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "auto"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colors_are_for_terminals_unless_somebody_says_otherwise(
    arguments, variables, is_colored, workplace, photos
):
    workplace.write_job("inputs: photos\nk: 3\n")
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_COLOR")}
    for words in ([*arguments, "check"], ["check", *arguments]):
        done = workplace.run(*words, env=plain | variables)
        assert (RED in done.stdout) == is_colored
        assert re.sub(r"\x1b\[\d+m", "", done.stdout) == "jobs.yaml: good\n"


def test_quiet_and_verbose_stand_before_or_behind_the_command(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    for words in (["-q", "check"], ["check", "--quiet"], ["init", "photos", "--file", "q", "-q"]):
        done = workplace.run(*words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for number, words in enumerate((["-v", "run"], ["run", "-v"])):
        done = workplace.run(*words, "-j", "1", "-o", f"out{number}")
        assert "photos/a.png" in done.stderr, done.stderr
    again = workplace.run("run", "-q", "-o", "out0")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert "Traceback" in workplace.run("check", "none.yaml", "--debug").stderr
