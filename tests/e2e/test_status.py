"""`batchquant status`: how a run gets on, from another terminal."""

import re
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from circumstances import linux_only
from patience import promised
from processes import wait_for_processes_to_end

from batchquant.cli.phrases import rate
from batchquant.cli.tell_status import tell_status
from batchquant.errors import UsageError
from batchquant.report.last_run import LastRun
from batchquant.run.progress import AtWork, Now, Progress
from batchquant.run.status import Status, look_at
from batchquant.store import LEDGER, Ledger


def look_at_once(output):
    """The status, or None while there is no run that says what it is at."""
    try:
        status = look_at(output)
    except UsageError:
        return None
    return status if status.now else None


def test_where_nothing_ever_ran_it_says_so_and_makes_nothing(workplace, photos):
    before = workplace.names()
    told = {"nowhere": "no such folder", "photos": "nothing has been run into this folder"}
    for folder, what in told.items():
        done = workplace.run("status", folder)
        assert done.returncode == 2
        assert f"{folder}: {what}. " in done.stderr
    assert workplace.names() == before


def test_after_a_run_it_says_how_that_ended(finished):
    before = finished.names()
    done = finished.run("status", "out")
    assert done.returncode == 0
    assert done.stdout.startswith("out: nothing is running now.\n  last run  began 20")
    assert re.search(r", took (\d+ min )?[\d.]+ s, 12 made\n", done.stdout)
    assert re.search(r"\n  log ends  20[-\d]+ [:\d]+ \w+ ended, 0 variants", done.stdout)
    assert "in all    12 done, 0 failed, 0 left, of 12 variants of 3 pictures\n" in done.stdout
    assert finished.names() == before


