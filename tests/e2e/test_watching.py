"""`batchquant status --watch`: how a run gets on, until it ends."""

import os
import re
import signal
import time

import pytest
from circumstances import linux_only
from patience import promised
from processes import wait_for_processes_to_end
from terminal import on_terminal, read_all, start_on_terminal
from workplaces import wait_until

UP = re.compile(r"\x1b\[(\d+)F\x1b\[J")


@pytest.fixture
def hanging(long_job, faults):
    """A run that makes all but one picture, and is killed in the end."""
    run = long_job.start("run", "jobs.yaml", "-j", "2", env=faults({"05.png": "hang"}))
    wait_until(lambda: len(list(long_job.output.rglob("*.pdf"))) >= 2, run)
    yield run
    run.kill()
    run.communicate()
    wait_for_processes_to_end(run.pid)


def read_until(terminal, wanted):
    shown = ""
    with promised(30):
        while wanted not in shown:
            shown += os.read(terminal, 65536).decode()
    return shown


@linux_only
def test_on_a_terminal_it_is_drawn_in_place_until_the_run_ends(hanging, long_job):
    pid, terminal = start_on_terminal(
        ["status", "out", "--watch", "--every", "0.2"], long_job.path, size=(24, 60)
    )
    shown = read_until(terminal, "22 made")
    os.kill(hanging.pid, signal.SIGKILL)
    with promised(20):
        shown += read_all(terminal)
    _, code = os.waitpid(pid, 0)
    assert code == 0
    first, *frames = UP.split(shown)
    *drawn, last = frames[1::2]
    before = [first, *drawn]
    assert len(before) >= 2
    # Each takes away as many lines as the one before has, none of which breaks.
    assert [int(n) for n in frames[::2]] == [frame.count("\r\n") for frame in before]
    assert all(len(line) < 60 for frame in before for line in frame.splitlines())
    assert any("  at work   photos/05.png" in frame for frame in before)
    assert last.startswith("out: nothing is running now.\r\n")
    assert ", and ended without a word: it was killed, or the machine was" in last


@linux_only
def test_ctrl_c_ends_it_without_a_word(hanging, long_job):
    pid, terminal = start_on_terminal(["status", "out", "-w"], long_job.path)
    read_until(terminal, "made")
    os.write(terminal, b"\x03")
    with promised(5):
        rest = read_all(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert "interrupted" not in rest
    assert "Traceback" not in rest


@linux_only
def test_a_small_terminal_shows_what_fits(hanging, long_job):
    pid, terminal = start_on_terminal(
        ["status", "out", "-w", "--every", "0.2"], long_job.path, size=(4, 30)
    )
    shown = read_until(terminal, "\x1b[J")
    os.kill(pid, signal.SIGTERM)
    read_all(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 143
    lines = UP.split(shown)[0].splitlines()
    assert len(lines) == 3
    assert lines[-1] == "  ..."


@linux_only
def test_elsewhere_it_is_plain_lines(hanging, long_job):
    watching = long_job.start("status", "out", "--watch", "--every", "0.1")
    with promised(30):
        lines = [watching.stdout.readline()]
        while "22 made, 0 failed, 2 left" not in lines[-1]:
            lines.append(watching.stdout.readline())
    os.kill(hanging.pid, signal.SIGKILL)
    with promised(20):
        rest, errors = watching.communicate()
    assert (watching.returncode, errors) == (0, "")
    assert all(re.match(r"\d+ made, 0 failed, \d+ left|[a-z]", line) for line in lines)
    assert len(set(lines)) == len(lines)
    assert "\x1b" not in "".join(lines) + rest
    assert "out: nothing is running now.\n" in rest


@linux_only
def test_it_ends_when_nobody_reads_it_any_more(hanging, long_job):
    watching = long_job.start("status", "out", "--watch", "--every", "0.1")
    watching.stdout.readline()
    watching.stdout.close()
    with promised(60):
        # What it says does not change: it may not notice before it does.
        while watching.poll() is None:
            if hanging.poll() is None:
                hanging.send_signal(signal.SIGTERM)
            time.sleep(0.1)
    assert watching.stderr.read() == ""


def test_where_no_run_is_going_on_it_says_so_once(finished):
    done = finished.run("status", "out", "--watch")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == finished.run("status", "out").stdout
    code, shown = on_terminal(["status", "out", "--watch"], finished.path, size=(3, 10))
    assert code == 0
    assert "".join(shown.split()) == "".join(done.stdout.split())  # whole, though it does not fit
    assert finished.run("status", "nowhere", "--watch").returncode == 2


def test_a_terminal_that_knows_nothing_gets_plain_lines(finished):
    command = ["env", "TERM=dumb"]
    pid, terminal = start_on_terminal(["status", "out", "-w"], finished.path, before=command)
    assert "\x1b" not in read_all(terminal)
    _, status = os.waitpid(pid, 0)
    assert status == 0


def test_programs_ask_again_themselves(finished):
    done = finished.run("status", "out", "--watch", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--json tells how it is now: leave out --watch." in done.stderr
