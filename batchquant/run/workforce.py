"""Tasks → results, through worker processes."""

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial

from batchquant.engine.local import Limit, Lost, run_in_processes
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.engine.signals import Stop
from batchquant.files import publish
from batchquant.jobfile import JobFile
from batchquant.run.observer import Observer
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.result import OverviewResult, TaskResult
from batchquant.steps.task import Task
from batchquant.steps.tasks import STOP_FILE, need_of, refuse_task

AUTO_LIMIT_S, AUTO_S_PER_MEGAPIXEL = 60.0, 1.0


def results_of(
    job_file: JobFile,
    tasks: Sequence[Task],
    workers: int,
    *,
    stop: Stop,
    observer: Observer,
    first: Sequence[OverviewTask | BookTask] = (),
    prepare: Callable[[AnyTask], AnyTask] = lambda task: task,
    then: Callable[[AnyTask], Iterable[AnyTask]] = lambda task: (),
    take: Callable[[TaskResult], None] = lambda so_far: None,
) -> Generator[TaskResult | OverviewResult]:
    """Yield results as they come; what a worker died of, or hung at, is one that failed.

    Parameters
    ----------
    job_file : JobFile
        Limits of time and memory, and the output folder.
    tasks : sequence of Task
        Variants to make.
    workers : int
        Processes, >= 1.
    stop : Stop
        Ends it in order.
    observer : Observer
        Told what is begun.
    first : sequence of OverviewTask and BookTask
        Done before `tasks`.
    prepare : callable
        Called with a task before a worker gets it; what it returns is what the worker gets.
    then : callable
        Called with a task that is over, once its result is taken; what it returns is done next.
    take : callable
        Called with a task's result so far whenever a variant is done, but for the last.

    Yields
    ------
    TaskResult or OverviewResult
        One for each task, unless the run is to stop.
    """
    if not tasks and not first:
        return
    from batchquant.steps import work

    budget, total = budget_bytes(job_file.memory), total_bytes()
    possible: list[AnyTask] = []
    waiting = deque([*first, *tasks])
    while waiting:
        if stop.is_wanted():
            return
        task = waiting.popleft()
        refusal = refuse_task(task, budget, total)
        if refusal is None:
            possible.append(task)
        else:
            yield _failed(task, refusal)
            waiting.extendleft(then(task))
    outcomes = run_in_processes(
        work,
        possible,
        workers,
        stop=stop.is_wanted,
        wind_down=partial(publish, job_file.output / STOP_FILE, b""),
        prepare=prepare,
        begun=observer.begun,
        put_back=observer.put_back,
        take=lambda task, so_far: take(so_far),
        then=then,
        limit=lambda task: limit_of(task, job_file.timeout),
        need_bytes=need_of,
        budget_bytes=budget,
    )
    with closing(outcomes):
        for outcome in outcomes:
            yield _failed(outcome.item, outcome.reason) if isinstance(outcome, Lost) else outcome


def limit_of(task: AnyTask, timeout: float | str) -> Limit:
    """Return how long a task may take.

    Parameters
    ----------
    task : AnyTask
        The task.
    timeout : float or str
        The job file's: seconds, 0 for no limit, or ``auto``.

    Returns
    -------
    Limit
        Of ``auto``, 60 seconds of processor time, and one more for each variant and restart of each
        megapixel begun: a busy machine is no fault of the picture. Seconds that somebody wrote down
        are those of a clock.
    """
    if timeout == "auto":
        megapixels = max(1, math.ceil(task.pixels / 1e6))
        seconds = AUTO_LIMIT_S + AUTO_S_PER_MEGAPIXEL * task.n_steps * megapixels
        return Limit(seconds, is_of_processor=True)
    return Limit(float(timeout) or math.inf)


def _failed(task: AnyTask, reason: str) -> TaskResult | OverviewResult:
    """Return the result of a task that no worker answered for."""
    if isinstance(task, Task):
        return TaskResult.of_nothing(task.index, len(task.variants), reason)
    return OverviewResult(task.key, {}, reason)
