import math

import pytest

from batchquant.engine.local.backlog import Backlog


def backlog_of(*needs, budget=100):
    """A backlog of items that are named by what they need."""
    return Backlog(needs, lambda need: need, budget)


def take_all(backlog):
    taken = []
    while entry := backlog.take():
        taken.append(entry)
    return taken


def items(entries):
    return [entry.item for entry in entries]


def test_without_a_budget_the_order_is_kept():
    assert items(take_all(backlog_of(7, 9, 8, budget=math.inf))) == [7, 9, 8]


def test_what_does_not_fit_waits_until_it_does():
    backlog = backlog_of(60, 50)
    (first,) = take_all(backlog)
    assert len(backlog) == 2
    backlog.finish(first)
    assert items(take_all(backlog)) == [50]


def test_what_is_larger_than_the_budget_runs_alone():
    backlog = backlog_of(60, 200, 10, 20)
    (first,) = take_all(backlog)
    assert first.item == 60  # nothing overtakes: beside 200 there is no room
    backlog.finish(first)
    (alone,) = take_all(backlog)
    assert alone.item == 200
    backlog.finish(alone)
    assert items(take_all(backlog)) == [10, 20]


def test_smaller_items_overtake_but_leave_room_for_the_one_that_waits():
    # 60 is at work, 70 waits. 20 and 10 would still fit beside 70; 25 would not.
    backlog = backlog_of(60, 70, 25, 20, 10)
    taken = take_all(backlog)
    assert items(taken) == [60, 25]  # 100 - 70 = 30: 25 fits, then neither 20 nor 10
    backlog.finish(taken[0])
    assert items(take_all(backlog)) == [70]
    backlog.finish(taken[1])
    assert items(take_all(backlog)) == [20, 10]


def test_small_items_do_not_starve_a_large_one():
    backlog = backlog_of(60, 70, *[30] * 100)
    large, small = take_all(backlog)
    for _ in range(5):  # one small item after another goes ahead ...
        backlog.finish(small)
        (small,) = take_all(backlog)
        assert small.item == 30
    backlog.finish(large)  # ... until there is room for 70, whatever is at work then
    assert items(take_all(backlog)) == [70]


def test_an_overtaker_no_longer_counts_when_it_is_done():
    backlog = backlog_of(50, 80, 20, 20)
    first, overtaker = take_all(backlog)
    assert (first.item, overtaker.item) == (50, 20)
    backlog.finish(overtaker)
    assert items(take_all(backlog)) == [20]


def test_a_suspect_is_tried_again_when_nothing_else_is_left():
    backlog = backlog_of(1, 2, 3)
    one, two, three = take_all(backlog)
    backlog.suspect(one)
    backlog.suspect(two)
    assert take_all(backlog) == []
    backlog.finish(three)
    assert take_all(backlog) == [one]
    assert one.is_suspect
    backlog.finish(one)
    assert take_all(backlog) == [two]
    backlog.finish(two)
    assert not backlog


def test_a_suspect_takes_no_place_of_what_waits():
    backlog = backlog_of(60, 70)
    first = backlog.take()
    backlog.suspect(first)
    assert items(take_all(backlog)) == [70]


@pytest.mark.parametrize("end", [Backlog.finish, Backlog.suspect])
def test_a_closed_backlog_has_only_what_is_at_work(end):
    backlog = backlog_of(1, 2, 3, budget=1)
    entry = backlog.take()
    backlog.close()
    assert (len(backlog), backlog.take()) == (1, None)
    end(backlog, entry)
    assert not backlog


def test_what_follows_an_item_is_begun_next():
    backlog = backlog_of(1, 2, budget=math.inf)
    first = backlog.take()
    backlog.finish(first)
    backlog.put_first([3])
    assert items(take_all(backlog)) == [3, 2]


def test_nothing_follows_once_it_is_closed():
    backlog = backlog_of(1)
    backlog.finish(backlog.take())
    backlog.close()
    backlog.put_first([3])
    assert (backlog.take(), len(backlog)) == (None, 0)
