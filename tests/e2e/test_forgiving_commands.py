"""What need not be typed, and what may be typed otherwise."""

import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from programs import need

from batchquant import __version__
from batchquant.cli.main import COMMANDS, GROUPS
from batchquant.jobfile import load_job
from batchquant.jobfile.explain import FORMS, explain, keys
from batchquant.jobfile.model import Job
from batchquant.metrics.registry import metrics


def test_without_a_job_file_it_is_that_of_the_folder(finished):
    assert finished.run("check").stdout == "jobs.yaml: good\n"
    planned = finished.run("plan", "--list")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert planned.stdout == finished.run("plan", "jobs.yaml", "--list").stdout != ""
    assert "Nothing to do." in finished.run("run").stdout


@pytest.mark.parametrize("command", ["status", "failed", "verify", "report"])
def test_output_is_a_folder_or_a_job_file_or_that_of_the_usual_one(command, finished):
    ways = [], ["jobs.yaml"], ["out"], ["-o", "out"], ["--output=jobs.yaml"]
    told = [finished.run(command, *named) for named in ways]
    assert {done.returncode for done in told} == {0}, told
    assert len({done.stdout for done in told}) == 1
    within = finished.run(command, cwd=finished.path / "out")
    assert within.returncode == 0, within.stderr


def test_two_outputs_are_one_too_many(finished):
    done = finished.run("status", "out", "-o", "other")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "batchquant: out, -o other: two outputs. Name one.\n"


def test_output_is_told_by_a_job_file_whose_inputs_are_not_there(finished):
    (finished.path / "photos").rename(finished.path / "away")
    assert finished.run("status").returncode == 0
    assert finished.run("failed", "jobs.yaml").stdout == "Nothing failed.\n"


def test_a_job_file_that_does_not_say_is_told_by_its_line(finished):
    finished.write_job("inputs: photos\nk: 3\noutput: [a]\n")
    done = finished.run("status")
    assert done.returncode == 2
    assert done.stderr.startswith("jobs.yaml:3:9: output: ")


@pytest.mark.parametrize("arguments", [[], ["out"]])
def test_prune_wants_a_job_file_by_its_name(arguments, finished):
    done = finished.run("prune", *arguments)
    assert done.returncode == 2
    assert "Name every job file that writes to the folder" in done.stderr
    assert finished.run("prune", "jobs.yaml").stdout == "Nothing to delete.\n"


def test_picks_and_o_do_without_the_folder(finished):
    (finished.path / "picks.json").write_text("{}")
    assert "picks.json" in finished.run("picks", "picks.json").stderr
    assert (
        finished.run("plan", "-o", "other", "--no-estimate")
        .stdout.splitlines()[0]
        .endswith("other")
    )


def test_help_is_that_of_the_command(workplace):
    assert workplace.run("help").stdout == workplace.run("--help").stdout
    for command in ("run", "prune"):
        assert workplace.run("help", command).stdout == workplace.run(command, "--help").stdout
    assert workplace.run("-V").stdout == f"batchquant {__version__}\n"


def test_help_explains_a_key(workplace):
    told = workplace.run("help", "dither").stdout.splitlines()
    assert told[0] == "dither: a key of job files"
    assert told[-3:] == [
        "Choices: none, floyd-steinberg, atkinson, bayer, blue-noise",
        "Default: none",
        "Example: dither: floyd-steinberg",
    ]
    both = workplace.run("help", "init").stdout
    assert both.startswith("Usage: batchquant init ")
    assert "\ninit: a key of job files\n" in both
    missed = workplace.run("help", "n_clusters")
    assert missed.returncode == 2
    assert "'n_clusters' is neither a command nor a key of job files. Did you mean 'k'?" in (
        missed.stderr
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("k", "Required, where there is no palette"),
        ("inputs", "Required"),
        ("reduce", "Default: not set"),
        ("blur", "Default: 0"),
    ],
)
def test_help_says_whether_a_key_has_to_be_given(key, told, workplace):
    assert told in workplace.run("help", key).stdout.splitlines()


def test_help_has_commands_in_groups(workplace):
    told = workplace.run("help").stdout
    assert re.findall(r"^(\w+):$", told, re.MULTILINE)[1:] == [*GROUPS]
    shown = re.findall(r"^  ([a-z]+)  +\S", told.partition("\nStart:\n")[2], re.MULTILINE)
    assert tuple(shown) == COMMANDS
    assert max(map(len, told.splitlines())) <= 80
    assert "..." not in told.partition("\nStart:\n")[2]  # none is cut


@pytest.mark.parametrize("key", sorted(FORMS.keys() - {"k", "path", "only", "exclude", "state"}))
def test_examples_of_keys_can_be_taken(key, workplace, photos, monkeypatch):
    monkeypatch.chdir(workplace.path)
    example = explain(key).example
    if key in metrics():
        example = f"target: {{{example}}}"
    elif key == "name":
        example = f"jobs: [{{{example}}}]"
    beside = {"dither_strength": "dither: bayer\n", "background": "alpha: flatten\n"}.get(key, "")
    example = example.replace('[photos, "scans/*.png", {path: trips', "[{path: photos")
    without = "" if key == "inputs" else "inputs: photos\n"
    job_file = load_job(f"{without}k: 3\n{beside}{example}\n")
    given = yaml.safe_load(example)[key] if key in Job.model_fields and key != "name" else None
    if given is not None and key not in ("inputs", "background"):
        default = Job.model_fields[key].default
        assert getattr(job_file.jobs[0], key) != default  # an example says more than the default


