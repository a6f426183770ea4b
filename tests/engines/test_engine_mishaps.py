"""What works meet in a night: with any engine of processes each mishap costs its own work only."""

import dataclasses
import math
import os
import sys
import time

import pytest
from patience import promised, slowness
from poisons import KILLED, LOST, answer_and_die_idle, die_once, give_and_die, note_and_work, work
from processes import left_behind
from works import Call, begun_in, calls, divided

from batchquant.engine.backlog import Backlog
from batchquant.engine.protocol import Began, Done, Lost, Part, PutBack
from batchquant.engine.work import Limit
from batchquant.errors import WorkerDiedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(autouse=True)
def outer_timeout():
    """A hang fails, and does not block the suite."""
    with promised(60):
        yield


@pytest.fixture(autouse=True)
def nothing_is_left(engine_of_processes):
    list(engine_of_processes(1).run(Backlog(calls(work, ["good"]))))  # what stays runs from here on
    before = left_behind()
    yield
    assert left_behind() == before


@pytest.fixture
def run(engine_of_processes):
    """All events of calls of `work` with items."""

    def get(items, workers=1, function=work, **options):
        return list(engine_of_processes(workers).run(Backlog(calls(function, items, **options))))

    return get


@pytest.mark.parametrize(
    ("mishap", "how"),
    [
        ("kill", KILLED),
        ("crash", "its process was ended by SIGSEGV"),
        ("exit", "its process exited with code 3"),
        ("sys.exit", "its process exited with code 4"),
        ("send", KILLED),
    ],
)
def test_a_death_costs_its_work_and_nothing_else(mishap, how, run):
    values, lost = divided(run(["good 1", mishap, "good 2"], 2))
    assert sorted(values) == ["good 1", "good 2"]
    assert lost == {mishap: LOST.format(how)}


def test_four_poisons_among_forty_are_lost_each_with_its_own_reason(run):
    good = [f"good {number}" for number in range(40)]
    items = ["kill 1", "hang", *good[:20], "hog", "kill 2", *good[20:]]
    limit = Limit(3.0 * slowness())
    values, lost = divided(run(items, 4, limit=limit))
    assert sorted(values) == sorted(good)
    assert lost == {
        "kill 1": LOST.format(KILLED),
        "kill 2": LOST.format(KILLED),
        "hog": LOST.format(KILLED),
        "hang": f"timeout: not done within {limit.seconds:g} s",
    }


def test_nothing_is_begun_more_often_than_needed(tmp_path, run):
    log = tmp_path / "log"
    good = [f"good {number}" for number in range(20)]
    items = [(log, item) for item in ["kill", "hang", *good]]
    run(items, 3, note_and_work, limit=Limit(slowness()))
    begun = log.read_text().splitlines()
    assert sorted(begun) == sorted(["kill", "kill", "hang", *good])
    assert begun[-1] == "kill"  # the second try is the last, when nothing else is at work


def test_a_worker_killed_once_costs_nothing(tmp_path, run):
    paths = [tmp_path / name for name in "abc"]
    events = run(paths, 2, die_once)
    values, lost = divided(events)
    assert (sorted(values), lost) == (["a", "b", "c"], {})
    assert sorted(begun_in(events)) == sorted(paths * 2)
    assert sorted(event.work.item for event in events if isinstance(event, PutBack)) == paths


class Numbered(Backlog):
    """Lets each try have another item."""

    n_prepared = 0

    def prepare(self, works):
        (work,) = works
        self.n_prepared += 1
        return [dataclasses.replace(work, item=("kill", "good")[self.n_prepared - 1])]


def test_a_work_is_prepared_again_for_its_second_try(engine_of_processes):
    call = Call(work, "taken")
    events = list(engine_of_processes(1).run(Numbered([call])))
    assert events == [Began(call), PutBack(call), Began(call), Done(call, "good")]


