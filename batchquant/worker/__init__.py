"""One task → one result."""

from batchquant.outcome import OverviewResult, TaskResult
from batchquant.plan.overviews import BookTask, OverviewTask
from batchquant.plan.records import Task
from batchquant.worker.binding import bind_book
from batchquant.worker.overview import draw_overview
from batchquant.worker.task import derive_seed, process

__all__ = ["derive_seed", "process", "work"]


def work(task: Task | OverviewTask | BookTask) -> TaskResult | OverviewResult:
    """Do what a task says, whichever kind it is."""
    match task:
        case Task():
            return process(task)
        case OverviewTask():
            return draw_overview(task)
        case BookTask():
            return bind_book(task)
