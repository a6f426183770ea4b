import os
import signal
import time

import pytest
from patience import FOREVER_S, promised, slowness

from batchquant.engine.local import dispatch, run_in_processes


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


def count_up(last, hand_over):
    for number in range(last):
        hand_over(number)
    if last == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return last


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


def span(seconds):
    begin = time.monotonic()
    time.sleep(seconds)
    return seconds, begin, time.monotonic()


def test_every_item_has_its_result():
    results = run_in_processes(square, range(50), workers=2)
    assert dict(results) == {number: number**2 for number in range(50)}


def test_one_worker_is_not_the_parent():
    assert os.getpid() not in set(run_in_processes(process_id, range(3), workers=1))


def test_several_workers_share_the_items(tmp_path):
    with promised(60):
        assert len(set(run_in_processes(meet, [tmp_path] * 20, workers=2))) == 2


def test_a_worker_has_one_thread():
    assert set(run_in_processes(thread_limit, range(2), workers=2)) == {"1"}


def test_workers_leave_signals_to_the_parent():
    (blocked,) = run_in_processes(blocked_signals, [0], workers=1)
    assert {signal.SIGINT, signal.SIGTERM} <= blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_no_items_no_results():
    assert list(run_in_processes(square, [], workers=2)) == []


def test_what_a_function_raises_is_raised_with_the_place_where_it_was():
    with pytest.raises(ValueError, match="3 is bad") as caught:
        list(run_in_processes(fail, [3], workers=1))
    assert "in fail" in caught.value.__notes__[0]


def test_an_exception_that_cannot_be_sent_is_told():
    with pytest.raises(RuntimeError, match="StubbornError: 3 and 3"):
        list(run_in_processes(fail_stubbornly, [3], workers=1))


def test_a_result_that_cannot_be_sent_is_told():
    with pytest.raises(Exception, match="pickle"):
        list(run_in_processes(return_what_cannot_be_sent, [0], workers=1))


def test_what_arrived_is_yielded_before_an_error_is_raised():
    results = run_in_processes(sleep, [0, 0, "no number"], workers=1)
    assert [next(results), next(results)] == [0, 0]
    with pytest.raises(TypeError):
        next(results)


def test_closing_ends_busy_workers_at_once():
    with promised(60):
        results = run_in_processes(sleep, [0, FOREVER_S, FOREVER_S], workers=2)
        assert next(results) == 0
        results.close()


def test_a_wish_to_stop_starts_nothing_more_and_keeps_what_is_at_work(tmp_path, monkeypatch):
    monkeypatch.setattr(dispatch, "GRACE_S", dispatch.GRACE_S * slowness())
    first, second, told = tmp_path / "first", tmp_path / "second", []
    results = run_in_processes(
        linger,
        [first, second],
        workers=1,
        stop=first.exists,
        wind_down=lambda: told.append("stop"),
    )
    assert list(results) == [first]
    assert told == ["stop"]
    assert not second.exists()


def test_what_follows_an_item_comes_once_its_result_is_taken():
    taken = []

    def then(item):
        return [item // 2] if item > 1 and item in taken else []

    for item, _ in run_in_processes(square, [8], workers=2, then=then):
        taken.append(item)
    assert taken == [8, 4, 2, 1]


def test_it_is_told_what_a_worker_has_begun():
    begun = []
    for result in run_in_processes(sleep, [0, 0.01], workers=1, begun=begun.append):
        assert begun[-1] == result
    assert begun == [0, 0.01]


def test_what_does_not_come_to_an_end_is_killed():
    wanted = []
    results = run_in_processes(sleep, [0, FOREVER_S], workers=2, stop=lambda: bool(wanted))
    with promised(60):
        wanted.append(next(results) == 0)
        assert list(results) == []


def test_an_item_larger_than_the_budget_runs_alone():
    need = {0.3: 60, 0.2: 40, 0.4: 200}
    spans = {
        seconds: (begin, end)
        for seconds, begin, end in run_in_processes(
            span, [0.3, 0.4, 0.2], workers=3, need_bytes=need.get, budget_bytes=100
        )
    }
    assert set(spans) == set(need)
    begin, end = spans.pop(0.4)
    assert all(
        other_end <= begin or end <= other_begin for other_begin, other_end in spans.values()
    )


def test_parts_come_before_the_result_and_outlive_the_worker():
    heard = []
    outcomes = run_in_processes(
        count_up, [2, 3], 1, take=lambda item, part: heard.append((item, part))
    )
    for outcome in outcomes:
        heard.append(outcome if isinstance(outcome, int) else outcome.item)
    assert heard == [(2, 0), (2, 1), 2, *[(3, 0), (3, 1), (3, 2)] * 2, 3]
