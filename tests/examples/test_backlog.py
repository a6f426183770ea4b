"""Who is next, within a budget of memory, and who is tried again."""

import math

import pytest
from works import Call

from batchquant.engine.backlog import Attempts, Backlog
from batchquant.engine.budget import Budget


def works_of(needs):
    """Works that are named by what they need."""
    return [Call(print, need, need_bytes=need) for need in needs]


def attempts_of(*needs, budget=100):
    return Attempts(Backlog(works_of(needs)), budget)


def take_all(attempts):
    taken = []
    while attempt := attempts.take():
        taken.append(attempt)
    return taken


def items(taken):
    return [attempt.work.item for attempt in taken]


def test_without_a_budget_the_order_is_kept():
    assert items(take_all(attempts_of(7, 9, 8, budget=math.inf))) == [7, 9, 8]


def test_what_does_not_fit_waits_until_it_does():
    attempts = attempts_of(60, 50)
    (first,) = take_all(attempts)
    assert (len(attempts), attempts.is_over) == (1, False)
    attempts.finish(first)
    assert items(take_all(attempts)) == [50]


def test_what_is_larger_than_the_budget_runs_alone():
    attempts = attempts_of(60, 200, 10, 20)
    (first,) = take_all(attempts)
    assert first.work.item == 60  # nothing overtakes: beside 200 there is no room
    attempts.finish(first)
    (alone,) = take_all(attempts)
    assert alone.work.item == 200
    attempts.finish(alone)
    assert items(take_all(attempts)) == [10, 20]


def test_smaller_works_overtake_but_leave_room_for_the_one_that_waits():
    # 60 is at work, 70 waits. 20 and 10 would still fit beside 70; 25 would not.
    attempts = attempts_of(60, 70, 25, 20, 10)
    taken = take_all(attempts)
    assert items(taken) == [60, 25]  # 100 - 70 = 30: 25 fits, then neither 20 nor 10
    attempts.finish(taken[0])
    assert items(take_all(attempts)) == [70]
    attempts.finish(taken[1])
    assert items(take_all(attempts)) == [20, 10]


def test_small_works_do_not_starve_a_large_one():
    attempts = attempts_of(60, 70, *[30] * 100)
    large, small = take_all(attempts)
    for _ in range(5):  # one small work after another goes ahead ...
        attempts.finish(small)
        (small,) = take_all(attempts)
        assert small.work.item == 30
    attempts.finish(large)  # ... until there is room for 70, whatever is at work then
    assert items(take_all(attempts)) == [70]


def test_an_overtaker_no_longer_counts_when_it_is_done():
    attempts = attempts_of(50, 80, 20, 20)
    first, overtaker = take_all(attempts)
    assert items([first, overtaker]) == [50, 20]
    attempts.finish(overtaker)
    assert items(take_all(attempts)) == [20]


def test_an_overtaker_no_longer_counts_when_what_it_overtook_has_begun():
    attempts = attempts_of(60, 70, 30, 80, 20)
    large, overtaker = take_all(attempts)
    attempts.finish(large)
    (waited,) = take_all(attempts)
    assert items([large, overtaker, waited]) == [60, 30, 70]
    attempts.finish(waited)  # 30 overtook 70, but not 80: beside 80 there is room for 20
    assert items(take_all(attempts)) == [20]


def test_what_a_process_at_work_has_something_for_comes_behind_all_others():
    works = [Call(print, item, affinity=item[0]) for item in ("a1", "a2", "b1", "a3", "b2", "c1")]
    attempts = Attempts(Backlog([*works, Call(print, "none")]), math.inf)
    first, second = attempts.take(), attempts.take()
    assert items([first, second]) == ["a1", "b1"]
    attempts.finish(first)
    third, fourth = attempts.take(), attempts.take()
    assert items([third, fourth]) == ["a2", "c1"]
    fifth, sixth = attempts.take(), attempts.take()
    assert items([fifth, sixth]) == ["none", "a3"]  # nobody idles


