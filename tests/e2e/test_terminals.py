"""Terminals that do not know their size, and terminals that close while a run goes on."""

import os
import re
import signal
import time

import pytest
from circumstances import linux_only
from processes import need_signal, wait_for_processes_to_end
from programs import need
from terminal import on_terminal, start_on_terminal

from batchquant.cli.progress import TerminalBar
from batchquant.images.read.formats import BY_SUFFIX


@pytest.mark.parametrize("size", [(0, 0), (0, 80), (24, 0)], ids=str)
def test_a_terminal_that_does_not_know_its_size_shows_a_bar(workplace, photos, size):
    workplace.write_job("inputs: photos\nk: [3, 5]\n")
    code, shown = on_terminal(["run", "jobs.yaml", "-j", "1"], workplace.path, size=size)
    assert code == 0, shown
    assert "| 0/6 variants [00:00<" in shown
    assert max(len(line.rstrip()) for line in shown.replace("\n", "\r").split("\r")) > 40


def test_any_bar_takes_80_columns_where_a_terminal_has_none():
    bar = TerminalBar(total=10, disable=True)
    bar.ncols, bar.nrows = -1, -1  # tqdm's own for 0 x 0
    assert (bar.ncols, bar.nrows) == (80, 24)
    bar.ncols, bar.nrows = 132, 50
    assert (bar.ncols, bar.nrows) == (132, 50)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_and_sentences_fit_the_terminal(columns, tmp_path):
    code, shown = on_terminal(["formats"], tmp_path, size=(24, columns))
    assert code == 0
    lines = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
    assert 40 < max(map(len, lines)) <= min(columns, 100)
    assert set(BY_SUFFIX) <= set(shown.split())
    assert any(line.startswith("PNG ") for line in lines)


def test_a_plan_of_many_files_fits_the_terminal_and_no_path_is_torn_apart(workplace, photos):
    workplace.write_job(
        "inputs: photos\nk: [3, 5]\nformats: [png, pdf, webp, gif, tiff, bmp]\nsheet: both\n"
        "palette_files: [gpl, hex]\nbook: true\ntarget: {delta_e: 4}\n"
    )
    arguments = ["plan", "--no-estimate"]
    code, shown = on_terminal(arguments, workplace.path, size=(24, 60))
    assert code == 0
    first, *lines = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
    assert first == f"{workplace.path}/jobs.yaml → {workplace.output}"
    assert max(map(len, lines)) <= 60
    whole = workplace.run(*arguments).stdout.splitlines()
    assert len(whole) < 1 + len(lines)
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(whole[1:]).split())


def wait_for_end(pid):
    """The exit code of a process that leads a terminal's session, and that all of it is gone."""
    deadline = time.monotonic() + 60
    while (done := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    wait_for_processes_to_end(pid)
    return os.waitstatus_to_exitcode(done[1])


def start_and_close(workplace, **options):
    """Start a run on a terminal, and close that when some pictures are made; its process id."""
    pid, terminal = start_on_terminal(["run", "jobs.yaml"], workplace.path, **options)
    deadline = time.monotonic() + 60
    while len(list(workplace.output.rglob("*.pdf"))) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.close(terminal)
    return pid


@linux_only
def test_a_terminal_that_closes_ends_a_run_in_order(long_job):
    need_signal(signal.SIGHUP)
    assert wait_for_end(start_and_close(long_job)) == 128 + signal.SIGHUP
    assert long_job.harmed() == []
    assert long_job.parts() == []
    statuses = [row["status"] for row in long_job.report()]
    assert set(statuses) == {"done", "pending"}  # what was made is in the report
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""


@linux_only
def test_under_nohup_a_run_outlives_its_terminal(long_job):
    # nohup's own output would go to a file; here that it goes nowhere is the point.
    ignoring = [need("env", package="coreutils"), "--ignore-signal=HUP"]
    assert wait_for_end(start_and_close(long_job, before=ignoring)) == 0
    assert long_job.differences() == ""
