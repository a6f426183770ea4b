"""The loop that hands works to the machines of a dask cluster and yields what becomes of them."""

import math
import pickle
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from batchquant.engine.backlog import Attempt, Attempts
from batchquant.engine.dask.members import Member, Members
from batchquant.engine.dask.messages import Dropped, Sick
from batchquant.engine.dask.wishes import GONE, Wishes, told_if_gone
from batchquant.engine.local.dispatch import GRACE_S, POLL_S
from batchquant.engine.local.outcomes import outcome_of
from batchquant.engine.local.serving import Gave, Raised, Ready, Returned
from batchquant.engine.local.starting import END_S
from batchquant.engine.local.workers import Died, Overdue
from batchquant.engine.protocol import Began, Conditions, Due, Event, Lost, PutBack, Remark
from batchquant.engine.work import Work
from batchquant.errors import ClusterError, WorkerDiedError

if TYPE_CHECKING:
    from distributed import Client, Future

W = TypeVar("W", bound=Work)

WAIT_S = 300.0
LOOK_S = 1.0  # between two looks at what dask says of tasks
HINT_S = 15.0  # without a worker, until it is said


@dataclass(eq=False)
class AtWork(Generic[W]):
    """An attempt, who has it, and the dask task that stands for it."""

    attempt: Attempt[W]
    member: Member
    future: "Future[Any]"


class DaskEngine:
    """Runs works in processes on the machines of a dask cluster. An `Engine`.

    A dask worker has as many processes as it has threads. Those on one machine share its memory,
    unless control groups give each its own. A work whose process dies, or hangs, has the same end
    as on one machine. Works of a dask worker that is gone begin anew on another; one with which two
    are gone is tried alone. Only workers get works that would make the same bytes: they have the
    same versions, and see the same files.

    Parameters
    ----------
    client : distributed.Client
        Of a cluster, however it came about; not an asynchronous one. It stays open.
    processes : int, optional
        At most on each machine; default: as many as its dask workers have threads.
    wait_s : float
        So long there may be no worker; then `ClusterError` ends the run.
    budget_bytes : float, optional
        Memory for works on each machine; default: what the job file says, of that machine.

    Raises
    ------
    ClusterError
        By `run`: if there is no worker for so long, or the client was closed.
    """

    def __init__(
        self,
        client: "Client",
        processes: int | None = None,
        wait_s: float = WAIT_S,
        budget_bytes: float | None = None,
    ) -> None:
        self._client, self._processes, self._wait_s = client, processes, wait_s
        self._members = Members(client, processes, budget_bytes)
        self._wishes = Wishes(client, self._members.topic)
        self._at_work: dict[int, AtWork[Any]] = {}

    def expect(self, kind: type[Work]) -> AbstractContextManager[None]:
        """Do nothing: workers load with their first work."""
        return nullcontext()

    def require(self, conditions: Conditions) -> None:
        """Ask workers for what has to be so; as in `ManyMachines`."""
        self._members.require(conditions)

    def n_workers(self) -> int:
        """Tell how many works can be run side by side, as it is now; at least 1."""
        of_machines: dict[str, int] = {}
        with told_if_gone(self._client):
            n_threads = self._client.nthreads()
        for address, n in n_threads.items():
            machine = address.rpartition(":")[0]
            of_machines[machine] = of_machines.get(machine, 0) + n
        return max(1, sum(min(n, self._processes or n) for n in of_machines.values()))

    def run(self, due: Due[W], stop: Callable[[], bool] = lambda: False) -> Generator[Event[W]]:
        """Run what is due, until that is over; as in `Engine`."""
        attempts: Attempts[W] = Attempts(due)
        deadline, looked = math.inf, time.monotonic()
        with self._members.watched():
            try:
                alone = _Alone(self._client, self._members, self._wait_s)
                while not attempts.is_over and time.monotonic() < deadline:
                    if deadline == math.inf and stop():
                        attempts.close()
                        deadline = time.monotonic() + GRACE_S
                    yield from self._begin(attempts, due)
                    errors: list[Exception] = []
                    yield from self._hear(attempts, errors)
                    if errors:
                        raise errors[0]
                    if time.monotonic() - looked > LOOK_S:
                        looked = time.monotonic()
                        yield from self._look(attempts)
                        self._wishes.tell(due.n_waiting if deadline == math.inf else 0)
                    yield from map(Remark, [*self._members.remarks(), *alone.look()])
            finally:
                self._wishes.tell(0)
                self._leave_off()

    def _begin(self, attempts: Attempts[W], due: Due[W]) -> list[Event[W]]:
        """Begin what fits: one more on each machine in turns, the least busy first."""
        chosen: list[tuple[Attempt[W], Member]] = []
        free = [member for member in self._members.joined() if member.has_room]
        free.sort(key=lambda member: member.n_at_work / member.n_processes)
        while free:
            for member in list(free):
                room = member.room
                attempt = attempts.take(room.budget) if room and member.has_room else None
                if attempt is None:
                    free.remove(member)
                    if room is not None and member.has_room and room.budget.is_unused:
                        free.clear()  # what does not begin there begins nowhere
                        break
                    continue
                better = _who_remembers(attempt, member, free)
                if better.room is not room and better.room is not None:
                    better = better if attempts.move(attempt, better.room.budget) else member
                better.count(1)
                better.recent.append(attempt.work.affinity)
                chosen.append((attempt, better))
        prepared = due.prepare([attempt.work for attempt, _ in chosen]) if chosen else []
        return [
            self._submit(attempt, member, work)
            for (attempt, member), work in zip(chosen, prepared, strict=True)
        ]

    def _submit(self, attempt: Attempt[W], member: Member, prepared: W) -> Event[W]:
        from batchquant.engine.dask.plugin import do_work

        members, token = self._members, self._members.token()
        content = pickle.dumps(prepared)
        told = (members.topic, token, member.kernels, content)
        self._at_work[token] = AtWork(
            attempt, member, members.submit(member, token, do_work, *told)
        )
        return Began(attempt.work, member.where)

    def _hear(self, attempts: Attempts[W], errors: list[Exception]) -> Iterator[Event[W]]:
        """Return what works have come to, and collect what they raise."""
        events: list[Event[W]] = []
        for token, told in self._members.listen(POLL_S):
            at_work = self._at_work.get(token)
            if at_work is None:
                continue  # it was given up
            match told:
                case Raised(error):
                    self._forget(token)
                    errors.append(error)
                case Sick(reason):
                    if at_work.member.state != "refused":
                        self._members.refuse(at_work.member, reason)
                    events += self._without_machine(token, attempts)
                    if not self._members.joined() and not self._members.may_come:
                        errors.append(WorkerDiedError(reason))
                case Dropped():
                    events += self._without_machine(token, attempts)
                case Ready() | Gave() | Returned() | Died() | Overdue():
                    if not isinstance(told, Gave):
                        self._forget(token)
                    event = outcome_of(told, at_work.attempt, attempts)
                    events += [event] if event else []
        return iter(events)

    def _look(self, attempts: Attempts[W]) -> Iterator[Event[W]]:
        """Give up works of workers that are gone, or of which dask says that they are."""
        for token, at_work in list(self._at_work.items()):
            if not self._members.is_here(at_work.member) or at_work.future.status in GONE:
                yield from self._without_machine(token, attempts)

    def _without_machine(self, token: int, attempts: Attempts[W]) -> list[Event[W]]:
        """Let a work begin elsewhere, or alone if that was before; then it was its fault."""
        attempt = self._forget(token).attempt
        if attempt.is_second:
            attempts.finish(attempt)
            told = "worker_died: its dask worker was gone, also when tried alone"
            return [Lost(attempt.work, told)]
        if attempt.n_homeless:
            attempts.put_back(attempt)
        else:
            attempts.begin_elsewhere(attempt)
        return [PutBack(attempt.work)]

    def _forget(self, token: int) -> AtWork[Any]:
        at_work = self._at_work.pop(token)
        at_work.member.count(-1)
        at_work.future.release()
        return at_work

    def _leave_off(self) -> None:
        """Kill what is at work, and wait until it is."""
        for at_work in self._at_work.values():
            at_work.future.release()
        deadline = time.monotonic() + END_S
        while self._at_work and time.monotonic() < deadline:
            for token, told in self._members.listen(POLL_S):
                if token in self._at_work and not isinstance(told, Gave):
                    self._forget(token)
            for token, at_work in list(self._at_work.items()):
                if not self._members.is_here(at_work.member):
                    self._forget(token)
        for token in list(self._at_work):
            self._forget(token)


