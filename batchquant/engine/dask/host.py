"""The worker processes inside a dask worker, and the thread that they end with."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Pipe
from typing import Any

from batchquant.engine.backlog import Attempt
from batchquant.engine.dask.messages import Dropped, Sick, Told
from batchquant.engine.local import Starter
from batchquant.engine.local.dispatch import MAX_VAIN_DEATHS, VAIN
from batchquant.engine.local.serving import Gave, Raised, Returned
from batchquant.engine.local.workers import Workers
from batchquant.engine.work import Work
from batchquant.errors import BatchquantError

POLL_S = 0.1
IDLE_S = 120.0  # without works the processes end: others may want the memory


@dataclass(slots=True, eq=False)
class Order:
    """A work that this host was given; `tell` reaches who gave it."""

    key: Any
    attempt: Attempt[Work]
    tell: Callable[[Told], None]
    over: threading.Event = field(default_factory=threading.Event)


class Host(threading.Thread):
    """Runs orders in worker processes, each as soon as it comes.

    The processes are started by this thread and end with it: the system sees to that. They load
    what works of a kind need, and have variables of their own.
    """

    def __init__(self, kind: type[Work], variables: dict[str, str]) -> None:
        super().__init__(name="batchquant host", daemon=True)
        self._kind, self._variables = kind, variables
        self._bell, self._button = Pipe(duplex=False)
        self._ringing = threading.Lock()
        self._new, self._unwanted = deque[Order](), deque[Order]()
        self._orders: dict[Attempt[Work], Order] = {}
        self._is_over = False

    def do(self, order: Order) -> None:
        """Run an order; returns when it is over in any way."""
        self._new.append(order)
        self._ring()
        order.over.wait()

    def leave_off(self, order: Order) -> None:
        """Let it be over now, whatever is at it."""
        self._unwanted.append(order)
        self._ring()

    def end(self) -> None:
        """Leave off all, and end the processes."""
        self._is_over = True
        self._ring()

    def _ring(self) -> None:
        with self._ringing, suppress(OSError):
            self._button.send_bytes(b"")

    def run(self) -> None:
        """Run orders until the end; a fault costs those that are there, and it begins anew."""
        while not self._is_over:
            try:
                self._run_orders()
            except BatchquantError as error:
                self._give_up(str(error))
            except Exception:
                self._give_up(traceback.format_exc())
        self._give_up("the dask worker ends")

    def _give_up(self, reason: str) -> None:
        self._take_orders()
        for order in self._orders.values():
            order.tell(Sick(reason))
            order.over.set()
        self._orders.clear()

    def _take_orders(self) -> list[Attempt[Work]]:
        """Enter what has come, and return it."""
        come = []
        while self._new:
            order = self._new.popleft()
            self._orders[order.attempt] = order
            come.append(order.attempt)
        return come

    def _run_orders(self) -> None:
        """Wait for orders, and run them until none have come for a while."""
        while not self._is_over and not self._new:
            if self._bell.poll(None):
                self._bell.recv_bytes()
            self._unwanted.clear()  # nothing is at work
        workers: Workers[Work] = Workers(Starter(self._kind, self._variables))
        try:
            self._run_in(workers)
        finally:
            workers.end()

    def _run_in(self, workers: Workers[Work]) -> None:
        waiting: deque[Attempt[Work]] = deque()
        vain_deaths, last = 0, time.monotonic()
        while not self._is_over and time.monotonic() - last < IDLE_S:
            while self._bell.poll():
                self._bell.recv_bytes()
            waiting.extend(self._take_orders())
            self._leave_off_unwanted(waiting, workers)
            if self._orders:
                last = time.monotonic()
                workers.fill(len(self._orders), self._kind)
            for worker, attempt in workers.match(waiting):
                workers.begin(worker, attempt, attempt.work)
            for begun, message in workers.listen(POLL_S, [self._bell]):
                if begun is None:
                    if isinstance(message, Raised):  # while it loaded: any work would meet it
                        raise message.error
                    vain_deaths += 1
                    continue
                self._orders[begun].tell(message)
                if not isinstance(message, Gave):
                    vain_deaths = 0 if isinstance(message, Returned) else vain_deaths
                    self._orders.pop(begun).over.set()
            if vain_deaths > MAX_VAIN_DEATHS + len(self._orders):
                self._give_up(VAIN)
                return

    def _leave_off_unwanted(self, waiting: deque[Attempt[Work]], workers: Workers[Work]) -> None:
        while self._unwanted:
            order = self._unwanted.popleft()
            if self._orders.pop(order.attempt, None) is None:
                continue  # it was over by itself
            with suppress(ValueError):
                waiting.remove(order.attempt)
            workers.drop(order.attempt)
            order.tell(Dropped())
            order.over.set()
