"""The fork server: a process that has loaded what works need, and forks workers.

One is forked in 4 ms; one that begins anew takes 0.7 s of processor time to load the same. The
server runs no work, has a single thread, and ends with its parent, as workers end with it. Not that
of the standard library: it leaves a socket in the folder for temporary files.
"""

import errno
import gc
import multiprocessing
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any

from batchquant.engine.local.serving import end_with, serve

IS_POSSIBLE = sys.platform == "linux"
"""Elsewhere libraries of the system do not outlive a fork, and nothing ends a process with its
parent."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A worker has begun; a handle of it that no other process can get follows."""

    pid: int


@dataclass(frozen=True, slots=True)
class NotForked:
    """The system did not let a worker begin."""

    error: OSError


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker has ended."""

    pid: int
    exitcode: int | None


Told = Forked | NotForked | Ended


def serve_forks(connection: "Connection[Any, Any]", pickled_class: bytes, parent: int) -> None:
    """Fork a worker for each connection that is sent, until the parent closes; then kill all."""
    end_with(parent)
    with suppress(Exception):  # a worker will meet it, too, and tell
        pickle.loads(pickled_class).load()
    gc.freeze()  # what is there is nobody's garbage: its pages stay shared
    workers: dict[int, BaseProcess] = {}
    try:
        while True:
            ready = wait([connection, *workers])
            for sentinel in ready:
                if isinstance(sentinel, int):
                    _tell_end(connection, workers.pop(sentinel))
            if connection in ready:
                _fork(connection, pickled_class, workers)
    except EOFError:
        pass  # the parent wants no more
    except (OSError, RuntimeError) as error:  # the latter where a handle finds no place
        with suppress(OSError):  # the parent is gone
            connection.send(NotForked(as_oserror(error)))
    for worker in workers.values():
        worker.kill()
    for worker in workers.values():
        worker.join()


def as_oserror(error: Exception) -> OSError:
    """Return what the system said; `recv_handle` says nothing of why a handle did not arrive."""
    if isinstance(error, OSError):
        return error
    return OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def _fork(
    connection: "Connection[Any, Any]", pickled_class: bytes, workers: dict[int, BaseProcess]
) -> None:
    theirs: Connection[Any, Any] = Connection(recv_handle(connection))
    worker = multiprocessing.get_context("fork").Process(
        target=_serve_alone, args=(connection, theirs, pickled_class, os.getpid())
    )
    try:
        worker.start()
    except OSError as error:
        connection.send(NotForked(error))
        return
    finally:
        theirs.close()  # so that the end of the worker is the end of the pipe
    assert worker.pid is not None
    workers[worker.sentinel] = worker
    handle = os.pidfd_open(worker.pid)
    try:
        connection.send(Forked(worker.pid))
        send_handle(connection, handle, None)
    finally:
        os.close(handle)


def _serve_alone(
    of_server: "Connection[Any, Any]",
    connection: "Connection[Any, Any]",
    pickled_class: bytes,
    server: int,
) -> None:
    of_server.close()
    serve(connection, pickled_class, server)


def _tell_end(connection: "Connection[Any, Any]", worker: BaseProcess) -> None:
    worker.join()
    assert worker.pid is not None
    connection.send(Ended(worker.pid, worker.exitcode))
    worker.close()
