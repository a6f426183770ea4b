"""What is due → results, through worker processes."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from batchquant.engine.protocol import Began, Done, Engine, Lost, Part, PutBack, Remark
from batchquant.engine.signals import Stop
from batchquant.run.events import Listener
from batchquant.run.schedule import Schedule
from batchquant.steps.drawings import AnyTask
from batchquant.steps.result import OverviewResult, TaskResult
from batchquant.steps.stopping import STOP_FILE, stop_told_in
from batchquant.steps.task import Task

Made = tuple[AnyTask, TaskResult | OverviewResult]


def results_of(
    schedule: Schedule,
    engine: Engine,
    output: Path,
    *,
    stop: Stop,
    tell: Listener,
    take: Callable[[Task, TaskResult], None] = lambda task, so_far: None,
    meanwhile: Callable[[], None] = lambda: None,
    stop_file: Path | None = None,
) -> Generator[Made]:
    """Yield results as they come; what a worker died of, or hung at, is one that failed.

    Parameters
    ----------
    schedule : Schedule
        What is due. A task counts as finished when the caller has taken its result.
    engine : Engine
        Runs it.
    output : pathlib.Path
        The output folder.
    stop : Stop
        Ends it in order.
    tell : Listener
        Told what is begun, and put back, and what the engine has to say.
    take : callable
        Called with a task and its result so far whenever a variant is done, but for the last.
    meanwhile : callable
        Called several times a second.
    stop_file : pathlib.Path, optional
        What tells tasks to come to an end; default: that of the output folder.

    Yields
    ------
    tuple of task and result
        One for each task, unless the run is to stop.
    """
    is_wanted = stop_told_in(stop_file or output / STOP_FILE, stop.is_wanted)

    def is_to_stop() -> bool:
        meanwhile()
        return is_wanted()

    yield from _refused(schedule, stop)
    while not schedule.is_over() and not stop.is_wanted():
        events = engine.run(schedule, is_to_stop)
        with closing(events):
            for event in events:
                match event:
                    case Began() | PutBack() | Remark():
                        tell(event)
                    case Part(Task() as task, TaskResult() as so_far):
                        take(task, so_far)
                    case Done(task, TaskResult() | OverviewResult() as result):
                        yield task, result
                        schedule.finish(task)
                    case Lost(task, reason):
                        yield task, _failed(task, reason)
                        schedule.finish(task)
                yield from _refused(schedule, stop)
        yield from _refused(schedule, stop)


def _refused(schedule: Schedule, stop: Stop) -> Iterator[Made]:
    """Yield results of tasks that are not begun."""
    while schedule.refused and not stop.is_wanted():
        task, reason = schedule.refused.popleft()
        yield task, _failed(task, reason)
        schedule.finish(task)


def _failed(task: AnyTask, reason: str) -> TaskResult | OverviewResult:
    """Return the result of a task that no worker answered for."""
    if isinstance(task, Task):
        return TaskResult.of_nothing(task.index, len(task.variants), reason)
    return OverviewResult(task.key, {}, reason)
