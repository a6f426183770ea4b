import os
import signal
import time

import pytest

from batchquant.errors import WorkerDiedError
from batchquant.executor import run_in_processes


def square(number):
    return number, number**2


def process_id(_):
    time.sleep(0.05)
    return os.getpid()


def thread_limit(_):
    return os.environ["OMP_NUM_THREADS"]


def kill_at(poison):
    if poison == "poison":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    return poison


def fail(number):
    raise ValueError(f"{number} is bad")


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def test_every_item_has_its_result():
    results = run_in_processes(square, range(50), workers=2)
    assert dict(results) == {number: number**2 for number in range(50)}


def test_one_worker_is_not_the_parent():
    assert os.getpid() not in set(run_in_processes(process_id, range(3), workers=1))


def test_several_workers_share_the_items():
    assert len(set(run_in_processes(process_id, range(20), workers=2))) == 2


def test_a_worker_has_one_thread():
    assert set(run_in_processes(thread_limit, range(2), workers=2)) == {"1"}


def test_no_items_no_results():
    assert list(run_in_processes(square, [], workers=2)) == []


def test_what_a_function_raises_is_raised():
    with pytest.raises(ValueError, match="3 is bad"):
        list(run_in_processes(fail, [3], workers=1))


def test_a_dead_worker_is_told_with_what_it_worked_on():
    results = []
    with pytest.raises(WorkerDiedError) as caught:
        results.extend(run_in_processes(kill_at, ["a", "b", "poison", "c"], workers=1))
    assert results == ["a", "b"]
    assert caught.value.items == ("poison",)


def test_closing_ends_busy_workers_at_once():
    begin = time.monotonic()
    results = run_in_processes(sleep, [0, 600, 600], workers=2)
    assert next(results) == 0
    results.close()
    assert time.monotonic() - begin < 60


def test_a_wish_to_stop_starts_nothing_more_and_keeps_what_is_at_work():
    got, told = [], []
    results = run_in_processes(
        sleep,
        [0, 1, 600],
        workers=2,
        stop=lambda: bool(got),
        wind_down=lambda: told.append("stop"),
    )
    got.append(next(results))
    # 1 is at work; whether 600 was begun before the wish is a race, and it is killed then.
    assert list(results) == [1]
    assert (got, told) == ([0], ["stop"])


def test_what_does_not_come_to_an_end_is_killed():
    wanted = []
    results = run_in_processes(sleep, [0, 600], workers=2, stop=lambda: bool(wanted))
    wanted.append(next(results) == 0)
    begin = time.monotonic()
    assert list(results) == []
    assert time.monotonic() - begin < 60
