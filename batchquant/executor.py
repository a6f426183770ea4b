"""Run a function over items in processes and yield the results as they finish.

joblib's own process engine, loky, through its futures: ``joblib.Parallel`` loses what was finished
but not yielded when a worker dies, and with one job it runs inside the parent, where a decoder's
crash takes the run along.
"""

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from multiprocessing import resource_tracker
from typing import TypeVar

from joblib.externals.loky import get_reusable_executor

from batchquant.errors import WorkerDiedError
from batchquant.signals import held_back

Item = TypeVar("Item")
Result = TypeVar("Result")

# Workers share the cores already; threads inside them would only fight.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def run_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result]:
    """Call a function on each item in worker processes.

    Parameters
    ----------
    function : callable
        Importable by name; takes one item. What it raises is raised here.
    items : iterable
        Started in this order.
    workers : int
        Processes, >= 1. The parent computes nothing, also with one.

    Yields
    ------
    object
        Results in the order they finish; each must say itself what it belongs to.

    Raises
    ------
    WorkerDiedError
        If a process ends without an answer; results that had arrived have been yielded.

    Notes
    -----
    Closing the iterator kills the workers. There is never more than one future a worker: the
    engine calls queued ones running, and whatever ends the run would blame them too.
    """
    waiting = deque(items)
    running: dict[Future[Result], Item] = {}
    resource_tracker.ensure_running()  # else loky starts it later, which lets SIGINT through
    executor = get_reusable_executor(max_workers=workers, timeout=None, reuse=False, env=ONE_THREAD)
    finished = False
    try:
        while waiting or running:
            # Ctrl-C reaches every process of the terminal; only the parent shall act on it.
            with held_back(signal.SIGINT):
                while waiting and len(running) < workers:
                    item = waiting.popleft()
                    running[executor.submit(function, item)] = item
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = [future for future in done if isinstance(future.exception(), BrokenExecutor)]
            for future in done.difference(broken):
                del running[future]
                yield future.result()
            if broken:
                raise WorkerDiedError(
                    "a worker process ended without an answer: killed, out of memory, or crashed",
                    tuple(running.values()),
                ) from broken[0].exception()
        finished = True
    finally:
        executor.shutdown(wait=True, kill_workers=not finished)
