"""What is begun next, and what waits for it: works of no meaning, drawn as they are needed."""

import dataclasses
import math
from dataclasses import dataclass

import pytest

from batchquant.engine.budget import Budget
from batchquant.plan.overviews import book_key
from batchquant.plan.picture_step import BOOK, OVERVIEW, VARIANTS
from batchquant.run import schedule
from batchquant.run.schedule import WINDOW, Schedule


@dataclass(frozen=True)
class Toy:
    """A task of an image, a drawing of it, or the book of its job."""

    name: str
    scope: tuple
    step: str = VARIANTS
    need_bytes: int = 1
    affinity: str | None = None
    timeout: float = 0.0
    ours: str = ""


def image(number, job="day"):
    return job, "photos", f"{number}.jpg", 0


def tasks(scope, n=1):
    return [Toy(f"{scope[2]} {number}", scope) for number in range(n)]


def book(job):
    return job, "", "", 0


def follow(scope, behind=VARIANTS):
    """Everything is drawn, and every job has a book."""
    if behind != VARIANTS:
        return None
    job, folder, name, _ = scope
    if folder:
        return Toy(f"overview of {name}", scope, OVERVIEW)
    return Toy(f"book of {job}", scope, BOOK)


def names(schedule):
    """Take what can be begun."""
    return [each.name for each in take_all(schedule)]


def take_all(schedule):
    return list(iter(lambda: schedule.take(Budget(math.inf)), None))


def finish_all(schedule):
    """Do all that there is, as it comes; return names, in order."""
    done = []
    while not schedule.is_over():
        taken = take_all(schedule)
        assert taken
        for each in taken:
            done.append(each.name)
            schedule.finish(each)
    return done


def test_an_image_is_drawn_when_its_tasks_are_over_and_a_job_is_bound_when_its_images_are():
    images = [(image(n), tasks(image(n), 2)) for n in (1, 2)]
    assert finish_all(Schedule(images, {book_key("day"): 2}, follow=follow)) == [
        *("1.jpg 0", "1.jpg 1", "2.jpg 0", "2.jpg 1"),
        *("overview of 2.jpg", "overview of 1.jpg"),
        "book of day",
    ]


def test_what_is_drawn_is_next():
    images = [(image(n), tasks(image(n))) for n in (1, 2, 3)]
    planned = Schedule(images, {book_key("day"): 3}, follow=follow)
    first = planned.take(Budget(math.inf))
    planned.finish(first)
    assert names(planned) == ["overview of 1.jpg", "2.jpg 0", "3.jpg 0"]


def test_one_step_after_the_other_comes_to_an_image_and_then_the_job_is_bound():
    def three(scope, behind):
        after = {VARIANTS: OVERVIEW, OVERVIEW: "sizes"}.get(behind)
        return Toy(after, scope, after) if scope[1] and after else follow(scope, behind)

    images = [(image(1), tasks(image(1)))]
    done = finish_all(Schedule(images, {book_key("day"): 1}, follow=three))
    assert done == ["1.jpg 0", "overview", "sizes", "book of day"]


def test_where_nothing_is_to_be_drawn_a_job_is_over_with_its_images():
    def only_books(scope, behind):
        return None if scope[1] else follow(scope, behind)

    images = [(image(1), tasks(image(1))), (image(2), [])]
    planned = Schedule(images, {book_key("day"): 2}, follow=only_books)
    (task,) = take_all(planned)
    planned.finish(task)
    assert names(planned) == ["book of day"]
    assert planned.is_over()


def test_an_image_without_tasks_is_drawn_at_once():
    planned = Schedule([(image(1), [])], {book_key("day"): 1}, follow=follow)
    assert finish_all(planned) == ["overview of 1.jpg", "book of day"]


def test_jobs_without_images_at_work_are_bound_at_once_and_each_on_its_own():
    images = [(image(1, "night"), tasks(image(1, "night")))]
    planned = Schedule(images, {book_key("day"): 0, book_key("night"): 1}, follow=follow)
    assert sorted(names(planned)) == ["1.jpg 0", "book of day"]


def test_a_job_waits_for_images_that_are_not_drawn_yet(monkeypatch):
    """Some of them lie behind more tasks than wait at a time."""
    monkeypatch.setattr(schedule, "WINDOW", 1)
    images = [(image(n), tasks(image(n))) for n in range(9)]
    done = finish_all(Schedule(images, {book_key("day"): 9}, follow=follow))
    assert len(done) == 9 + 9 + 1
    assert done[-1] == "book of day"
    assert done.count("book of day") == 1


def test_no_more_is_drawn_than_waits_at_a_time():
    asked = []

    def ask():
        for number in range(10 * WINDOW):
            asked.append(number)
            yield image(number), tasks(image(number))

    planned = Schedule(ask(), {book_key("day"): 10 * WINDOW}, follow=follow)
    assert asked == []
    planned.take(Budget(math.inf))
    assert len(asked) == WINDOW
    assert planned.n_waiting == WINDOW  # there is room for one more
    assert len(asked) == WINDOW + 1
    assert not planned.is_over()


def test_what_waits_is_known_before_anything_is_taken():
    # A cluster without workers takes nothing, and starts some because works wait.
    planned = Schedule([(image(1), tasks(image(1), 3))], {book_key("day"): 1}, follow=follow)
    assert planned.n_waiting == 3


def test_what_is_refused_waits_apart_and_what_it_is_part_of_goes_on():
    def refuse(task):
        return "too large" if task.name.startswith("1.jpg") else None

    images = [(image(n), tasks(image(n))) for n in (1, 2)]
    planned = Schedule(images, {book_key("day"): 2}, follow=follow, refuse=refuse)
    assert names(planned) == ["2.jpg 0"]
    ((refused, reason),) = planned.refused
    assert (refused.name, reason) == ("1.jpg 0", "too large")
    planned.finish(refused)
    assert names(planned) == ["overview of 1.jpg"]


@pytest.mark.parametrize("timeout", [60.0, "auto"])
def test_who_gets_a_task_gets_it_prepared(timeout):
    (task,) = tasks(image(1))
    planned = Schedule(
        [(image(1), [task])],
        {book_key("day"): 1},
        follow=follow,
        prepare=lambda tasks: [dataclasses.replace(task, ours="a.png") for task in tasks],
        timeout=timeout,
    )
    assert planned.take(Budget(math.inf)) == task
    assert planned.prepare([task]) == [dataclasses.replace(task, ours="a.png", timeout=timeout)]


def test_of_nothing_nothing_is_begun():
    planned = Schedule([], {}, follow=follow)
    assert names(planned) == []
    assert planned.is_over()
