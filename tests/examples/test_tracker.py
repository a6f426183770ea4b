"""How far a run has come, and how long the rest will take."""

import dataclasses
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from patience import promised
from test_ledger import IMAGE, OTHER, VARIANT, records

from batchquant.engine.protocol import Began, PutBack
from batchquant.run.events import Advanced, Compiling, Drawn, Looking, Sharing, Started, Taken
from batchquant.run.progress import AtWork, NowFile, Progress, Tracker, read_now, tracker
from batchquant.run.progress.tracker import DRAWING
from batchquant.steps.drawings import OverviewTask
from batchquant.steps.exhibit import Exhibit
from batchquant.steps.task import Task
from batchquant.store import OverviewRecord

MADE, FAILED = records()


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(tracker, "time", clock)
    return clock


def task(index, *, megapixels, variants=(VARIANT, OTHER)):
    pixels = round(megapixels * 1e6)
    title, source = IMAGE.label, Path("a.jpg")
    return Task(index, 0, title, source, 0, False, pixels, Path(), IMAGE.settings, None, variants)


def started(*tasks, n_done=0):
    n_variants = sum(len(each.variants) for each in tasks)
    return Started(n_variants, sum(each.work for each in tasks), n_done)


def test_the_work_of_a_task_grows_with_its_pixels_for_each_variant_and_for_decoding():
    assert task(0, megapixels=1).work == 3.0
    assert task(0, megapixels=1024).work == pytest.approx(2**7 * 3)  # 1024 = 2**10
    assert task(0, megapixels=1024, variants=(VARIANT,)).work == pytest.approx(2**7 * 2)
    assert task(0, megapixels=0).work == pytest.approx(0.024, abs=1e-3)  # an unreadable header


def test_time_left_is_told_by_pixels_and_not_by_count(clock):
    large, small, last = task(0, megapixels=1024), task(1, megapixels=1), task(2, megapixels=1)
    seen = Tracker()
    seen.hear(started(large, small, last))
    seen.hear(Began(large))
    clock.now += 384
    assert seen.progress().left_s is None
    seen.hear(Advanced(IMAGE, large, [MADE, MADE]))
    # 384 units took as many seconds; ahead are two tasks of 3 units each, and all are to be drawn.
    drawing_s = 390 * DRAWING
    assert seen.progress().left_s == pytest.approx(6.0 + drawing_s)
    seen.hear(Began(small, "node7"))
    clock.now += 1
    now = seen.progress()
    assert now.left_s == pytest.approx(5.0 + drawing_s)
    assert (now.n_variants, now.n_made, now.n_failed, now.n_left) == (6, 2, 0, 4)
    assert now.variants_per_minute == pytest.approx(2 / 385 * 60)
    assert now.at_work == (AtWork("photos/a.jpg", small.work, 1.0, where="node7"),)


def overview_of(job):
    """The overview of a task that makes two variants."""
    exhibits = (Exhibit(3, "random", 3, 30.0, "png", "a.png", 1),) * 2
    return OverviewTask(
        IMAGE.key, "f", job.source, "ab", 0, False, job.pixels, job.output, job.settings, None,
        job.title, "", (), exhibits,
    )  # fmt: skip


def test_overviews_are_counted_ahead(clock):
    first, second, broken = (task(index, megapixels=1) for index in range(3))
    seen = Tracker()
    seen.hear(started(first, second, broken))
    seen.hear(Began(broken))
    seen.hear(Advanced(IMAGE, broken, [FAILED, FAILED]))  # there will be nothing to draw of it
    seen.hear(Began(first))
    clock.now += 6
    seen.hear(Advanced(IMAGE, first, [MADE, MADE]))
    # 6 s for the second, and half of the time for each of two that are to be drawn.
    assert seen.progress().left_s == pytest.approx(6.0 + 2 * 6.0 * DRAWING)
    drawing = overview_of(first)
    assert drawing.work == first.work
    seen.hear(Began(drawing))
    clock.now += 2
    assert seen.progress().at_work == (AtWork("photos/a.jpg (contact sheet)", 0.0, 2.0),)
    seen.hear(Drawn(drawing, OverviewRecord(*IMAGE.key, "f", None, 2.0)))
    assert (seen.progress().left_s, seen.progress().at_work) == (pytest.approx(6.0 + 2.0), ())


def test_variants_count_as_soon_as_they_are_settled_and_once():
    job = task(0, megapixels=1, variants=(VARIANT, OTHER, VARIANT))
    seen = Tracker()
    seen.hear(started(job))
    seen.hear(Began(job))
    seen.hear(Taken(job, MADE))
    seen.hear(Taken(job, FAILED))
    assert (seen.progress().n_made, seen.progress().n_failed) == (1, 1)
    seen.hear(Advanced(IMAGE, job, [MADE, MADE, MADE]))  # tried again, what had failed was made
    assert (seen.progress().n_made, seen.progress().n_failed) == (3, 0)


def test_shares_of_one_image_are_told_apart():
    first, whole, second = (task(index, megapixels=1) for index in range(3))
    first = dataclasses.replace(first, part="part 1 of 2")
    second = dataclasses.replace(second, part="part 2 of 2")
    seen = Tracker()
    seen.hear(started(first, whole, second))
    for begun in (first, whole, second):
        seen.hear(Began(begun))
    at_work = seen.progress().at_work
    assert {entry.label for entry in at_work} == {"photos/a.jpg"}
    assert [entry.part for entry in at_work] == ["part 1 of 2", "", "part 2 of 2"]


