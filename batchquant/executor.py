"""Run a function over items in processes and yield the results as they finish.

joblib's own process engine, loky, through its futures: ``joblib.Parallel`` loses what was finished
but not yielded when a worker dies, and with one job it runs inside the parent, where a decoder's
crash takes the run along.
"""

import math
import signal
import time
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


POLL_S = 0.1  # how soon a wish to stop is heard
GRACE_S = 3.0  # for what is at work then; behind it the workers are killed


def run_in_processes(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    wind_down: Callable[[], None] = lambda: None,
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
    stop : callable
        Asked again and again; when it answers True nothing more is started.
    wind_down : callable
        Called then, to tell the functions at work to come to an end soon.

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
    deadline = math.inf
    resource_tracker.ensure_running()  # else loky starts it later, which lets signals through
    executor = get_reusable_executor(max_workers=workers, timeout=None, reuse=False, env=ONE_THREAD)
    all_done = False
    try:
        while (waiting or running) and time.monotonic() < deadline:
            if deadline == math.inf and stop():
                waiting.clear()
                deadline = time.monotonic() + GRACE_S
                wind_down()
            # Ctrl-C reaches every process of the terminal; only the parent shall act on it.
            with held_back(signal.SIGINT, signal.SIGTERM):
                while waiting and len(running) < workers:
                    item = waiting.popleft()
                    running[executor.submit(function, item)] = item
            done, _ = wait(running, timeout=POLL_S, return_when=FIRST_COMPLETED)
            broken = [future for future in done if isinstance(future.exception(), BrokenExecutor)]
            finished = sorted(done.difference(broken), key=lambda f: f.exception() is not None)
            for future in finished:  # what raises comes last
                del running[future]
                yield future.result()
            if broken:
                raise WorkerDiedError(
                    "a worker process ended without an answer: killed, out of memory, or crashed",
                    tuple(running.values()),
                ) from broken[0].exception()
        all_done = not running
    finally:
        executor.shutdown(wait=True, kill_workers=not all_done)
