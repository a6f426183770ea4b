import dataclasses
import math
from functools import partial

import pytest
from test_overviews import image_of, made, task_of

from batchquant.engine.local import LocalEngine
from batchquant.engine.signals import Stop
from batchquant.engine.work import Limit
from batchquant.plan.overviews import book_key
from batchquant.plan.picture_step import OVERVIEW, VARIANTS
from batchquant.run import results
from batchquant.run.drawings import overview_task
from batchquant.run.schedule import Schedule
from batchquant.steps.tasks import refuse_task


@pytest.fixture
def results_of(tmp_path):
    """What comes of tasks that are refused, and the scopes that are asked about then."""

    def get(*images, budget=10**12, total=10**12, follow=lambda *scope: None, stop=None):
        asked = []

        def ask(scope, behind):
            asked.append((scope, behind))
            return follow((scope, behind))

        schedule = Schedule(
            [(tasks[0].key, tasks) for tasks in images],
            {book_key(""): len(images)},
            follow=ask,
            refuse=partial(refuse_task, budget_bytes=budget, total_bytes=total),
        )
        made = results.results_of(
            schedule,
            LocalEngine(1, budget),
            tmp_path / "out",
            stop=stop or Stop(),
            tell=lambda event: None,
        )
        return list(made), asked

    return get


BOOK = ("", "", "", 0)


def test_what_waits_for_a_task_that_memory_does_not_suffice_for_is_done_next(tmp_path, results_of):
    task = task_of(image_of(tmp_path), tmp_path / "out")
    ((given, result),), asked = results_of([task], total=1)
    assert given == task
    assert result.error.startswith("too_large: not enough memory: it needs ")
    assert len(result.variants) == len(task.variants)
    assert asked == [(task.key, VARIANTS), (BOOK, VARIANTS)]


def test_a_file_larger_than_the_budget_is_read_for_no_task(tmp_path, results_of):
    image, output = image_of(tmp_path), tmp_path / "out"
    overview = overview_task(image, output, made(image, output), {})
    task = task_of(image, output)
    task, overview = (dataclasses.replace(each, size_bytes=10**9 + 1) for each in (task, overview))
    found, asked = results_of([task], budget=10**9, follow={(task.key, VARIANTS): overview}.get)
    told = "too_large: not enough memory: the file alone takes 1,000,000,001 bytes, "
    assert [given for given, _ in found] == [task, overview]
    assert all(result.error.startswith(told) for _, result in found)
    assert found[1][1].key == overview.key
    assert asked == [(task.key, VARIANTS), (task.key, OVERVIEW), (BOOK, VARIANTS)]


def test_after_a_wish_to_stop_not_even_what_is_refused_is_told(tmp_path, results_of):
    task = task_of(image_of(tmp_path), tmp_path / "out")
    stop = Stop()
    stop.wish()
    assert results_of([task], total=1, stop=stop) == ([], [])


def test_the_time_limit_grows_with_pixels_variants_and_restarts(tmp_path):
    task = task_of(image_of(tmp_path), tmp_path / "out")
    settings = dataclasses.replace(task.settings, n_init=4)
    task = dataclasses.replace(task, timeout="auto", pixels=2_000_000, settings=settings)
    steps = 6 * 4
    assert task.limit == Limit(60 + 2 * steps, is_of_processor=True)
    small = dataclasses.replace(task, pixels=0)
    assert small.limit == Limit(60 + steps, is_of_processor=True)


def test_a_time_limit_that_somebody_wrote_down_is_by_the_clock(tmp_path):
    task = task_of(image_of(tmp_path), tmp_path / "out")
    assert dataclasses.replace(task, timeout=7).limit == Limit(7.0)
    assert dataclasses.replace(task, timeout=0).limit == Limit(math.inf)


def test_a_worker_gets_what_was_prepared_with_the_time_limit_of_the_job_file(tmp_path):
    task = task_of(image_of(tmp_path), tmp_path / "out")
    ours = frozenset(["a.png"])
    due = Schedule(
        [(task.key, [task])],
        {book_key(""): 1},
        follow=lambda *scope: None,
        prepare=lambda tasks: [dataclasses.replace(task, ours=ours) for task in tasks],
        timeout="auto",
    )
    assert due.prepare([task]) == [dataclasses.replace(task, ours=ours, timeout="auto")]
