"""What dask runs in its workers. The only file that is imported there first, and by name.

A dask task stands for each work, and lasts as long. Where dask lets go of it, since it was
cancelled or its client is gone, the process that works on it is killed.
"""

import hashlib
import multiprocessing.process
import os
import pickle
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from distributed import Worker as DaskWorker
from distributed import WorkerPlugin, get_worker
from distributed.utils import sync

from batchquant.engine.backlog import Attempt, Backlog
from batchquant.engine.budget import Budget, Share
from batchquant.engine.compiled import OTHER_PLACES, are_compiled, compile_kernels_in, state
from batchquant.engine.dask.host import Host, Order
from batchquant.engine.dask.messages import Dropped, Joined, Sick, Told
from batchquant.engine.local import LocalEngine, Starter
from batchquant.engine.local.serving import Raised, pickle_error
from batchquant.engine.memory import budget_bytes, shared_memory
from batchquant.engine.work import Limit, Work

NAME = "batchquant"
UNFINISHED = ("waiting", "ready", "executing", "long-running", "cancelled")
MAX_LET_GO = 10_000  # tasks remembered that may yet begin though nobody wants them
# Dask's nannies tell all below them by MALLOC_TRIM_THRESHOLD_ to give memory back at once: then
# each large array is fresh pages of the system, and a picture takes half as long again. These are
# what glibc comes to by itself where it is not told.
ALLOCATION = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
GIVEN = Budget(0)  # here nothing is chosen: who sends works has done so


class HostPlugin(WorkerPlugin):
    """Holds the hosts of a dask worker: one for what all steps load, another for other kinds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[tuple[Any, ...], Host] = {}
        self._orders: dict[Any, tuple[Host, Order]] = {}
        self._let_go = deque[Any](maxlen=MAX_LET_GO)

    def setup(self, worker: DaskWorker) -> None:
        """Allow children: below a nanny this process is daemonic, and may have none."""
        config: dict[str, Any] = multiprocessing.process.current_process()._config  # type: ignore[attr-defined]
        config["daemon"] = False

    def teardown(self, worker: DaskWorker) -> None:
        """End all processes."""
        with self._lock:
            hosts = list(self._hosts.values())
            self._hosts.clear()
        for host in hosts:
            host.end()

    def transition(self, key: Any, start: str, finish: str, **more: Any) -> None:
        """Leave off what dask wants no more."""
        if finish != "released" or start not in UNFINISHED:
            return
        with self._lock:
            self._let_go.append(key)
            host, order = self._orders.get(key, (None, None))
        if host and order:
            host.leave_off(order)

    def run(self, order: Order, kernels: str) -> None:
        """Run an order in a host of its kind; returns when it is over in any way."""
        kind = type(order.attempt.work)
        with self._lock:
            if order.key in self._let_go:
                order.tell(Dropped())
                return
            host = self._host_of(kind, kernels)
            self._orders[order.key] = host, order
        try:
            host.do(order)
        finally:
            with self._lock:
                del self._orders[order.key]

    def _host_of(self, kind: type[Work], kernels: str) -> Host:
        name = (kind.load.__module__, kind.load.__qualname__, kind.forget.__qualname__, kernels)
        if name not in self._hosts:
            variables = {"NUMBA_CACHE_DIR": kernels} if kernels else {}
            self._hosts[name] = Host(kind, {**ALLOCATION, **variables})
            self._hosts[name].start()
        return self._hosts[name]


ADDING = threading.Lock()


def plugin_of(worker: DaskWorker) -> HostPlugin:
    """Return the plugin of a dask worker, which gets it with its first task of ours."""
    with ADDING:
        if NAME not in worker.plugins:
            sync(worker.loop, worker.plugin_add, plugin=HostPlugin(), name=NAME)
        return cast(HostPlugin, worker.plugins[NAME])


def tell(worker: DaskWorker, topic: str, token: int, message: Told) -> None:
    """Tell the parent; what works give back is as small as elsewhere."""
    worker.log_event(topic, [token, pickle.dumps(message)])


def do_work(topic: str, token: int, kernels: str, pickled_work: bytes) -> None:
    """Run a work to its end; all that becomes of it is told under the topic."""
    worker = get_worker()
    tell_parent: Callable[[Told], None] = partial(tell, worker, topic, token)
    try:
        work = pickle.loads(pickled_work)
    except Exception as error:
        raised: Raised = pickle.loads(pickle_error(error))
        tell_parent(raised)
        return
    attempt = Attempt(work, Share(0, None), GIVEN)
    plugin_of(worker).run(Order((topic, token), attempt, tell_parent), kernels)


def join(topic: str, token: int, memory: str, folder: str) -> None:
    """Make ready for works: what is compiled is compiled for this machine, if it is not yet."""
    worker = get_worker()
    plugin_of(worker)
    try:
        kernels = compiled_in(Path(folder)) if folder else ""
        _, group = shared_memory()
        joined = Joined(group and f"{_namespace()} {group}", budget_bytes(memory), kernels)
    except Exception as error:
        tell(worker, topic, token, Sick(f"{type(error).__name__}: {error}"))
    else:
        tell(worker, topic, token, joined)


@dataclass(frozen=True)
class Compiling:
    """Compiles K-Means, in a process of its own: a dask worker does not load numba for us."""

    folder: Path
    need_bytes: int = 0
    affinity: None = None

    @property
    def limit(self) -> Limit:
        """It takes what it takes."""
        return Limit()

    @staticmethod
    def load() -> None:
        """Load nothing before."""

    @staticmethod
    def forget() -> None:
        """Leave nothing behind."""

    def run(self, give: Callable[[object], None]) -> None:
        """Compile."""
        compile_kernels_in(self.folder, lambda: None)


def compiled_in(run_folder: Path) -> str:
    """See to it that K-Means is compiled; return where that is kept, empty where that is usual.

    Where it is not compiled for this processor, it is not done beside the sources: these may lie on
    a share. numba names kernels by processor, but machines that write at a time give two the same
    number, and one would run what is compiled for another.
    """
    if are_compiled():
        return ""
    kernels = ""
    if not any(name in os.environ for name in OTHER_PLACES):
        digest = hashlib.sha256(state().encode()).hexdigest()[:16]
        kernels = str(run_folder / "kernels" / digest)
    starter = Starter(Compiling, {"NUMBA_CACHE_DIR": kernels} if kernels else {})
    try:
        list(LocalEngine(1, starter=starter).run(Backlog([Compiling(run_folder)])))
    finally:
        starter.end()
    return kernels


def _namespace() -> str:
    """Tell in which namespace control groups have their names: each container may have its own."""
    try:
        return os.readlink("/proc/self/ns/cgroup")  # noqa: PTH115 - names no file
    except OSError:
        return ""