def test_a_suspect_waits_for_what_the_last_at_work_makes_due(engine_of_processes):
    due, begun = Backlog(calls(work, ["kill", "good"])), []
    for event in engine_of_processes(2).run(due):
        begun += begun_in([event])
        if isinstance(event, Done) and event.value == "good":
            due.put_first(calls(work, ["good 2"]))
    assert begun == ["kill", "good", "good 2", "kill"]


def test_what_is_due_when_a_work_is_lost_is_done(engine_of_processes):
    due, values = Backlog(calls(work, ["kill"])), []
    for event in engine_of_processes(2).run(due):
        if isinstance(event, Lost):
            due.put_first(calls(work, ["good"]))
        values += divided([event])[0]
    assert values == ["good"]


def test_parts_outlive_the_worker_and_come_again_with_the_second_try(run):
    began, *parts, put_back, again, first, second, lost = run(
        [2], function=give_and_die, in_parts=True
    )
    assert (began, again) == (Began(began.work), began)
    assert parts == [first, second] == [Part(began.work, 0), Part(began.work, 1)]
    assert put_back == PutBack(began.work)
    assert lost == Lost(began.work, LOST.format(KILLED))


def test_a_limit_is_kept(engine_of_processes):
    limit = Limit(0.5 * slowness())
    call = Call(work, "hang", limit=limit)
    events = engine_of_processes(1).run(Backlog([call]))
    assert next(events) == Began(call)
    begin = time.monotonic()
    with promised(limit.seconds + 5):
        assert next(events) == Lost(call, f"timeout: not done within {limit.seconds:g} s")
    assert time.monotonic() - begin > 0.8 * limit.seconds
    assert list(events) == []


def of_processor(seconds):
    return {"limit": Limit(seconds, is_of_processor=True)}


def test_what_computes_without_end_is_ended_after_its_processor_time_and_not_tried_again(run):
    events = run(["spin", "good"], **of_processor(0.5))
    told = "timeout: not done within 0.5 s of processor time"
    assert divided(events) == (["good"], {"spin": told})
    assert begun_in(events) == ["spin", "good"]


def test_what_hangs_without_using_a_processor_is_ended_too(run):
    begin = time.monotonic()
    with promised(30):
        values, lost = divided(run(["hang", "good"], **of_processor(0.5)))
    assert values == ["good"]
    told = "timeout: not done within 0.5 s, without the time it waited for a processor"
    assert lost == {"hang": told}
    assert time.monotonic() - begin > 0.5


def test_each_work_has_its_processor_time_for_itself(run):
    items = [f"burn 0.4 {number}" for number in range(4)]
    assert divided(run(items, **of_processor(0.7))) == (items, {})


@pytest.mark.parametrize("seconds", [1e300, math.inf])
def test_any_processor_time_may_be_allowed(seconds, run):
    assert divided(run(["good"], **of_processor(seconds))) == (["good"], {})


class DiesWhenLoaded(Call):
    @staticmethod
    def load():
        os._exit(7)


def test_workers_that_cannot_start_end_the_run(engine_of_processes):
    works = [DiesWhenLoaded(work, "good")] * 5
    with pytest.raises(WorkerDiedError, match="end before they are given work"):
        list(engine_of_processes(2).run(Backlog(works)))


def test_a_worker_that_dies_idle_costs_nothing(run):
    assert divided(run([0, 1.5], 2, answer_and_die_idle)) == ([0, 1.5], {})


def test_a_death_after_the_wish_to_stop_leaves_its_work_pending(tmp_path, engine_of_processes):
    call = Call(die_once, tmp_path / "begun")
    events = engine_of_processes(1).run(Backlog([call]), call.item.exists)
    assert list(events) == [Began(call), PutBack(call)]


def test_an_error_of_the_caller_ends_busy_workers(engine_of_processes):
    due = Backlog(calls(work, ["good", "hang", "hang"]))
    with pytest.raises(ZeroDivisionError):
        for event in engine_of_processes(2).run(due):
            if isinstance(event, Done):
                raise ZeroDivisionError
