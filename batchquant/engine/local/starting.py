"""How worker processes begin, and what their parent knows of them. The only file that knows joblib.

joblib's process engine, loky, starts them: it does not run the caller's script again, and gives
them an environment of their own. Its executor is not used. It shares one pipe among all workers:
one killed while it sends 60 kB leaves the others and the reader waiting for ever. Nobody learns
which worker had which work. It kills with the help of the program pgrep, and where that is missing
never ends. Here each worker has a pipe of its own, and the end of the pipe is the end of the
worker. Where processes can be forked, it starts the fork server, and that the workers.
"""

import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from multiprocessing.util import Finalize
from typing import Any, Protocol

from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend import resource_tracker as loky_resource_tracker

from batchquant.engine.local import fork_server
from batchquant.engine.local.fork_server import (
    Ended,
    Forked,
    NotForked,
    Told,
    as_oserror,
    serve_forks,
)
from batchquant.engine.local.serving import serve
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import MachineError

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
NOT_STARTED = "a worker process cannot be started"
END_S = 5.0  # for a killed process to be gone; one that waits for a dead disk may never be
LOOK_S = 0.002  # between two looks at whether a process is gone


class Process(Protocol):
    """A worker process, as its parent sees it."""

    @property
    def pid(self) -> int | None:
        """Its number; None if it never began."""

    @property
    def exitcode(self) -> int | None:
        """What it ended with, a negative number of a signal; None while it lives."""

    def kill(self) -> None:
        """End it, whatever it is at."""


def wait_for_end(process: Process, deadline: float) -> None:
    """Wait until a process is gone, or `time.monotonic()` comes to the deadline."""
    # Not `join`: that trusts the end of a pipe, and waits for ever where it lives on.
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(LOOK_S)


class SpawnedProcess:
    """A process that begins anew."""

    def __init__(
        self, target: Any, *arguments: object, environment: Mapping[str, str] = ENVIRONMENT
    ) -> None:
        context = get_context("loky")
        self.connection, theirs = context.Pipe()
        # Ctrl-C reaches every process of the terminal; only the parent shall act on it.
        with held_back(*STOP_SIGNALS), _told_of_start():
            self._process = context.Process(
                target=target, args=(theirs, *arguments, os.getpid()), env=environment
            )
            self._process.start()
        # It is killed at the latest when this object is gone, or the parent exits.
        self.kill = Finalize(self, _kill, (self._process,), exitpriority=0)
        theirs.close()  # so that the end of the process is the end of the pipe
        self.pid: int = self._process.pid

    @property
    def exitcode(self) -> int | None:
        """What it ended with."""
        self._process.is_alive()  # looks
        exitcode: int | None = self._process.exitcode
        return exitcode


class ForkedProcess:
    """A process that the fork server began, or will begin."""

    def __init__(self, owner: "ForkServer") -> None:
        self._owner = owner
        self._pid: int | None = None
        self._handle: int | None = None  # unlike a number, it is never another process's
        self._exitcode: int | None = None

    @property
    def pid(self) -> int | None:
        """Its number; of one that was asked for a moment ago the server is heard first."""
        while self._pid is None and self._owner.hear(END_S):
            pass
        return self._pid

    @property
    def exitcode(self) -> int | None:
        """What it ended with; that of the server, if that ended."""
        while self._exitcode is None and self._owner.hear():
            pass
        if self._exitcode is None and self._owner.is_gone:
            return -signal.SIGKILL
        return self._exitcode

    def kill(self) -> None:
        """End it."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def begin(self, pid: int, handle: int) -> None:
        """Note what the server tells."""
        self._pid, self._handle = pid, handle

    def end(self, exitcode: int | None) -> None:
        """Note likewise."""
        self._exitcode = exitcode
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class ForkServer:
    """The process that forks workers, as its parent sees it."""

    def __init__(self, pickled_class: bytes, environment: Mapping[str, str]) -> None:
        self._process = SpawnedProcess(serve_forks, pickled_class, environment=environment)
        self._asked: deque[ForkedProcess] = deque()
        self._alive: dict[int, ForkedProcess] = {}
        self.is_gone = False

    def fork(self, theirs: "Connection[Any, Any]") -> ForkedProcess:
        """Ask for a worker that serves a connection."""
        process = ForkedProcess(self)
        self._asked.append(process)
        with suppress(OSError):  # it is gone, which is heard next
            send_handle(self._process.connection, theirs.fileno(), None)
        return process

    def hear(self, timeout: float = 0) -> bool:
        """Take one message; False if there is none.

        Raises MachineError if the system did not let a worker begin.
        """
        connection = self._process.connection
        try:
            if self.is_gone or not connection.poll(timeout):
                return False
            self._note(connection.recv())
        except (EOFError, OSError):
            self.is_gone = True
            return False
        except RuntimeError as error:  # there was no place for a handle
            reason = as_oserror(error)
            raise MachineError.of(NOT_STARTED, reason) from error
        return True

    def _note(self, told: Told) -> None:
        match told:
            case Forked(pid):
                process = self._asked.popleft()
                process.begin(pid, recv_handle(self._process.connection))
                self._alive[pid] = process
            case Ended(pid, exitcode):
                self._alive.pop(pid).end(exitcode)
            case NotForked(error):
                raise MachineError.of(NOT_STARTED, error) from error

    def end(self) -> None:
        """End it with all that it forked."""
        while self.hear():
            pass
        self._process.connection.close()
        if self._alive:  # it kills them, and waits for them; else it may still be loading
            wait_for_end(self._process, time.monotonic() + END_S)
        self.is_gone = True
        self._process.kill()
        wait_for_end(self._process, time.monotonic() + END_S)
        for process in self._alive.values():
            process.end(-signal.SIGKILL)
        self._alive.clear()
        self._asked.clear()  # they know it: a circle keeps files open until somebody looks


class Starter:
    """Starts workers that load what works of a class need, with some variables of their own."""

    def __init__(self, kind: type, variables: Mapping[str, str] | None = None) -> None:
        self._pickled_class = pickle.dumps(kind)
        self._environment = {**ENVIRONMENT, **(variables or {})}
        # Else they are started with the first worker, which lets signals through.
        with _told_of_start():
            resource_tracker.ensure_running()
            loky_resource_tracker.ensure_running()
        self._server = self._new() if fork_server.IS_POSSIBLE else None

    def _new(self) -> ForkServer:
        return ForkServer(self._pickled_class, self._environment)

    def start(self) -> tuple[Process, "Connection[Any, Any]"]:
        """Start a worker; returns what is known of it, and a connection to it.

        Raises MachineError if the system does not let processes start.
        """
        if self._server is None:
            process = SpawnedProcess(serve, self._pickled_class, environment=self._environment)
            return process, process.connection
        if self._server.is_gone:
            self._server.end()
            self._server = self._new()
        with _told_of_start():
            ours, theirs = get_context("loky").Pipe()
        with theirs:
            return self._server.fork(theirs), ours

    def end(self) -> None:
        """End what starts them, and them with it."""
        if self._server is not None:
            self._server.end()


@contextmanager
def _told_of_start() -> Iterator[None]:
    """Say that it is a process that could not be started."""
    try:
        yield
    except OSError as error:
        raise MachineError.of(NOT_STARTED, error) from error
    except UnboundLocalError as error:  # loky closes pipes that it could not make
        if not isinstance(error.__context__, OSError):
            raise
        raise MachineError.of(NOT_STARTED, error.__context__) from error


def _kill(process: Any) -> None:
    if process.is_alive():  # else it is reaped, and its number may be another's
        os.kill(process.pid, signal.SIGKILL)