@pytest.mark.parametrize("key", sorted(keys()))
def test_every_key_is_explained_with_an_example(key):
    found = explain(key)
    assert found.meaning
    assert found.example.startswith(f"{key}: ")
    assert len(found.example) > len(f"{key}: ")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("chekc", "Did you mean: batchquant check"),
        ("quantize", "Did you mean: batchquant image"),
        ("jobs.yaml", "To do what a job file says: batchquant run jobs.yaml"),
        ("photos", "To write a job file for a folder: batchquant init photos"),
        ("photos/a.png", "To show one picture in a few colors: batchquant image photos/a.png -k 5"),
        ("xyz", "All commands: batchquant help"),
    ],
)
def test_what_is_no_command_is_answered_by_one(word, told, workplace, photos):
    done = workplace.run(word)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"batchquant: No such command: {word}. {told}\n"


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["run"], "jobs.yaml: "),
        (["run", "--worker", "2"], "batchquant: No such option '--worker'"),
        (["--frob"], "batchquant: No such option '--frob'. All options: batchquant --help"),
        (
            ["run", "-j", "0"],
            "batchquant: -j 0: '0' does not work here. Write a whole number from 1 up. All options",
        ),
        (
            ["serve", "--port", "x"],
            "batchquant: --port x: 'x' does not work here. Write a whole number from 0 to 65535.",
        ),
        (
            ["run", "--color", "blue"],
            "batchquant: --color blue: 'blue' does not work here. Write auto, always or never.",
        ),
        (["run", "-j"], "batchquant: -j: no value. All options: batchquant run --help"),
        (["demo"], "batchquant: FOLDER: missing. All options: batchquant demo --help"),
        (["serve", "--port"], "batchquant: --port: no value."),
        (["init", "photos/a.png"], "batchquant: photos/a.png: a file, not a folder."),
        (["picks", "a", "b", "c"], "batchquant: Name one output folder"),
        (["init", "fotos"], "batchquant: fotos: no such folder. Did you mean photos?"),
        (["image", "photos/a.png", "-k", "0"], "batchquant: -k 0: "),
        (["status", "a", "b"], "batchquant: b: more than this command takes. All options: "),
        (["plan", "-s", "blur"], "batchquant: -s blur: no value."),
    ],
)
def test_errors_have_one_form(arguments, where, workplace, photos):
    done = workplace.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(where)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_what_the_shell_asks_for(shell, workplace):
    told = workplace.run("completion", shell).stdout
    environment = os.environ | {"_BATCHQUANT_COMPLETE": f"{shell}_source"}
    assert told.strip() == workplace.run(env=environment).stdout.strip()
    assert f"_BATCHQUANT_COMPLETE={shell}_complete" in told
    mine = workplace.run("completion", env=os.environ | {"SHELL": f"/usr/bin/{shell}"})
    assert mine.stdout == told


def test_completion_needs_to_know_the_shell(workplace):
    done = workplace.run("completion", env=os.environ | {"SHELL": "/bin/tcsh"})
    assert done.returncode == 2
    assert "Name your shell: bash, zsh or fish." in done.stderr


def test_the_page_is_opened_by_the_browser(finished):
    browser = finished.path / "browser"
    browser.write_text(f'#!{need("sh", package="dash")}\nprintf "%s" "$1" > seen\n')
    browser.chmod(0o755)
    done = finished.run("open", env=os.environ | {"BROWSER": f"{browser} %s"})
    assert (done.returncode, done.stdout) == (0, "Opened: out/index.html\n")
    assert (finished.path / "seen").read_text() == (finished.path / "out" / "index.html").as_uri()


def test_a_page_that_is_not_there_and_a_browser_that_is_not(finished):
    without = os.environ | {"BROWSER": "no-such-browser", "PATH": str(Path(sys.executable).parent)}
    without.pop("DISPLAY", None)
    done = finished.run("open", env=without)
    assert done.returncode == 70
    assert "no browser can be started here. The page is" in done.stderr
    (finished.path / "out" / "index.html").unlink()
    done = finished.run("open")
    assert done.returncode == 2
    assert "out/index.html: no such page. A run writes it, and so does: batchquant report" in (
        done.stderr
    )


def test_every_command_stands_in_the_help(workplace):
    told = workplace.run("help").stdout
    assert all(f"\n  {command} " in told for command in COMMANDS)


def test_image_goes_on_past_a_file_that_is_missing(workplace, photos):
    """As past a broken one: a link that leads nowhere is one of what `photos/*` means."""
    (photos / "lost.png").symlink_to("nowhere.png")
    done = workplace.run("image", "photos/a.png", "photos/lost.png", "-k", "3", "-o", "few.jpg.d")
    assert (done.returncode, done.stderr) == (3, "photos/lost.png: no such file.\n")
    assert [path.name for path in (workplace.path / "few.jpg.d").iterdir()] == [
        "a_k003_kmeans++.png"
    ]
    done = workplace.run("image", "photos/lost.png", "photos/b.png", "-k", "3")
    assert done.returncode == 2
    assert done.stderr == "batchquant: photos/lost.png, photos/b.png: no such file.\n"