class _Alone:
    """Looks how long there has been no worker."""

    def __init__(self, client: "Client", members: Members, wait_s: float) -> None:
        self._client, self._members, self._wait_s = client, members, wait_s
        self._since, self._is_told = time.monotonic(), False

    def look(self) -> Iterator[str]:
        """Yield a hint where none comes; raises ClusterError where that takes too long."""
        now = time.monotonic()
        if self._members.joined():
            self._since, self._is_told = now, False
            return
        refused = [f"{where}: {reason}" for reason, where in self._members.refusals.items()]
        why = f" No work was given to {'; nor to '.join(refused[:3])}." if refused else ""
        if self._client.status == "closed":
            raise ClusterError(f"the dask scheduler is gone.{why}")
        if now - self._since > self._wait_s:
            raise ClusterError(f"no dask worker that can be used for {self._wait_s:g} s.{why}")
        if now - self._since > HINT_S and not self._is_told:
            self._is_told = True
            yield f"waiting for dask workers, {self._wait_s:g} s at most"


def _who_remembers(attempt: Attempt[Any], chosen: Member, free: list[Member]) -> Member:
    """Return who still has something of the picture, if it is free; else who was chosen."""
    affinity = attempt.work.affinity
    if affinity is None or affinity in chosen.recent:
        return chosen
    those = (each for each in free if each.has_room and affinity in each.recent)
    return next(those, chosen)
