"""The worker processes, as the parent sees them."""

import pickle
import signal
import time
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from batchquant.engine.backlog import Attempt
from batchquant.engine.local.limits import Watch
from batchquant.engine.local.serving import Gave, Raised, Ready, Returned
from batchquant.engine.local.starting import END_S, Starter, wait_for_end
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.engine.work import Limit, Work

W = TypeVar("W", bound=Work)

START_S = 300.0  # for Python and the libraries, from a slow disk, on a busy machine
AWAY_S = 5.0  # a longer time between two looks is one in which this process, too, was stopped


@dataclass(frozen=True, slots=True)
class Died:
    """The process has ended without an answer."""

    how: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """The process has not answered in time, and is gone."""

    how: str


Message = Ready | Gave | Returned | Raised | Died | Overdue


class Worker(Generic[W]):
    """One process: starting, then idle or at work in turns, until it ends.

    `connection` can be read when there is something to `receive`; `attempt` is what it works on,
    `affinity` that of its last work.
    """

    def __init__(self, starter: Starter, now: float) -> None:
        self.process, self.connection = starter.start()
        self.attempt: Attempt[W] | None = None
        self.affinity: Hashable = None
        self.is_idle = False
        self._watch: Watch | None = Watch(Limit(START_S), None, now)

    def begin(self, attempt: Attempt[W], prepared: W, now: float) -> None:
        """Hand over a work, made ready."""
        self.attempt, self.is_idle = attempt, False
        self.affinity = attempt.work.affinity
        self._watch = Watch(prepared.limit, self.process.pid, now)
        message = pickle.dumps((prepared, prepared.limit))
        with suppress(OSError):  # it has just ended, which `receive` will tell
            self.connection.send_bytes(message)

    def receive(self) -> Message:
        """Read what it sent; it is idle then, but for a `Gave`, or has died."""
        try:
            message: Message = self.connection.recv()
        except (EOFError, OSError):
            wait_for_end(self.process, time.monotonic() + END_S)
            exitcode = self.process.exitcode
            how = self._watch and self._watch.told_by_timer(-(exitcode or 0))
            return Overdue(how) if how else Died(_tell(exitcode))
        if not isinstance(message, Gave):
            self.is_idle, self._watch = True, None
        return message

    def overdue(self, now: float) -> Overdue | None:
        """Tell whether its time is over."""
        how = self._watch and self._watch.told_if_over(now)
        return Overdue(how) if how else None


class Workers(Generic[W]):
    """The processes that work side by side.

    Raises MachineError if the system does not let processes start.
    """

    def __init__(self, starter: Starter | None = None) -> None:
        self._workers: list[Worker[W]] = []
        self._starter = starter
        self._clock_s, self._looked = 0.0, time.monotonic()

    def fill(self, size: int, kind: type[W]) -> None:
        """Start processes until there are so many; they load what works of that class need."""
        self._starter = self._starter or Starter(kind)
        while len(self._workers) < size:
            self._workers.append(Worker(self._starter, self._now()))

    def match(self, attempts: deque[Attempt[W]]) -> Iterator[tuple[Worker[W], Attempt[W]]]:
        """Take attempts, in their order, as long as a process is idle; yield each with its own.

        That is one with a work of the same affinity before, if there is, else one that no other of
        them would rather have.
        """
        idle = [worker for worker in self._workers if worker.is_idle]
        while idle and attempts:
            attempt = attempts.popleft()
            others = {other.work.affinity for other in attempts}
            worker = min(
                idle,
                key=lambda worker: (
                    worker.affinity != attempt.work.affinity,
                    worker.affinity in others,
                ),
            )
            idle.remove(worker)
            yield worker, attempt

    def begin(self, worker: Worker[W], attempt: Attempt[W], prepared: W) -> None:
        """Hand a work, made ready, to an idle process; its time counts from now."""
        worker.begin(attempt, prepared, self._now())

    def listen(
        self, timeout: float, bells: Sequence["Connection[Any, Any]"] = ()
    ) -> list[tuple[Attempt[W] | None, Message]]:
        """Wait for news, `timeout` seconds at most; return messages, each with what it is about.

        It waits no longer, either, once there is something to read from one of the bells.

        That is None if the process had nothing to do. Those of whom `Died` or `Overdue` is told are
        no longer among the processes.
        """
        ready = wait([*bells, *(worker.connection for worker in self._workers)], timeout)
        now = self._now()
        news: list[tuple[Attempt[W] | None, Message]] = []
        for worker in list(self._workers):
            message = worker.receive() if worker.connection in ready else worker.overdue(now)
            if message is None:
                continue
            news.append((worker.attempt, message))
            if isinstance(message, Gave):
                continue
            worker.attempt = None
            if isinstance(message, Died | Overdue):
                self._workers.remove(worker)
                _end([worker])
        return news

    def drop(self, attempt: Attempt[W]) -> None:
        """Kill the process that works on it, if one does."""
        for worker in [each for each in self._workers if each.attempt is attempt]:
            self._workers.remove(worker)
            _end([worker])

    def end(self) -> None:
        """Kill all that are left, whatever they are at."""
        _end(self._workers, self._starter)
        self._workers.clear()

    def _now(self) -> float:
        """Tell the seconds in which this process was awake.

        Ctrl-Z, a frozen container or a suspended machine stop the workers, too: that is no time
        they had.
        """
        looked, self._looked = self._looked, time.monotonic()
        self._clock_s += min(self._looked - looked, AWAY_S)
        return self._clock_s


def _end(workers: list[Worker[W]], starter: Starter | None = None) -> None:
    with held_back(*STOP_SIGNALS):
        for worker in workers:
            worker.process.kill()
        if starter is not None:
            starter.end()
        deadline = time.monotonic() + END_S
        for worker in workers:
            wait_for_end(worker.process, deadline)
            worker.connection.close()


def _tell(exitcode: int | None) -> str:
    """Say how a process ended; a negative code is the number of the signal."""
    if exitcode is None:
        return "its process fell silent"
    if exitcode >= 0:
        return f"its process exited with code {exitcode}"
    names = {signum.value: signum.name for signum in signal.Signals}
    name = names.get(-exitcode, f"signal {-exitcode}")
    hint = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{hint}"
