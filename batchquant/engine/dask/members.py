"""The dask workers of a cluster, as the parent knows them: who is there, and who gets works."""

import itertools
import math
import pickle
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from batchquant.engine.budget import Budget
from batchquant.engine.dask.asking import BY_VALUE, Question, shortened
from batchquant.engine.dask.messages import Introduced, Joined, Sick, Told
from batchquant.engine.dask.wishes import GONE, told_if_gone
from batchquant.engine.local.starting import END_S
from batchquant.engine.protocol import Conditions

if TYPE_CHECKING:
    from distributed import Client, Future

WATCH_S = 1.0  # how soon a worker is seen that has come or gone


@dataclass(eq=False)
class Room:
    """Memory and processes of a machine, which all dask workers there share."""

    budget: Budget
    most: float
    n_at_work: int = 0


@dataclass(eq=False)
class Member:
    """A dask worker.

    `question` is the dask task by which it is asked, or made ready; `recent` has the affinities of
    what it worked on last, as far as its processes may remember.
    """

    address: str
    n_processes: int
    state: Literal["asked", "passed", "joining", "joined", "refused"] = "asked"
    token: int = -1
    question: "Future[Any] | None" = None
    where: str = ""
    machine: str = ""
    kernels: str = ""
    room: Room | None = None
    n_at_work: int = 0
    recent: deque[Hashable] = field(default_factory=deque)

    @property
    def has_room(self) -> bool:
        """Whether it can be given one work more."""
        return (
            self.state == "joined"
            and self.n_at_work < self.n_processes
            and self.room is not None
            and self.room.n_at_work < self.room.most
        )

    def count(self, n: int) -> None:
        """Count works that it was given, or is rid of."""
        assert self.room is not None
        self.n_at_work += n
        self.room.n_at_work += n


@dataclass(frozen=True, slots=True)
class Seen:
    """The dask workers that are there now, with their threads; None where nobody can tell."""

    n_threads: dict[str, int] | None


News = Seen | tuple[int, Told]


