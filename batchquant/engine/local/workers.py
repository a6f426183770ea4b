"""The worker processes, as the parent sees them. The only file that knows joblib.

joblib's process engine, loky, starts them: it does not run the caller's script again, and gives
them an environment of their own. Its executor is not used. It shares one pipe among all workers:
one killed while it sends 60 kB leaves the others and the reader waiting for ever. Nobody learns
which worker had which work. It kills with the help of the program pgrep, and where that is missing
never ends. Here each worker has a pipe of its own, and the end of the pipe is the end of the
worker.
"""

import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any, Generic, TypeVar

from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend import resource_tracker as loky_resource_tracker

from batchquant.engine.backlog import Attempt
from batchquant.engine.local.limits import Watch
from batchquant.engine.local.serving import Gave, Raised, Ready, Returned, serve
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.engine.work import Limit, Work
from batchquant.errors import MachineError

W = TypeVar("W", bound=Work)

# Workers share the cores already; threads inside them would only fight. And names are UTF-8 for
# them, too: `-X utf8`, by which their parent may have been started, does not reach them.
ENVIRONMENT = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "PYTHONUTF8",
    ),
    "1",
)
START_S = 300.0  # for Python and the libraries, from a slow disk, on a busy machine
END_S = 5.0  # for a killed process to be gone; one that waits for a dead disk may never be
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

    It is killed at the latest when this object is gone, or the parent exits. `connection` can be
    read when there is something to `receive`; `attempt` is what it works on, `affinity` that of its
    last work.
    """

    def __init__(self, pickled_class: bytes, now: float) -> None:
        context = get_context("loky")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve,
            args=(theirs, pickled_class, os.getpid()),
            env=ENVIRONMENT,
        )
        self._process.start()
        self.kill = Finalize(self, _kill, (self._process,), exitpriority=0)
        theirs.close()  # so that the end of the process is the end of the pipe
        self.attempt: Attempt[W] | None = None
        self.affinity: Hashable = None
        self.is_idle = False
        self._watch: Watch | None = Watch(Limit(START_S), self._process.pid, now)

    def begin(self, attempt: Attempt[W], prepared: W, now: float) -> None:
        """Hand over a work, made ready."""
        self.attempt, self.is_idle = attempt, False
        self.affinity = attempt.work.affinity
        self._watch = Watch(prepared.limit, self._process.pid, now)
        message = pickle.dumps((prepared, prepared.limit))
        with suppress(OSError):  # it has just ended, which `receive` will tell
            self.connection.send_bytes(message)

    def receive(self) -> Message:
        """Read what it sent; it is idle then, but for a `Gave`, or has died."""
        try:
            message: Message = self.connection.recv()
        except (EOFError, OSError):
            self.wait_for_end(END_S)
            exitcode = self._process.exitcode
            how = self._watch and self._watch.told_by_timer(-(exitcode or 0))
            return Overdue(how) if how else Died(_tell(exitcode))
        if not isinstance(message, Gave):
            self.is_idle, self._watch = True, None
        return message

    def overdue(self, now: float) -> Overdue | None:
        """Tell whether its time is over."""
        how = self._watch and self._watch.told_if_over(now)
        return Overdue(how) if how else None

    def wait_for_end(self, timeout: float) -> None:
        """Wait until the process is gone."""
        # Not `join`: that trusts the end of a pipe, and waits for ever where it lives on.
        deadline = time.monotonic() + timeout
        while self._process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.002)


class Workers(Generic[W]):
    """The processes that work side by side.

    Raises MachineError if the system does not let processes start, here or in `fill`.
    """

    def __init__(self) -> None:
        self._workers: list[Worker[W]] = []
        self._clock_s, self._looked = 0.0, time.monotonic()
        # Else they are started with the first worker, which lets signals through.
        with _told_of_start():
            resource_tracker.ensure_running()
            loky_resource_tracker.ensure_running()

    def fill(self, size: int, kind: type[W]) -> None:
        """Start processes until there are so many; they load what works of that class need."""
        pickled_class = pickle.dumps(kind)
        # Ctrl-C reaches every process of the terminal; only the parent shall act on it.
        with held_back(*STOP_SIGNALS), _told_of_start():
            while len(self._workers) < size:
                self._workers.append(Worker(pickled_class, self._now()))

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

    def listen(self, timeout: float) -> list[tuple[Attempt[W] | None, Message]]:
        """Wait for news, `timeout` seconds at most; return messages, each with what it is about.

        That is None if the process had nothing to do. Those of whom `Died` or `Overdue` is told are
        no longer among the processes.
        """
        ready = wait([worker.connection for worker in self._workers], timeout)
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

    def end(self) -> None:
        """Kill all that are left, whatever they are at."""
        _end(self._workers)
        self._workers.clear()

    def _now(self) -> float:
        """Tell the seconds in which this process was awake.

        Ctrl-Z, a frozen container or a suspended machine stop the workers, too: that is no time
        they had.
        """
        looked, self._looked = self._looked, time.monotonic()
        self._clock_s += min(self._looked - looked, AWAY_S)
        return self._clock_s


@contextmanager
def _told_of_start() -> Iterator[None]:
    """Say that it is a process that could not be started."""
    told = "a worker process cannot be started"
    try:
        yield
    except OSError as error:
        raise MachineError.of(told, error) from error
    except UnboundLocalError as error:  # loky closes pipes that it could not make
        if not isinstance(error.__context__, OSError):
            raise
        raise MachineError.of(told, error.__context__) from error


def _end(workers: list[Worker[W]]) -> None:
    with held_back(*STOP_SIGNALS):
        for worker in workers:
            worker.kill()
        deadline = time.monotonic() + END_S
        for worker in workers:
            worker.wait_for_end(deadline - time.monotonic())
            worker.connection.close()


def _kill(process: Any) -> None:
    if process.is_alive():  # else it is reaped, and its number may be another's
        os.kill(process.pid, signal.SIGKILL)


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
