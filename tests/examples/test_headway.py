"""How far a run has come, and how long the rest will take."""

import dataclasses
from pathlib import Path

import pytest
from test_ledger import IMAGE, OTHER, VARIANT, records

from batchquant.headway import AtWork, Headway, Tracker, tracker
from batchquant.plan.records import Task

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
    return Task(index, 0, Path("a.jpg"), 0, False, pixels, Path(), IMAGE.settings, None, variants)


def test_the_work_of_a_task_is_its_pixels_for_each_variant_and_for_decoding():
    assert task(0, megapixels=4).work == 12.0
    assert task(0, megapixels=4, variants=(VARIANT,)).work == 8.0
    assert task(0, megapixels=0).work == 0.003  # a header that could not be read


def test_time_left_is_told_by_pixels_and_not_by_count(clock):
    large, small, last = task(0, megapixels=10), task(1, megapixels=1), task(2, megapixels=1)
    seen = Tracker()
    seen.started([large, small, last], 0)
    seen.begun(IMAGE, large)
    clock.now += 30
    assert seen.headway().left_s is None
    seen.advanced(IMAGE, large, [MADE, MADE])
    # 30 units took 30 s; two of three tasks are ahead, with 3 units each.
    assert seen.headway().left_s == pytest.approx(6.0)
    seen.begun(IMAGE, small)
    clock.now += 1
    now = seen.headway()
    assert now.left_s == pytest.approx(5.0)
    assert (now.n_variants, now.n_made, now.n_failed, now.n_left) == (6, 2, 0, 4)
    assert now.variants_per_minute == pytest.approx(2 / 31 * 60)
    assert now.at_work == (AtWork("photos/a.jpg", small.work, 1.0),)


def test_workers_share_what_waits_but_nobody_helps_with_what_is_begun():
    busy = (AtWork("a", 10.0, 0.0), AtWork("b", 2.0, 1.5))
    now = Headway(9, 1, 0, 1.0, waiting=20.0, s_per_work=1.0, n_workers=2, at_work=busy)
    assert now.left_s == (20 + 10 + 0.5) / 2
    assert dataclasses.replace(now, waiting=0.0).left_s == 10.0


def test_what_takes_longer_than_expected_owes_no_time():
    busy = (AtWork("a", 1.0, 99.0),)
    now = Headway(9, 1, 0, 1.0, waiting=4.0, s_per_work=1.0, n_workers=1, at_work=busy)
    assert now.left_s == 4.0


def test_failures_are_counted_but_promise_no_speed(clock):
    broken, refused, good = (task(index, megapixels=1) for index in range(3))
    seen = Tracker()
    seen.started([broken, refused, good], 0)
    seen.begun(IMAGE, broken)
    seen.advanced(IMAGE, broken, [FAILED, FAILED])
    seen.advanced(IMAGE, refused, [FAILED, FAILED])  # it was never begun
    now = seen.headway()
    assert (now.n_failed, now.left_s, now.waiting) == (4, None, good.work)


def test_what_was_put_back_is_not_at_work_until_it_is_begun_again(clock):
    suspect = task(0, megapixels=1)
    seen = Tracker()
    seen.started([suspect], 0)
    seen.begun(IMAGE, suspect)
    clock.now += 5
    seen.put_back(suspect)
    assert (seen.headway().at_work, seen.headway().waiting) == ((), suspect.work)
    seen.begun(IMAGE, suspect)
    assert seen.headway().at_work == (AtWork("photos/a.jpg", suspect.work, 0.0),)
