"""Standard output or error that is closed, full or read no more: it decides about no picture."""

import fcntl
import os
import subprocess
import sys
import threading
from functools import partial

import pytest
from circumstances import STRESS, linux_only
from test_run_log import lines
from workplaces import COMMAND

JOB = "inputs: photos\nk: [3, 5]\n"
FULL = "No space left on device"


@pytest.fixture
def job(workplace, photos):
    workplace.write_job(JOB)
    return workplace


def by_shell(workplace, command):
    """Run a line of a shell, in which `batchquant` is the command."""
    line = command.replace("batchquant", " ".join(COMMAND))
    return subprocess.run(
        ["bash", "-c", line],
        cwd=workplace.path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def warnings(workplace):
    """What the log says of outlets, without the number of our process."""
    log = lines(workplace.output / "_run" / "run.log")
    assert not [text for level, text in log if level == "ERROR"]
    return [text.partition(": ")[2] for level, text in log if level == "WARNING"]


def silent(outlet, why):
    return f"standard {outlet} cannot be written to: {why}; nothing more is shown"


@pytest.mark.parametrize(
    ("option", "closed"), [("", ">&-"), ("-v", "2>&-"), ("-q", "<&- >&- 2>&-")]
)
def test_a_run_with_closed_outlets_makes_all(job, option, closed):
    done = by_shell(job, f"batchquant run jobs.yaml -j 1 {option} {closed}")
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in job.report()} == {"done"}
    assert warnings(job) == []  # nobody wanted to see anything


@linux_only
@pytest.mark.parametrize(
    ("option", "to", "silenced"),
    [
        ("", ">/dev/full", ["output"]),
        ("", "2>/dev/full", ["error"]),
        ("-v", "2>/dev/full", ["error"]),
        ("", ">/dev/full 2>&1", ["output", "error"]),
    ],
)
def test_a_run_onto_a_full_disk_makes_all_and_says_so_in_its_log(job, option, to, silenced):
    done = by_shell(job, f"batchquant run jobs.yaml -j 1 {option} {to}")
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in job.report()} == {"done"}
    assert warnings(job) == [silent(outlet, FULL) for outlet in silenced]


def test_a_run_whose_reader_leaves_makes_all(job):
    done = by_shell(job, "batchquant run -v jobs.yaml -j 1 2>&1 | head -n 2; exit ${PIPESTATUS[0]}")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    assert {row["status"] for row in job.report()} == {"done"}
    assert silent("error", "Broken pipe") in warnings(job)


@linux_only
def test_the_code_of_a_run_speaks_of_pictures(job):
    (job.path / "photos" / "a.png").write_text("no picture")
    assert by_shell(job, "batchquant run jobs.yaml -j 1 >/dev/full 2>&1").returncode == 3
    (job.path / "jobs.yaml").write_text("k: 0\n")
    assert by_shell(job, "batchquant run jobs.yaml >/dev/full 2>&1").returncode == 2


def test_of_a_run_that_could_not_begin_no_log_is_made(job):
    job.output.mkdir()
    (job.output / "_run").write_text("in the way")
    assert by_shell(job, "batchquant run jobs.yaml >&- 2>/dev/full").returncode == 4
    assert (job.output / "_run").read_text() == "in the way"


def test_a_log_that_is_a_link_is_left_alone(job):
    (job.path / "own.log").write_text("mine\n")
    (job.output / "_run").mkdir(parents=True)
    (job.output / "_run" / "run.log").symlink_to(job.path / "own.log")
    assert by_shell(job, "batchquant run jobs.yaml 2>/dev/full").returncode == 4
    assert (job.path / "own.log").read_text() == "mine\n"


PRODUCTS = {
    "--help": 0,
    "--version": 0,
    "run --help": 0,
    "run -n jobs.yaml": 0,
    "plan jobs.yaml --no-estimate": 0,
    "plan jobs.yaml --list": 0,
    "plan more.yaml --why": 0,
    "check jobs.yaml": 0,
    "status out": 0,
    "failed out": 3,
    "verify out -j 1": 0,
    "prune out jobs.yaml": 0,
    "image photos/c.bmp -k 3 --force": 0,
    "schema": 0,
}
"""Commands whose text is what they are for, and their exit codes where a picture is broken."""
if not STRESS:  # the short form: those that end in ways of their own
    PRODUCTS = {name: PRODUCTS[name] for name in ("--help", "plan more.yaml --why", "failed out")}


@pytest.fixture
def done_with_a_failure(job):
    (job.path / "photos" / "a.png").write_text("no picture")
    assert job.run("run", "jobs.yaml").returncode == 3
    job.write_job("inputs: photos\nk: 7\n", name="more.yaml")
    return job


@linux_only
def test_text_that_was_asked_for_and_cannot_be_written_ends_with_74(done_with_a_failure):
    told = f"batchquant: standard output cannot be written to: {FULL}.\n"
    for arguments in PRODUCTS:
        done = by_shell(done_with_a_failure, f"batchquant {arguments} >/dev/full")
        assert (done.returncode, done.stderr) == (74, told), arguments
    done = by_shell(done_with_a_failure, "_BATCHQUANT_COMPLETE=bash_source batchquant >/dev/full")
    assert (done.returncode, done.stderr) == (74, told)


def test_a_reader_that_left_ends_with_the_code_there_would_have_been(done_with_a_failure):
    """The other end of the pipe is closed before the command begins."""
    for arguments, code in PRODUCTS.items():
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*COMMAND, *arguments.split()],
            cwd=done_with_a_failure.path,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (code, ""), arguments


@linux_only
@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ("init photos", "jobs.yaml"),
        ("demo samples", "samples/pebbles.png"),
        ("report out", "out/index.html"),
    ],
)
def test_commands_that_write_files_do_so_in_silence(done_with_a_failure, arguments, written):
    (done_with_a_failure.path / "jobs.yaml").unlink()
    (done_with_a_failure.output / "index.html").unlink()
    done = by_shell(done_with_a_failure, f"batchquant {arguments} >/dev/full")
    assert (done.returncode, done.stderr) == (0, "")
    assert (done_with_a_failure.path / written).is_file()


@linux_only
def test_wrong_usage_is_wrong_also_where_it_cannot_be_told(workplace):
    assert by_shell(workplace, "batchquant rnu 2>/dev/full").returncode == 2


def test_a_pipe_that_does_not_wait_gets_all(workplace):
    """Another program that shares a terminal or pipe may have set it so."""
    whole = workplace.run("schema").stdout
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    read = []
    with os.fdopen(reading) as stream:
        process = subprocess.Popen([*COMMAND, "schema"], stdout=writing)
        os.close(writing)
        reader = threading.Timer(1.0, lambda: read.append(stream.read()))
        reader.start()
        assert process.wait(timeout=60) == 0
        reader.join()
    assert len(whole) > 4096
    assert read == [whole]


def test_a_caller_that_prints_elsewhere_is_left_alone(workplace):
    code = (
        "import io, sys; from batchquant.cli import main; sys.stdout = shown = io.StringIO()\n"
        "try: sys.argv[1:] = ['--version']; main()\n"
        "finally: print(repr(shown.getvalue()), file=sys.__stdout__)"
    )
    run = partial(subprocess.run, capture_output=True, text=True, check=True, timeout=60)
    assert run([sys.executable, "-c", code]).stdout.startswith("'batchquant ")
