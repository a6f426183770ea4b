"""Tasks and what each takes → when all are done, and the memory at work. Pure."""

from collections.abc import Sequence
from heapq import heappop, heappush

from batchquant.engine.local.backlog import Backlog, Entry
from batchquant.steps.need import PROCESS_BYTES
from batchquant.steps.task import Task
from batchquant.steps.tasks import need_of


def finish_s(tasks: Sequence[Task], seconds: Sequence[float], workers: int, budget: float) -> float:
    """Return when the last of some tasks is finished.

    Parameters
    ----------
    tasks : sequence of Task
        In the order of the run.
    seconds : sequence of float
        What each takes.
    workers : int
        Tasks at work at once.
    budget : float
        Bytes that all at work may take together.

    Returns
    -------
    float
        Seconds from the beginning.
    """
    duration_s = dict(zip((task.index for task in tasks), seconds, strict=True))
    backlog = Backlog(tasks, need_of, budget)  # what a run takes its tasks from
    at_work: list[tuple[float, int, Entry[Task]]] = []
    now = 0.0
    while backlog:
        while len(at_work) < workers and (entry := backlog.take()):
            index = entry.item.index
            heappush(at_work, (now + duration_s[index], index, entry))
        now, _, entry = heappop(at_work)
        backlog.finish(entry)
    return now


def peak_bytes(tasks: Sequence[Task], workers: int, budget: int) -> int:
    """Return the memory that all processes take together, at most.

    Parameters
    ----------
    tasks : sequence of Task
        At least one.
    workers : int
        Tasks at work at once.
    budget : int
        Bytes that those may take together; one that needs more runs alone.

    Returns
    -------
    int
        Bytes, with the process that hands out the tasks.
    """
    largest = sorted(map(need_of, tasks), reverse=True)[:workers]
    return min(sum(largest), max(budget, largest[0])) + PROCESS_BYTES
