"""`when_done` of a job file: a command that is run when all is over, however it ended."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from circumstances import linux_only
from patience import promised
from workplaces import wait_until

from batchquant.run import when_done
from batchquant.run.when_done import WhenDone

NOTE = """\
import json, os, sys
from pathlib import Path

told = {name: value for name, value in os.environ.items() if name.startswith("BATCHQUANT_")}
holder = Path(told["BATCHQUANT_OUTPUT"], "_run", "holder")
with open("noted", "a") as notes:
    notes.write(json.dumps([sys.argv[1:], os.getcwd(), holder.exists(), told]) + "\\n")
print("noted")
"""


@pytest.fixture
def noted(workplace, photos):
    """A place with a command that notes what it is told, and what gives the notes."""
    (workplace.path / "note.py").write_text(NOTE)

    def read():
        path = workplace.path / "noted"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


def write_job(workplace, *words, keys="k: 3\n"):
    words = words or (sys.executable, "note.py")
    workplace.write_job(f"inputs: photos\nmemory: 2 GB\n{keys}when_done: {json.dumps(words)}\n")


def told_by(noted):
    ((_, _, _, told),) = noted()
    # Without what the tests themselves are told.
    return {
        name.removeprefix("BATCHQUANT_"): value
        for name, value in told.items()
        if name not in os.environ
    }


def test_it_is_told_how_all_went_in_its_environment(workplace, noted, tmp_path_factory):
    words = ("$HOME", "a b; touch c", "*", "ünlikely", "")
    write_job(workplace, sys.executable, "./note.py", *words)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = workplace.run("run", str(workplace.path / "jobs.yaml"), cwd=elsewhere)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "noted")
    ((arguments, folder, is_held, _),) = noted()
    assert arguments == list(words)
    assert Path(folder) == workplace.path
    assert not is_held  # it may start the next run
    told = told_by(noted)
    assert int(told.pop("SECONDS")) >= 0
    path = workplace.path
    assert told == {
        "OUTCOME": "done",
        "EXIT_CODE": "0",
        "MESSAGE": "3 variants done, 0 failed, 0 left, of 3 pictures",
        "PICTURES": "3",
        "MADE": "3",
        "DONE": "3",
        "FAILED": "0",
        "LEFT": "0",
        "JOB_FILE": str(path / "jobs.yaml"),
        "OUTPUT": str(path / "out"),
        "PAGE": str(path / "out" / "index.html"),
        "REPORT": str(path / "out" / "report.csv"),
        "LOG": str(path / "out" / "_run" / "run.log"),
    }
    # Again, though there is nothing to do: whoever waits for it waits for this as well.
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    assert noted()[1][3]["BATCHQUANT_MADE"] == "0"


def test_failures_are_told(workplace, noted):
    (workplace.path / "photos" / "broken.png").write_text("buy milk")
    write_job(workplace)
    assert workplace.run("run", "jobs.yaml").returncode == 3
    told = told_by(noted)
    assert (told["OUTCOME"], told["EXIT_CODE"], told["FAILED"]) == ("incomplete", "3", "1")


def test_where_nothing_went_well_it_is_told_so(workplace, noted):
    write_job(workplace, keys="k: 3\nmax_pixels: 2\n")
    assert workplace.run("run", "jobs.yaml").returncode == 1
    told = told_by(noted)
    assert (told["OUTCOME"], told["EXIT_CODE"], told["FAILED"]) == ("failed", "1", "3")


def test_what_cannot_even_begin_is_told(workplace, noted):
    write_job(workplace)
    workplace.output.mkdir()
    (workplace.output / "index.html").write_text("mine")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 2
    told = told_by(noted)
    assert (told["OUTCOME"], told["EXIT_CODE"], told["MADE"]) == ("failed", "2", "")
    assert "index.html: there is a file that batchquant did not write" in told["MESSAGE"]
    assert told["MESSAGE"] in done.stderr


@linux_only
def test_an_interruption_is_told(long_job, faults):
    (long_job.path / "note.py").write_text(NOTE)
    text = (long_job.path / "jobs.yaml").read_text()
    words = json.dumps([sys.executable, "note.py"])
    long_job.write_job(f"{text}when_done: {words}\n")
    run = long_job.start("run", "jobs.yaml", "-j", "1", env=faults({"05.png": "hang"}))
    wait_until(lambda: len(list(long_job.output.rglob("*.pdf"))) >= 2, run)
    run.send_signal(signal.SIGTERM)
    with promised(20):
        run.communicate()
    assert run.returncode == 143
    ((_, _, _, told),) = [
        json.loads(line) for line in (long_job.path / "noted").read_text().splitlines()
    ]
    assert told["BATCHQUANT_OUTCOME"] == "interrupted"
    assert told["BATCHQUANT_EXIT_CODE"] == "143"
    assert int(told["BATCHQUANT_LEFT"]) > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-program"], "no-such-program cannot be started: No such file or directory."),
        (["./jobs.yaml"], "./jobs.yaml cannot be started: Permission denied."),
        (["sh", "-c", "exit 7"], "sh ended with exit code 7."),
        (["sh", "-c", "kill -9 $$"], "sh was ended by signal 9."),
    ],
)
def test_its_failing_is_told_and_changes_nothing(words, said, workplace, photos):
    write_job(workplace, *words)
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"batchquant: when_done: {said}")
    last = (workplace.output / "_run" / "run.log").read_text().splitlines()[-1]
    assert last.endswith(f": when_done: {said}")
    assert " WARNING process " in last


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@linux_only
def test_it_has_its_time_and_no_more_nor_has_what_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(when_done, "LIMIT_S", 1.0)
    words = ("sh", "-c", "sleep 1000 & echo $! > child; wait")
    with promised(20):
        told = WhenDone(words, tmp_path / "jobs.yaml", tmp_path / "out").run({"MESSAGE": "a\0b"})
    assert told == "when_done: sh was ended after 1 s."
    child = int((tmp_path / "child").read_text())
    with promised(5):
        while is_alive(child):
            time.sleep(0.01)


@linux_only
def test_a_signal_ends_it_at_once(workplace, photos):
    write_job(workplace, "sh", "-c", "echo $$ > begun.part; mv begun.part begun; exec sleep 1000")
    run = workplace.start("run", "jobs.yaml", "-j", "1")
    wait_until((workplace.path / "begun").exists, run)
    run.send_signal(signal.SIGINT)
    with promised(10):
        run.communicate()
    assert run.returncode == 130
    assert not is_alive(int((workplace.path / "begun").read_text()))


def test_who_only_looks_runs_nothing(workplace, noted):
    write_job(workplace)
    for command in (["check"], ["plan", "--no-estimate"], ["run", "--dry-run"]):
        assert workplace.run(*command, "jobs.yaml").returncode == 0
    assert noted() == []


def run_shards(workplace):
    for shard in ("1/2", "2/2"):
        assert workplace.run("run", "jobs.yaml", "--shard", shard).returncode == 0


def test_of_shards_the_merge_runs_it(workplace, noted):
    write_job(workplace)
    run_shards(workplace)
    assert noted() == []
    done = workplace.run("merge", "out")
    assert (done.returncode, done.stderr) == (0, "noted\n")
    told = told_by(noted)
    assert (told["OUTCOME"], told["PICTURES"], told["DONE"]) == ("done", "3", "3")
    assert told["JOB_FILE"] == str(workplace.path / "jobs.yaml")


def test_a_merge_before_all_shards_have_run_is_not_done(workplace, noted):
    write_job(workplace)
    assert workplace.run("run", "jobs.yaml", "--shard", "1/2").returncode == 0
    done = workplace.run("merge", "out")
    assert "Not run yet: 2/2" in done.stdout
    told = told_by(noted)
    assert told["OUTCOME"] == "incomplete"
    assert int(told["LEFT"]) > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("is_given_away", [False, True])
def test_a_command_that_others_may_have_named_is_not_run(is_given_away, workplace, noted):
    """Else who may write into a shared folder runs commands as whoever merges there."""
    write_job(workplace)
    run_shards(workplace)
    for path in workplace.output.glob("_run/shard-*/manifest.json"):
        if is_given_away:
            os.chown(path, 12345, 12345)
        else:
            path.chmod(0o664)
    for _ in range(2):  # the first writes a manifest that is ours: it is not gone by
        done = workplace.run("merge", "out")
        assert done.returncode == 0
        assert "when_done is not run: " in done.stderr
        assert "manifest.json is somebody else's, or others may write to it" in done.stderr
    assert noted() == []


def test_it_stands_on_no_page(workplace, photos):
    write_job(workplace, "true", "https://example.org/hook?secret=1")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert "secret" not in (workplace.output / "index.html").read_text()
    # And pictures stay as they are where it changes.
    write_job(workplace, "true", "other")
    assert workplace.run("run", "jobs.yaml").stdout.startswith("Nothing to do.")