class Members:
    """Asks dask workers what they are as soon as they come, and knows who may have works.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    most : int or None
        Processes on a machine at most.
    budget_bytes : float or None
        Memory for works on a machine; None for what the conditions say of it.
    """

    def __init__(self, client: "Client", most: int | None, budget_bytes: float | None) -> None:
        self._client, self._most, self._budget_bytes = client, most or math.inf, budget_bytes
        self.topic = f"batchquant-{secrets.token_hex(8)}"
        self._question = Question()
        self._known: dict[str, Member] = {}
        self._rooms: dict[str, Room] = {}
        self._tokens = itertools.count()
        self._news = queue.SimpleQueue[News]()
        self._is_heard = False
        self.refusals: dict[str, str] = {}  # why some were refused, and who was first
        self._remarks = deque[str]()

    def require(self, conditions: Conditions) -> None:
        """Ask all for what has to be so, also those that are known."""
        self._question = Question(conditions)
        self._known.clear()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look who comes and goes, in a block."""
        self._question.begin()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        self._hear()
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join(END_S)  # two at a time would open a connection more

    def _hear(self) -> None:
        with told_if_gone(self._client):
            self._client.subscribe_topic(self.topic, lambda event: self._arrive(event[1]))
        self._is_heard = True

    def _arrive(self, event: tuple[int, Any]) -> None:
        """Take what a worker tells; called in the thread of the client."""
        token, told = event
        is_answer = isinstance(told, dict)
        self._news.put((token, Introduced(told) if is_answer else pickle.loads(told)))

    def _watch(self, over: threading.Event) -> None:
        while not over.is_set():
            seen: dict[str, int] | None = None
            with suppress(Exception):  # of whatever kind: the scheduler does not answer
                seen = dict(self._client.nthreads())
            self._news.put(Seen(seen))
            over.wait(WATCH_S)

    def token(self) -> int:
        """Return a number that names one dask task of ours."""
        return next(self._tokens)

    def submit(self, member: Member, token: int, function: Any, *arguments: Any) -> "Future[Any]":
        """Let a dask worker, and no other, run a function once."""
        with told_if_gone(self._client):
            return self._client.submit(
                function,
                *arguments,
                key=(self.topic, token),
                workers=[member.address],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )

    def listen(self, timeout: float) -> Iterator[tuple[int, Told]]:
        """Yield what is told of works, once something is, or after so many seconds."""
        until = time.monotonic() + timeout
        while True:
            try:
                wait_s = until - time.monotonic()
                news = self._news.get(timeout=wait_s) if wait_s > 0 else self._news.get_nowait()
            except queue.Empty:
                return
            until = 0.0
            match news:
                case Seen(n_threads):
                    self._see(n_threads)
                case (_, Introduced() | Joined()):
                    self._take_answer(*news)
                case (token, Sick(reason)) if (member := self._asked(token)) is not None:
                    self.refuse(member, reason)
                case _:
                    yield news

    def joined(self) -> list[Member]:
        """Return those that may have works."""
        return [member for member in self._known.values() if member.state == "joined"]

    def is_here(self, member: Member) -> bool:
        """Tell whether a member is still there."""
        return self._known.get(member.address) is member

    @property
    def may_come(self) -> bool:
        """Whether one that was asked may yet join."""
        return any(each.state in ("asked", "passed", "joining") for each in self._known.values())

    def remarks(self) -> Iterator[str]:
        """Yield what a person should know of them, once."""
        while self._remarks:
            yield self._remarks.popleft()

    def _asked(self, token: int) -> Member | None:
        found = (each for each in self._known.values() if each.question and each.token == token)
        return next(found, None)

    def _see(self, n_threads: dict[str, int] | None) -> None:
        for address in [each for each in self._known if each not in (n_threads or {})]:
            del self._known[address]
        if not self._known:
            self._is_heard = False  # a scheduler that begins anew knows nothing of us
        if not n_threads:
            return
        if not self._is_heard:
            self._hear()
        for address, n in n_threads.items():
            if address not in self._known:
                member = self._known[address] = Member(address, int(min(n, self._most)))
                member.recent = deque(maxlen=member.n_processes)
                self._ask(member)
        for member in self._known.values():
            self._look_after(member)

    def _ask(self, member: Member) -> None:
        member.state, member.token = "asked", self.token()
        names = self._question.names(self.topic, member.token)
        member.question = self.submit(member, member.token, eval, BY_VALUE, names)

    def _look_after(self, member: Member) -> None:
        """See what became of a question that has no answer."""
        if member.question is None or member.question.status not in GONE:
            return
        if member.question.status != "error":
            self._ask(member)
            return
        error = member.question.exception()
        self.refuse(member, f"it cannot be asked: {type(error).__name__}: {error}")

    def _take_answer(self, token: int, told: Told) -> None:
        member = self._asked(token)
        if member is None:
            return
        member.question = None
        if isinstance(told, Introduced):
            member.where, member.machine = told.answer["where"], told.answer["machine"]
            if differences := self._question.differences(told.answer):
                self.refuse(member, shortened(differences))
            else:
                member.state = "passed"
        elif isinstance(told, Joined):
            limit = told.budget_bytes if self._budget_bytes is None else self._budget_bytes
            room = Room(Budget(limit), self._most)
            member.room = self._rooms.setdefault(f"{member.machine} {told.group}", room)
            member.kernels, member.state = told.kernels, "joined"
        self._let_join()

    def _let_join(self) -> None:
        """Make those ready that passed, one at a time on each machine: the first compiles."""
        from batchquant.engine.dask.plugin import join

        memory, folder = self._question.memory, self._question.folder
        at_it = {each.machine for each in self._known.values() if each.state == "joining"}
        for member in self._known.values():
            if member.state == "passed" and member.machine not in at_it:
                at_it.add(member.machine)
                member.state, member.token = "joining", self.token()
                told = (self.topic, member.token, memory, folder)
                member.question = self.submit(member, member.token, join, *told)

    def refuse(self, member: Member, reason: str) -> None:
        """Give a member no works; what is said of it is said once."""
        member.state, member.question = "refused", None
        where = f"{member.where or 'a dask worker'} ({member.address})"
        self._remarks.append(f"{where} gets no work: {reason}")
        self.refusals.setdefault(reason, where)
        self._let_join()
