"""Tasks and what each takes → when all are done, and the memory at work. Pure."""

from collections.abc import Sequence
from heapq import heappop, heappush

from batchquant.engine.backlog import Attempt, Attempts, Backlog
from batchquant.steps.need import PROCESS_BYTES
from batchquant.steps.task import Task


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
    attempts = Attempts(Backlog(tasks), budget)  # as in a run
    at_work: list[tuple[float, int, Attempt[Task]]] = []
    now = 0.0
    while not attempts.is_over:
        while len(at_work) < workers and (attempt := attempts.take()):
            index = attempt.work.index
            heappush(at_work, (now + duration_s[index], index, attempt))
        now, _, attempt = heappop(at_work)
        attempts.finish(attempt)
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
    largest = sorted((task.need_bytes for task in tasks), reverse=True)[:workers]
    return min(sum(largest), max(budget, largest[0])) + PROCESS_BYTES
