"""What every engine promises while all goes well: order, parts, budget, an end."""

import dataclasses
import os
import signal
import time

import pytest
from patience import FOREVER_S, promised, slowness
from works import Call, begun_in, calls, divided

from batchquant.engine.backlog import Backlog
from batchquant.engine.local import dispatch
from batchquant.engine.protocol import Began, Done, Part
from batchquant.engine.work import Limit


def square(number):
    return number, number**2


def process_id(_):
    return os.getpid()


def meet(folder):
    """Wait until two processes are there."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid()


def thread_limit(_):
    return os.environ["OMP_NUM_THREADS"]


def fail(number):
    raise ValueError(f"{number} is bad")


def fail_after(number, give):
    give(number)
    raise ValueError(f"{number} is bad")


def count_up(last, give):
    for number in range(last):
        give(number)
    return last


def give_and_hang(number, give):
    give(number)
    time.sleep(FOREVER_S)


class StubbornError(Exception):
    """Cannot be loaded from what pickle keeps of it."""

    def __init__(self, left, right):
        super().__init__(f"{left} and {right}")


def fail_stubbornly(number):
    raise StubbornError(number, number)


def return_what_cannot_be_sent(_):
    return lambda: None


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def linger(path):
    path.touch()
    time.sleep(0.5)
    return path


def blocked_signals(_):
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


def span(need):
    begin = time.monotonic()
    time.sleep(need / 500)
    return need, begin, time.monotonic()


def values_of(engine, works):
    return divided(engine.run(Backlog(works)))[0]


def test_every_work_is_begun_in_order_and_done(engine):
    events = list(engine(2).run(Backlog(calls(square, range(50)))))
    assert begun_in(events) == list(range(50))
    assert dict(divided(events)[0]) == {number: number**2 for number in range(50)}
    assert len(events) == 100


def test_a_work_begins_before_it_is_done_and_both_events_name_it(engine):
    work = Call(square, 3)
    began, done = engine(2).run(Backlog([work]))
    assert (began, done) == (Began(work), Done(work, (3, 9)))
    assert began.work is done.work is work


def test_no_works_no_events(engine):
    assert list(engine(2).run(Backlog([]))) == []


def test_of_two_equal_works_both_are_done(engine):
    assert values_of(engine(2), [Call(square, 3)] * 2) == [(3, 9)] * 2


def test_what_a_work_raises_is_raised(engine):
    with pytest.raises(ValueError, match="3 is bad"):
        list(engine(1).run(Backlog(calls(fail, [3]))))


def test_it_is_told_where_in_a_worker_it_was_raised(engine_of_processes):
    with pytest.raises(ValueError, match="3 is bad") as caught:
        list(engine_of_processes(1).run(Backlog(calls(fail, [3]))))
    assert "in fail" in caught.value.__notes__[0]


def test_an_exception_that_cannot_be_sent_is_told(engine_of_processes):
    with pytest.raises(RuntimeError, match="StubbornError: 3 and 3"):
        list(engine_of_processes(1).run(Backlog(calls(fail_stubbornly, [3]))))


def test_a_value_that_cannot_be_sent_is_told(engine_of_processes):
    with pytest.raises(Exception, match="pickle"):
        list(engine_of_processes(1).run(Backlog(calls(return_what_cannot_be_sent, [0]))))


def test_what_arrived_is_yielded_before_an_error_is_raised(engine):
    works = [*calls(square, [1, 2]), Call(fail_after, 3, in_parts=True)]
    events = engine(1).run(Backlog(works))
    heard = []
    with pytest.raises(ValueError, match="3 is bad"):
        for event in events:
            heard.append(event)  # one by one: `extend` keeps nothing of what ends by an error
    assert divided(heard)[0] == [(1, 1), (2, 4)]
    assert heard[-1] == Part(works[2], 3)


def test_parts_come_in_order_before_the_value(engine):
    works = calls(count_up, [2, 3], in_parts=True)
    for work in works:
        began, *parts, done = engine(2).run(Backlog([work]))
        assert (began, done) == (Began(work), Done(work, work.item))
        assert parts == [Part(work, number) for number in range(work.item)]


def test_a_part_comes_at_once(engine_of_processes):
    with promised(60):
        events = engine_of_processes(1).run(Backlog([Call(give_and_hang, 5, in_parts=True)]))
        assert [type(next(events)) for _ in range(2)] == [Began, Part]
        events.close()


def test_what_an_event_makes_due_is_done_though_nothing_else_was_left(engine):
    due, done = Backlog(calls(square, [8])), []
    for event in engine(2).run(due):
        if isinstance(event, Done):
            done.append(event.work.item)
            due.put_first(calls(square, [event.work.item // 2] if event.work.item > 1 else []))
    assert done == [8, 4, 2, 1]


def test_what_an_event_makes_due_is_begun_next(engine):
    due, begun = Backlog(calls(square, range(4))), []
    for event in engine(1).run(due):
        begun += begun_in([event])
        if isinstance(event, Done) and event.work.item == 0:
            due.put_first(calls(square, [10, 11]))
    assert begun == [0, 10, 11, 1, 2, 3]


class Later(Backlog):
    """Has nothing at first, though not all is over."""

    def __init__(self, works):
        super().__init__(works)
        self.n_asked = 0

    def take(self, budget):
        self.n_asked += 1
        return super().take(budget) if self.n_asked > 5 else None


def test_a_due_that_has_nothing_now_is_asked_again(engine):
    with promised(60):
        values, _ = divided(engine(2).run(Later(calls(square, [1, 2]))))
    assert sorted(values) == [(1, 1), (2, 4)]


class Halved(Backlog):
    def prepare(self, works):
        return [dataclasses.replace(work, item=work.item // 2) for work in works]


def test_a_worker_gets_what_was_prepared_and_events_name_what_was_taken(engine):
    work = Call(square, 8)
    assert list(engine(1).run(Halved([work]))) == [Began(work), Done(work, (4, 16))]


def test_a_work_larger_than_the_budget_runs_alone(engine):
    works = [Call(span, need, need_bytes=need) for need in (150, 200, 100, 50)]
    spans = values_of(engine(3, 170), works)
    assert sorted(need for need, _, _ in spans) == [50, 100, 150, 200]
    for need, begin, _ in spans:
        at_work = [n for n, other_begin, other_end in spans if other_begin <= begin < other_end]
        assert sum(at_work) <= 170 or at_work == [need]


def test_a_wish_to_stop_begins_nothing_more_and_keeps_what_is_at_work(
    engine, tmp_path, monkeypatch
):
    monkeypatch.setattr(dispatch, "GRACE_S", dispatch.GRACE_S * slowness())
    first, second, asked = tmp_path / "first", tmp_path / "second", []

    def stop():
        asked.append(first.exists())
        return asked[-1]

    values, lost = divided(engine(1).run(Backlog(calls(linger, [first, second])), stop))
    assert (values, lost) == ([first], {})
    assert asked.count(True) == 1  # the last time that it was asked
    assert not second.exists()


def test_what_is_due_behind_a_wish_to_stop_is_not_begun(engine):
    due, wanted, begun = Backlog(calls(square, [1])), [], []
    with promised(60):
        for event in engine(1).run(due, lambda: bool(wanted)):
            begun += begun_in([event])
            wanted.append(event)
            due.put_first(calls(square, [2]))
    assert begun == [1]


def test_what_does_not_come_to_an_end_is_killed(engine_of_processes):
    done, due = [], Backlog(calls(sleep, [0, FOREVER_S]))
    events = engine_of_processes(2).run(due, lambda: bool(done))
    with promised(60):
        done.extend(event.value for event in events if isinstance(event, Done))
    assert done == [0]


def test_closing_begins_nothing_more(engine, tmp_path):
    paths = [tmp_path / name for name in "ab"]
    events = engine(1).run(Backlog(calls(linger, paths)))
    assert next(events).work.item == paths[0]
    events.close()
    assert list(events) == []
    assert not paths[1].exists()


def test_closing_ends_busy_workers_at_once(engine_of_processes):
    with promised(60):
        events = engine_of_processes(2).run(Backlog(calls(sleep, [0, FOREVER_S, FOREVER_S])))
        assert any(isinstance(event, Done) for event in events)
        events.close()


def test_one_worker_is_not_the_parent(engine_of_processes):
    assert os.getpid() not in values_of(engine_of_processes(1), calls(process_id, range(3)))


def test_several_workers_share_the_works(engine_of_processes, tmp_path):
    with promised(60):
        assert len(set(values_of(engine_of_processes(2), calls(meet, [tmp_path] * 20)))) == 2


def test_a_worker_has_one_thread(engine_of_processes):
    assert set(values_of(engine_of_processes(2), calls(thread_limit, range(2)))) == {"1"}


def test_workers_leave_signals_to_the_parent(engine_of_processes):
    (blocked,) = values_of(engine_of_processes(1), calls(blocked_signals, [0]))
    assert {signal.SIGINT, signal.SIGTERM} <= blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


class SlowToLoad(Call):
    @staticmethod
    def load():
        time.sleep(1.0)


def test_the_time_that_loading_takes_is_not_the_works(engine_of_processes):
    works = [SlowToLoad(square, 3, limit=Limit(0.9))]
    assert divided(engine_of_processes(1).run(Backlog(works))) == ([(3, 9)], {})
