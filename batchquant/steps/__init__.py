"""One task → one result."""

from collections.abc import Callable

from batchquant.steps.book import bind_book
from batchquant.steps.drawings import BookTask, OverviewTask
from batchquant.steps.overview import draw_overview
from batchquant.steps.result import OverviewResult, TaskResult
from batchquant.steps.task import Task
from batchquant.steps.variants import derive_seed, process

__all__ = ["derive_seed", "process", "work"]


def work(
    task: Task | OverviewTask | BookTask,
    hand_over: Callable[[TaskResult], None] = lambda so_far: None,
) -> TaskResult | OverviewResult:
    """Do what a task says, whichever kind it is; `hand_over` as for `process`."""
    match task:
        case Task():
            return process(task, hand_over)
        case OverviewTask():
            return draw_overview(task)
        case BookTask():
            return bind_book(task)
