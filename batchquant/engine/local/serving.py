"""What a worker process does: run one work after another, until told to end."""

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from batchquant.engine.local.limits import timer

PR_SET_PDEATHSIG = 1  # linux/prctl.h
WATCH_S = 1.0
KEEP_S = 0.2  # for what works leave: who idles longer does so since others take the memory


@dataclass(frozen=True, slots=True)
class Ready:
    """The process has started and loaded what works need."""


@dataclass(frozen=True, slots=True)
class Gave:
    """What a work gave before its end."""

    part: Any


@dataclass(frozen=True, slots=True)
class Returned:
    """What a work gave back."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """What a work raised."""

    error: Exception


def serve(connection: "Connection[Any, Any]", pickled_class: bytes, parent: int) -> None:
    """Answer the parent until it closes the connection; this process ends with it.

    Works come in, each with its limit; `Ready` once, then a `Returned` or `Raised` for each, go
    out, behind as many `Gave` as it wants. What works of the class need is loaded before the first.
    """
    end_with(parent)

    def give(part: Any) -> None:
        connection.send_bytes(pickle.dumps(Gave(part)))

    with suppress(EOFError, ConnectionError):  # the parent is gone, or wants no more
        kind = pickle.loads(pickled_class)
        try:
            kind.load()
            answer = pickle.dumps(Ready())
        except Exception as error:
            answer = pickle_error(error)
        while True:
            connection.send_bytes(answer)
            if not connection.poll(KEEP_S):
                kind.forget()
            answer = _answer(connection.recv_bytes(), give)


def _answer(pickled_work: bytes, give: Callable[[object], None]) -> bytes:
    # What is no Exception, such as SystemExit, ends this process, and the parent sees it.
    try:
        work, limit = pickle.loads(pickled_work)  # the limit that the parent goes by, too
        with timer(limit):
            return pickle.dumps(Returned(work.run(give)))
    except Exception as error:
        return pickle_error(error)


def end_with(parent: int) -> None:
    """See to it that this process does not outlive its parent, however that ends."""
    if sys.platform == "linux":
        # The kernel sends it when the thread ends that started this process.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            _kill_self()
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> NoReturn:
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    _kill_self()


def _kill_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("outlived SIGKILL")


def pickle_error(error: Exception) -> bytes:
    """Pickle an exception so that the parent can load it, also where it does not lend itself."""
    told = "".join(traceback.format_exception(error))
    try:
        error = pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"In the worker process:\n{told}")
    return pickle.dumps(Raised(error))
