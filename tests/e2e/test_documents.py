"""Job files, programs and commands of README and docs do what is said of them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import click
import pytest
from circumstances import linux_only
from documents import PATHS, TEXTS, block_with, blocks, recipes
from patience import promised
from programs import need
from workplaces import COMMAND

from batchquant.cli.main import commands

STOCK = "GIMP Palette\nName: Stock\n#\n" + "".join(
    f"{red} {green} {(red + green) // 2}\tColor {red} {green}\n"
    for red in range(0, 256, 85)
    for green in range(0, 256, 51)
)
PALETTES = ("stock.gpl", "pencils.gpl", "nord.gpl", "gruvbox.gpl", "dusk.gpl")


@pytest.fixture
def place(workplace, photos):
    """A folder with all that the documents name."""
    shutil.copytree(photos, workplace.path / "scans" / "2024")
    for number, name in enumerate(PALETTES):
        (workplace.path / name).write_text(f"{STOCK}{number} 0 0\tOwn\n")
    shutil.copy(photos / "trip" / "b.jpg", workplace.path / "photo.jpg")
    return workplace


def job_files():
    for name, text in TEXTS.items():
        for number, block in enumerate(blocks(text, "yaml")):
            if "s3://" not in block:  # tests/e2e/test_out_of_a_bucket.py
                yield pytest.param(block, id=f"{name}-{number}")


@pytest.mark.parametrize("text", list(job_files()))
def test_job_files_run(text, place):
    keys = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    for missing in sorted({"inputs", "k"} - keys if "palette" not in keys else {"inputs"} - keys):
        text = {"inputs": "inputs: photos\n", "k": "k: 3\n"}[missing] + text
    place.write_job(text)
    told = place.path / "bin" / "notify-send"  # of a desktop
    told.parent.mkdir()
    told.write_text("#!/bin/sh\n")
    told.chmod(0o755)
    environment = os.environ | {"PATH": f"{told.parent}{os.pathsep}{os.environ['PATH']}"}
    done = place.run("run", "jobs.yaml", "--quiet", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    output = re.search(r"^output: ([\w-]+)$", text, re.MULTILINE)
    assert {row["status"] for row in place.report(output[1] if output else "out")} == {"done"}


def test_recipes_run_one_after_the_other_and_take_nothing_from_each_other(place):
    """As README says: saved under their names, beside what `init` wrote."""
    place.write_job("inputs: photos\nk: [8, 16]\n")
    assert place.run("run", "--quiet").returncode == 0
    for name, text in recipes("README").items():
        place.write_job(text, name)
        before = {path: path.stat().st_mtime_ns for path in place.path.rglob("out*/**/*")}
        done = place.run("run", name)
        assert (done.returncode, done.stderr.count("Note:")) == (0, 0), done.stderr
        after = {path: path.stat().st_mtime_ns for path in place.path.rglob("out*/**/*")}
        assert before.items() <= after.items()


def test_the_program_that_starts_a_cluster_runs(place):
    place.write_job("inputs: photos\nk: [3, 5]\n")
    (place.path / "program.py").write_text(block_with("cluster", "python", "LocalCluster"))
    with promised(120):
        done = subprocess.run(
            [sys.executable, "program.py"], cwd=place.path, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    assert len(place.report()) == 6


def typed(text):
    """The commands that a document has people type, without what is said of them."""
    for block in blocks(text, "sh"):
        for line in block.splitlines():
            if line.startswith("batchquant "):
                _, *words = takewhile(
                    lambda word: word not in {"|", "<", ">", ">>"}, shlex.split(line, comments=True)
                )
                yield [str(Path(word).expanduser()) if "~" in word else word for word in words]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_commands_are_understood(path, place, monkeypatch):
    monkeypatch.chdir(place.path)
    place.write_job("inputs: photos\nk: 3\n")
    for name in ("day.yaml", "night.yaml", "picks.json"):
        shutil.copy("jobs.yaml", name)
    for name in ("out", "state", "Pictures/trip"):
        (place.path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(place.path))
    context = click.Context(commands, info_name="batchquant")
    for name, *arguments in typed(TEXTS[path.stem]):
        command = commands.get_command(context, name.removeprefix("--"))
        if command is not None:
            try:
                command.make_context(name, arguments, parent=context)
            except click.UsageError as error:
                pytest.fail(f"{name} {arguments}: {error.format_message()}")


@pytest.mark.parametrize("name", ["README", "troubleshooting", "recipes"])
def test_commands_do_what_they_are_for(name, place):
    place.write_job("inputs: photos\nk: [3, 8]\n")
    for file, text in recipes(name).items():
        place.write_job(text, file)
    if name == "README":
        (place.path / "jobs.yaml").unlink()  # the first command writes it
    elif name == "troubleshooting":
        assert place.run("run", "jobs.yaml", "--quiet").returncode == 0
    for arguments in typed(TEXTS[name]):
        if arguments == ["open"]:  # there is no browser to open: tests/e2e/test_opening_the_page.py
            continue
        done = place.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    if name != "recipes":
        assert {row["status"] for row in place.report()} == {"done"}


@linux_only
def test_cron_needs_nothing_of_a_terminal(place):
    """By an environment as empty as cron's, from the job file's folder."""
    place.write_job("inputs: photos\nk: 3\n")
    (line,) = re.findall(r"^30 1 \* \* \* (.*)$", TEXTS["recipes"], re.MULTILINE)
    line = line.replace("/srv/photos", shlex.quote(str(place.path)))
    line = line.replace("/usr/local/bin/batchquant", shlex.join(COMMAND))
    paths = os.pathsep.join(filter(None, sys.path))
    with promised(120):
        done = subprocess.run(
            ["env", "-i", f"PYTHONPATH={paths}", "/bin/sh", "-c", line],
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(place.report()) == 3


@linux_only
def test_the_units_of_systemd_are_what_it_takes(tmp_path):
    analyze = need("systemd-analyze", package="systemd")
    service, timer = blocks(TEXTS["recipes"], "ini")
    service = service.replace("/usr/local/bin/batchquant", shlex.quote(sys.executable))
    for ending, unit in (("service", service), ("timer", timer)):
        (tmp_path / f"batchquant.{ending}").write_text(unit)
    done = subprocess.run(
        [analyze, "verify", tmp_path / "batchquant.service", tmp_path / "batchquant.timer"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