def test_workers_share_what_waits_but_nobody_helps_with_what_is_begun():
    busy = (AtWork("a", 10.0, 0.0), AtWork("b", 2.0, 1.5))
    now = Progress(9, 1, 0, 1.0, waiting=20.0, s_per_work=1.0, n_workers=2, at_work=busy)
    assert now.left_s == (20 + 10 + 0.5) / 2
    assert dataclasses.replace(now, waiting=0.0).left_s == 10.0


def test_what_takes_longer_than_expected_owes_no_time():
    busy = (AtWork("a", 1.0, 3.0),)  # 2 s late
    now = Progress(9, 1, 0, 1.0, waiting=4.0, s_per_work=1.0, n_workers=1, at_work=busy)
    assert now.left_s == 4.0


def test_no_end_is_told_where_an_image_is_late_by_more_than_all_the_rest_takes():
    late = (AtWork("a", 10.0, 55.0), AtWork("b", 20.0, 10.0))  # 45 s late; 10 s to go
    now = Progress(9, 1, 0, 1.0, waiting=80.0, s_per_work=1.0, n_workers=2, at_work=late)
    assert now.left_s == (80 + 10) / 2
    assert now.after(0.5).left_s is None
    alone = dataclasses.replace(now, waiting=0.0, at_work=late[:1])
    assert alone.left_s is None


def test_being_late_by_seconds_leaves_an_end():
    late = (AtWork("a", 1.0, 10.0),)  # 9 s late, and nothing else to do
    now = Progress(9, 8, 0, 1.0, waiting=0.0, s_per_work=1.0, n_workers=1, at_work=late)
    assert now.left_s == 0.0
    assert now.after(1.5).left_s is None


def test_an_overview_at_work_is_never_late():
    drawing = (AtWork("a", 0.0, 60.0),)
    now = Progress(9, 9, 0, 1.0, 0.0, s_per_work=1.0, n_workers=2, at_work=drawing, undrawn_s=3.0)
    assert now.left_s == 1.5


def test_failures_are_counted_but_promise_no_speed(clock):
    broken, refused, good = (task(index, megapixels=1) for index in range(3))
    seen = Tracker()
    seen.hear(started(broken, refused, good))
    seen.hear(Began(broken))
    seen.hear(Advanced(IMAGE, broken, [FAILED, FAILED]))
    seen.hear(Advanced(IMAGE, refused, [FAILED, FAILED]))  # it was never begun
    now = seen.progress()
    assert (now.n_failed, now.left_s, now.waiting) == (4, None, good.work)


def test_what_was_put_back_is_not_at_work_until_it_is_begun_again(clock):
    suspect = task(0, megapixels=1)
    seen = Tracker()
    seen.hear(started(suspect))
    seen.hear(Began(suspect))
    clock.now += 5
    seen.hear(PutBack(suspect))
    assert (seen.progress().at_work, seen.progress().waiting) == ((), suspect.work)
    seen.hear(Began(suspect))
    assert seen.progress().at_work == (AtWork("photos/a.jpg", suspect.work, 0.0),)


def test_another_process_reads_what_a_run_is_at(tmp_path, monkeypatch):
    monkeypatch.setattr("batchquant.run.progress.now.EVERY_S", 0.01)
    path, job = tmp_path / "now.json", task(0, megapixels=1)

    def wait_for(is_told):
        with promised(10):
            while not is_told(seen := read_now(path, datetime.now(UTC))):
                pass
        return seen

    with NowFile(path) as told:
        assert read_now(path, datetime.now(UTC)).preparing == "looking for what is to be done"
        told.hear(Looking(3, 20))
        wait_for(lambda now: now.preparing == "looking at what is there: 3 of 20 pictures")
        told.hear(Sharing(1, 22))
        wait_for(lambda now: now.preparing == "finding shared palettes: 1 of 22 steps")
        told.hear(Compiling())
        wait_for(
            lambda now: now.preparing == "compiling K-Means for this machine, about half a minute"
        )
        told.hear(started(job, n_done=5))
        begin = time.monotonic()
        told.hear(Began(job))
        seen = wait_for(lambda now: now.preparing is None and now.progress.at_work)
        assert seen.progress.n_left == 2
        (busy,) = read_now(path, datetime.now(UTC) + timedelta(seconds=60)).progress.at_work
        assert busy.label == "photos/a.jpg"
        assert 60 <= busy.for_s < 61 + time.monotonic() - begin
        told.hear(PutBack(job))
        wait_for(lambda now: not now.progress.at_work)
        told.hear(Began(job))
        told.hear(Advanced(IMAGE, job, [MADE, FAILED]))
        seen = wait_for(lambda now: now.progress.n_left == 0)
        assert (seen.progress.n_made, seen.progress.n_failed) == (1, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"[]", b'{"progress": {}}', b"\xff"])
def test_what_another_version_wrote_is_nothing(content, tmp_path):
    (tmp_path / "now.json").write_bytes(content)
    assert read_now(tmp_path / "now.json", datetime.now(UTC)) is None


def test_what_a_killed_run_has_left_is_written_over_at_once(tmp_path):
    path = tmp_path / "now.json"
    path.write_text("of a run that was killed")
    with NowFile(path):
        assert read_now(path, datetime.now(UTC)).progress.n_variants == 0


def test_where_nothing_can_be_written_nothing_is_said(tmp_path):
    with NowFile(tmp_path / "gone" / "now.json") as told:
        told.hear(Compiling())
    assert list(tmp_path.iterdir()) == []
