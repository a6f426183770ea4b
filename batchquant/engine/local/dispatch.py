"""The loop that hands works to worker processes and yields what becomes of them."""

import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

from batchquant.engine.backlog import Attempt, Attempts
from batchquant.engine.local.outcomes import outcome_of
from batchquant.engine.local.serving import Raised, Returned
from batchquant.engine.local.starting import Starter
from batchquant.engine.local.workers import Died, Overdue, Workers
from batchquant.engine.protocol import Began, Due, Event
from batchquant.engine.work import Work
from batchquant.errors import WorkerDiedError

W = TypeVar("W", bound=Work)

POLL_S = 0.1  # how soon a wish to stop is heard
GRACE_S = 1.0  # for what is at work then; behind it the workers are killed
MAX_VAIN_DEATHS = 10  # in a row, of processes that had no work, beside one for each worker
VAIN = "worker processes end before they are given work"


class LocalEngine:
    """Runs works in processes; the parent computes nothing. An `Engine`.

    A process that dies costs its own work and no other. All end with the thread that takes the
    events. Parts and values should be small: what does not fit into a pipe, 64 kB, makes the parent
    wait for its sender. Processes are started when there is something for them to do, `workers` at
    most; `budget_bytes` is as for `Budget`. A `starter` is used in place of one of its own; the
    caller ends it.
    """

    def __init__(
        self, workers: int, budget_bytes: float = math.inf, starter: Starter | None = None
    ) -> None:
        self._workers, self._budget_bytes = workers, budget_bytes
        self._starter = starter

    @contextmanager
    def expect(self, kind: type[Work]) -> Iterator[None]:
        """Load what works of a class need, beside what the caller does until he runs them."""
        if self._starter is not None:
            yield
            return
        self._starter = Starter(kind)
        try:
            yield
        finally:
            self._starter.end()

    def run(self, due: Due[W], stop: Callable[[], bool] = lambda: False) -> Generator[Event[W]]:
        """Run what is due, until that is over; as in `Engine`."""
        attempts = Attempts(due, self._budget_bytes)
        taken: deque[Attempt[W]] = deque()  # chosen, and waiting for a process that starts
        workers: Workers[W] = Workers(self._starter)
        deadline, vain_deaths = math.inf, 0
        try:
            while not attempts.is_over and time.monotonic() < deadline:
                if deadline == math.inf and stop():
                    attempts.close()
                    while taken:
                        attempts.finish(taken.popleft())
                    deadline = time.monotonic() + GRACE_S
                while len(attempts) < self._workers and (attempt := attempts.take()):
                    taken.append(attempt)
                if taken:
                    workers.fill(len(attempts), type(taken[0].work))
                matched = list(workers.match(taken))
                prepared = due.prepare([attempt.work for _, attempt in matched]) if matched else []
                for (worker, attempt), work in zip(matched, prepared, strict=True):
                    workers.begin(worker, attempt, work)
                yield from [Began(attempt.work) for _, attempt in matched]
                events: list[Event[W]] = []
                errors: list[Exception] = []
                for begun, message in workers.listen(POLL_S):
                    match message:
                        case Raised(error):
                            errors.append(error)  # raised when all that arrived with it is told
                        case Died() | Overdue() if begun is None:
                            vain_deaths += 1
                        case _ if begun is not None:
                            vain_deaths = 0 if isinstance(message, Returned) else vain_deaths
                            event = outcome_of(message, begun, attempts)
                            events += [event] if event else []
                yield from events
                if errors:
                    raise errors[0]
                if vain_deaths > MAX_VAIN_DEATHS + self._workers:
                    raise WorkerDiedError(VAIN)
        finally:
            workers.end()
