"""Tasks → results, through worker processes."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace

from batchquant.engine.backlog import Backlog
from batchquant.engine.local import LocalEngine
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.engine.protocol import Began, Done, Lost, Part, PutBack
from batchquant.engine.signals import Stop
from batchquant.jobfile import JobFile
from batchquant.run.events import Listener
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.endings import stop_told_in
from batchquant.steps.result import OverviewResult, TaskResult
from batchquant.steps.task import Task
from batchquant.steps.tasks import STOP_FILE, refuse_task


def results_of(
    job_file: JobFile,
    tasks: Sequence[Task],
    workers: int,
    *,
    stop: Stop,
    tell: Listener,
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
    tell : Listener
        Told what is begun, and put back.
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

    due = Tasks(possible, prepare, job_file.timeout)
    is_to_stop = stop_told_in(job_file.output / STOP_FILE, stop.is_wanted)
    events = LocalEngine(workers, budget).run(due, is_to_stop)
    with closing(events):
        for event in events:
            match event:
                case Began() | PutBack():
                    tell(event)
                case Part(_, TaskResult() as so_far):
                    take(so_far)
                case Done(task, TaskResult() | OverviewResult() as result):
                    yield result
                    due.put_first(then(task))
                case Lost(task, reason):
                    yield _failed(task, reason)
                    due.put_first(then(task))


class Tasks(Backlog[AnyTask]):
    """Tasks that are made ready when a worker gets them."""

    def __init__(
        self,
        tasks: Iterable[AnyTask],
        prepare: Callable[[AnyTask], AnyTask],
        timeout: float | str,
    ) -> None:
        super().__init__(tasks)
        self._prepare, self._timeout = prepare, timeout

    def prepare(self, work: AnyTask) -> AnyTask:
        """Say which files it may replace, and how long it may take."""
        return replace(self._prepare(work), timeout=self._timeout)


def _failed(task: AnyTask, reason: str) -> TaskResult | OverviewResult:
    """Return the result of a task that no worker answered for."""
    if isinstance(task, Task):
        return TaskResult.of_nothing(task.index, len(task.variants), reason)
    return OverviewResult(task.key, {}, reason)
