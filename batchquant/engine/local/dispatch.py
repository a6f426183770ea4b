"""The loop that hands items to worker processes and yields what becomes of them."""

import math
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from batchquant.engine.local.backlog import Backlog, Entry
from batchquant.engine.local.crew import Crew, Died, Overdue
from batchquant.engine.local.limits import Limit
from batchquant.engine.local.serving import Gave, Raised, Returned
from batchquant.errors import WorkerDiedError

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_S = 0.1  # how soon a wish to stop is heard
GRACE_S = 1.0  # for what is at work then; behind it the workers are killed
MAX_VAIN_DEATHS = 10  # in a row, of processes that had no item, beside one for each worker


@dataclass(frozen=True, slots=True)
class Lost(Generic[Item]):
    """What became of an item whose worker gave no answer.

    Attributes
    ----------
    item : object
        The item.
    reason : str
        A sentence that begins with ``worker_died`` or ``timeout``.
    """

    item: Item
    reason: str


def run_in_processes(
    function: Callable[..., Result],
    items: Iterable[Item],
    workers: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    wind_down: Callable[[], None] = lambda: None,
    prepare: Callable[[Item], Item] = lambda item: item,
    begun: Callable[[Item], None] = lambda item: None,
    put_back: Callable[[Item], None] = lambda item: None,
    take: Callable[[Item, Any], None] | None = None,
    limit: Callable[[Item], Limit] = lambda item: Limit(),
    need_bytes: Callable[[Item], int] = lambda item: 0,
    budget_bytes: float = math.inf,
    then: Callable[[Item], Iterable[Item]] = lambda item: (),
) -> Generator[Result | Lost[Item]]:
    """Call a function on each item in worker processes.

    Parameters
    ----------
    function : callable
        Importable by name; takes one item, and where there is `take`, a callable behind it, which
        it may call with parts of its result. What it raises is raised here.
    items : iterable
        Begun in this order, as far as memory allows.
    workers : int
        Processes, >= 1. The parent computes nothing, also with one.
    stop : callable
        Asked again and again; when it answers True nothing more is begun.
    wind_down : callable
        Called then, to tell the functions at work to come to an end soon.
    prepare : callable
        Called with each item before a worker gets it; what it returns is what the worker gets.
    begun : callable
        Called with each item as a worker gets it; twice with one that is tried again.
    put_back : callable
        Called with an item whose worker died for the first time: it is not at work until it is
        begun again.
    take : callable
        Called with an item and each part of its result that the function hands over, at once: what
        was taken outlives the worker. From an item that is tried again all parts come again.
    limit : callable
        How long an item may take once a worker has begun with it; then the worker is killed.
    need_bytes : callable
        Memory that an item takes at its peak.
    budget_bytes : float
        What all items at work may take together. One that needs more runs alone.
    then : callable
        Called with an item that is finished, once what became of it is taken; the items that it
        returns are begun next.

    Yields
    ------
    object
        Results in the order they finish; each must say itself what it belongs to. `Lost` for an
        item whose worker died twice, the second time with nothing else at work, or did not answer
        in time. No item has more than one of these.

    Raises
    ------
    WorkerDiedError
        If processes end again and again before they are given an item.

    Notes
    -----
    A worker that dies costs the others nothing. Its item is tried again at the end, alone: the
    system may have killed it for the memory that others took.

    Closing the iterator kills the workers, and so does the end of the thread that started them.
    Results should be small: what does not fit into a pipe, 64 kB, makes the parent wait for its
    sender.
    """
    backlog = Backlog(items, need_bytes, budget_bytes)
    crew: Crew[Item] = Crew(function, in_parts=take is not None)
    deadline = math.inf
    vain_deaths = 0
    try:
        while backlog and time.monotonic() < deadline:
            if deadline == math.inf and stop():
                backlog.close()
                deadline = time.monotonic() + GRACE_S
                wind_down()
            crew.fill(min(workers, len(backlog)))
            for worker in crew.idle():
                if entry := backlog.take():
                    crew.begin(worker, entry, prepare(entry.item), limit(entry.item))
                    begun(entry.item)
            finished: list[tuple[Entry[Item], Result | Lost[Item]]] = []
            errors = []
            for entry, message in crew.listen(POLL_S):
                match message:
                    case Gave(part) if entry and take:
                        take(entry.item, part)
                    case Returned(value) if entry:
                        vain_deaths = 0
                        finished.append((entry, value))
                    case Raised(error):
                        errors.append(error)  # raised when all that arrived with it is told
                    case Overdue(how) if entry:
                        finished.append((entry, Lost(entry.item, f"timeout: {how}")))
                    case Died(how) if entry and entry.is_suspect:
                        told = f"worker_died: {how}, also when tried alone"
                        finished.append((entry, Lost(entry.item, told)))
                    case Died() if entry:
                        backlog.suspect(entry)
                        put_back(entry.item)
                    case Died() | Overdue():
                        vain_deaths += 1
            for entry, outcome in finished:
                backlog.finish(entry)
                yield outcome
                backlog.put_first(then(entry.item))
            if errors:
                raise errors[0]
            if vain_deaths > MAX_VAIN_DEATHS + workers:
                raise WorkerDiedError("worker processes end before they are given work")
    finally:
        crew.end()