def test_the_log_is_told_by_the_same_clock_as_all_else(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TZ", "MEZ-1")  # an hour ahead, as POSIX writes it
    time.tzset()
    last = LastRun(datetime(2026, 1, 2, 3, 1, 28, tzinfo=UTC), 10.0, 8, 0)
    try:
        for line in ("2026-01-02 03:01:38+0000 INFO ended", "KeyError: 3", "2026-01-02"):
            tell_status(tmp_path, Status(None, None, last, line, None))
    finally:
        monkeypatch.undo()
        time.tzset()
    told = capsys.readouterr().out.splitlines()
    assert told[1].startswith("  last run  began 2026-01-02 04:01:28 MEZ, took ")
    assert [line.removeprefix("  log ends  ") for line in told[2::3]] == [
        "2026-01-02 04:01:38 MEZ ended",
        "KeyError: 3",
        "2026-01-02",
    ]


def test_what_is_planned_with_other_settings_now_is_left(finished):
    """It speaks of what the last run found."""
    with Ledger(finished.output / LEDGER) as ledger:
        record = next(iter(ledger.records.values()))
        ledger.write([replace(record, is_settled=False)])
    summary = look_at(finished.output).summary
    assert (summary.n_skipped, summary.n_failed, summary.n_pending) == (11, 0, 1)


@linux_only
def test_during_a_run_it_says_what_that_is_at_and_after_a_kill_that_nobody_is(
    long_job, faults, capsys
):
    environment = faults({"05.png": "hang"})
    run = long_job.start("run", "jobs.yaml", "-j", "2", env=environment)
    with promised(60):
        while (status := look_at_once(long_job.output)) is None or not status.now.progress.at_work:
            time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    wait_for_processes_to_end(run.pid)
    tell_status(long_job.output, status)
    told = capsys.readouterr().out
    assert told.startswith(f"{long_job.output}: process {run.pid} on ")
    assert re.search(r"\n  this run  \d+ made.*, 0 failed, \d+ left\n", told)
    assert re.search(
        r"\n  at work   photos/\d\d\.png(?: \(contact sheet\))?, for (\d+ min )?[\d.]+ s\n", told
    )
    assert " left, of 24 variants of 12 pictures\n" in told
    assert (long_job.output / "_run" / "now.json").exists()
    tell_status(long_job.output, look_at(long_job.output))
    told = capsys.readouterr().out
    assert told.startswith(f"{long_job.output}: nothing is running now.\n")
    assert ", and ended without a word: it was killed, or the machine was\n" in told


def test_before_the_first_variant_it_says_what_the_run_prepares(tmp_path, capsys):
    ahead = Progress(0, 0, 0, 0.0, 0.0, None, 0, ())
    now = Now("looking at what is there: 3 of 20 pictures", ahead)
    tell_status(tmp_path, Status("process 7 on desk", now, None, "", None))
    assert capsys.readouterr().out == (
        f"{tmp_path}: process 7 on desk: looking at what is there: 3 of 20 pictures.\n"
    )


def test_the_end_is_told_as_a_time_of_day_and_as_a_duration(tmp_path, capsys):
    progress = Progress(40, 10, 2, 300.0, 60.0, 2.0, 2, ())
    tell_status(tmp_path, Status("process 7 on desk", Now(None, progress), None, "", None))
    _, this_run, ends = capsys.readouterr().out.splitlines()
    assert this_run == "  this run  10 made, 2 a minute, 2 failed, 28 left"
    assert re.fullmatch(r"  ends      about \w+ \d\d:\d\d ([A-Z]+|[+-]\d+), in 60 s", ends)


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        # 0.034 s to go: nobody knows it so closely.
        (Progress(9, 8, 0, 60.0, 0.0, 1.0, 2, (AtWork("a", 2.0, 1.966),)), r"about .*, in 1 s"),
        (
            Progress(9, 8, 0, 60.0, 0.0, 1.0, 2, (AtWork("a", 2.0, 600.0),)),
            "cannot be told: what is at work takes longer than expected",
        ),
        (
            Progress(9, 0, 0, 60.0, 0.0, None, 2, (AtWork("a", 2.0, 600.0),)),
            "cannot be told before a picture is complete",
        ),
    ],
)
def test_an_end_that_is_not_known_is_not_told(progress, said, tmp_path, capsys):
    tell_status(tmp_path, Status("process 7 on desk", Now(None, progress), None, "", None))
    assert re.fullmatch(f"  ends      {said}", capsys.readouterr().out.splitlines()[2])


def test_what_is_at_work_is_told_apart(tmp_path, capsys):
    busy = (
        AtWork("photos/a.png", 2.0, 1.5, "part 1 of 2"),
        AtWork("photos/a.png", 2.0, 3.0, "part 2 of 2"),
        AtWork("photos/b.png (contact sheet)", 0.0, 61.0, where="node7"),
    )
    progress = Progress(40, 10, 2, 300.0, 60.0, 2.0, 3, busy)
    tell_status(tmp_path, Status("process 7 on desk", Now(None, progress), None, "", None))
    assert capsys.readouterr().out.splitlines()[3:] == [
        "  at work   photos/a.png (part 1 of 2), for 1.5 s",
        "            photos/a.png (part 2 of 2), for 3.0 s",
        "            photos/b.png (contact sheet) on node7, for 1 min 1 s",
    ]


@pytest.mark.parametrize(
    ("per_minute", "said"), [(1260.4, "1,260"), (10.0, "10"), (9.96, "10"), (0.346, "0.35")]
)
def test_a_rate_is_told_in_whole_numbers_where_it_is_large(per_minute, said):
    assert rate(per_minute) == said


def test_when_only_overviews_are_left_no_end_is_computed(tmp_path, capsys):
    progress = Progress(40, 38, 2, 300.0, 0.0, 2.0, 2, ())
    tell_status(tmp_path, Status("process 7 on desk", Now(None, progress), None, "", None))
    assert capsys.readouterr().out.splitlines()[2:] == [
        "  ends      soon: what is left is to draw contact sheets"
    ]
