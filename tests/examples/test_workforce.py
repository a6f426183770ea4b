import dataclasses
import math
from types import SimpleNamespace

import pytest
from test_overviews import image_of, made, task_of

from batchquant.engine.signals import Stop
from batchquant.engine.work import Limit
from batchquant.run import workforce
from batchquant.run.drawings import overview_task


@pytest.fixture
def results_of(tmp_path):
    """What comes of tasks that are refused, and all that is over then."""

    def get(tasks, *, memory="70%", first=()):
        job_file = SimpleNamespace(output=tmp_path / "out", timeout=60.0, memory=memory)
        over = []
        results = workforce.results_of(
            job_file,
            tasks,
            1,
            stop=Stop(),
            tell=lambda event: None,
            first=first,
            then=lambda finished: over.append(finished) or (),
        )
        return list(results), over

    return get


def test_what_waits_for_a_task_that_memory_does_not_suffice_for_is_done_next(
    tmp_path, monkeypatch, results_of
):
    monkeypatch.setattr(workforce, "total_bytes", lambda: 1)
    task = task_of(image_of(tmp_path), tmp_path / "out")
    (result,), over = results_of([task])
    assert result.error.startswith("too_large: not enough memory: it needs ")
    assert over == [task]


def test_a_file_larger_than_the_budget_is_read_for_no_task(tmp_path, results_of):
    image, output = image_of(tmp_path), tmp_path / "out"
    overview = overview_task(image, output, made(image, output), {})
    task = task_of(image, output)
    large = [dataclasses.replace(each, size_bytes=10**9 + 1) for each in (overview, task)]
    (drawn, result), over = results_of(large[1:], memory="1 GB", first=large[:1])
    told = "too_large: not enough memory: the file alone takes 1,000,000,001 bytes, "
    assert drawn.key == overview.key
    assert drawn.error.startswith(told)
    assert result.error.startswith(told)
    assert over == large


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
    due = workforce.Tasks([task], lambda task: dataclasses.replace(task, ours=ours), "auto")
    assert due.prepare(task) == dataclasses.replace(task, ours=ours, timeout="auto")