def test_what_needs_nothing_overtakes_unless_the_first_needs_more_than_the_budget():
    assert items(take_all(attempts_of(60, 70, 0))) == [60, 0]
    assert items(take_all(attempts_of(60, 200, 0))) == [60]


def test_a_suspect_is_tried_again_when_nothing_else_is_left():
    attempts = attempts_of(1, 2, 3)
    one, two, three = take_all(attempts)
    attempts.put_back(one)
    attempts.put_back(two)
    assert take_all(attempts) == []
    attempts.finish(three)
    assert take_all(attempts) == [one]
    assert one.is_second
    attempts.finish(one)
    assert take_all(attempts) == [two]
    attempts.finish(two)
    assert attempts.is_over


def test_a_suspect_takes_no_place_of_what_waits():
    attempts = attempts_of(60, 70)
    first = attempts.take()
    attempts.put_back(first)
    assert items(take_all(attempts)) == [70]


@pytest.mark.parametrize("end", [Attempts.finish, Attempts.put_back])
def test_when_nothing_more_is_begun_there_is_only_what_is_at_work(end):
    attempts = attempts_of(1, 2, 3, budget=1)
    attempt = attempts.take()
    attempts.close()
    assert (len(attempts), attempts.take()) == (1, None)
    end(attempts, attempt)
    assert (len(attempts), attempts.is_over) == (0, True)


def test_no_suspect_is_tried_once_nothing_more_is_begun():
    attempts = attempts_of(1)
    attempts.put_back(attempts.take())
    assert not attempts.is_over
    attempts.close()
    assert (attempts.take(), attempts.is_over) == (None, True)


def test_what_is_put_first_is_begun_next_in_its_order():
    backlog = Backlog(works_of([1, 2]))
    attempts = Attempts(backlog, math.inf)
    attempts.finish(attempts.take())
    backlog.put_first(works_of([3, 4]))
    assert items(take_all(attempts)) == [3, 4, 2]


def test_it_is_over_when_its_due_says_so_and_not_when_nothing_is_due_now():
    class Open(Backlog):
        is_shut = False

        def is_over(self):
            return self.is_shut and super().is_over()

    due = Open([])
    attempts = Attempts(due, math.inf)
    assert (attempts.take(), attempts.is_over) == (None, False)
    due.is_shut = True
    assert attempts.is_over


def test_each_machine_has_a_budget_of_its_own():
    attempts, small, large = attempts_of(60, 60, 60), Budget(100), Budget(200)
    assert items([attempts.take(small)]) == [60]
    assert attempts.take(small) is None
    taken = attempts.take(large)
    assert not attempts.move(taken, small)
    assert items([attempts.take(large)]) == [60]
    attempts.finish(taken)
    assert attempts.take(large) is None
    assert len(attempts) == 2


def test_what_moves_to_another_machine_takes_memory_there_alone():
    attempts, here, there = attempts_of(60, 60), Budget(100), Budget(100)
    first = attempts.take(here)
    assert attempts.move(first, there)
    assert attempts.take(there) is None
    assert items([attempts.take(here)]) == [60]


def test_what_a_lost_machine_had_begins_next_and_not_alone():
    attempts, gone, other = attempts_of(10, 20, 30), Budget(100), Budget(100)
    first, second = attempts.take(gone), attempts.take(other)
    attempts.begin_elsewhere(first)
    assert attempts.take(other) is first
    assert (first.n_homeless, first.is_second, gone.is_unused) == (1, False, True)
    assert items([second, attempts.take(other)]) == [20, 30]


def test_what_a_lost_machine_had_is_not_over_and_not_begun_after_the_end():
    attempts = attempts_of(10)
    attempts.begin_elsewhere(attempts.take())
    assert not attempts.is_over
    attempts.close()
    assert attempts.is_over
    assert attempts.take() is None
