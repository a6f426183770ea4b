"""What is not finished: works that wait, and those at work with their second tries. Pure."""

import math
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from batchquant.engine.budget import Budget, Share
from batchquant.engine.protocol import Due
from batchquant.engine.work import Work

W = TypeVar("W", bound=Work)


@dataclass(slots=True, eq=False)
class Waiting(Generic[W]):
    """A work that waits; two of equal works are two. It is asked once what it needs."""

    work: W
    need_bytes: int
    affinity: Hashable

    @classmethod
    def of(cls, work: W) -> "Waiting[W]":
        """Ask a work."""
        return cls(work, work.need_bytes, work.affinity)


class Backlog(Generic[W]):
    """Works that wait, in the order in which they are begun as far as memory allows: a `Due`.

    Override `prepare` where there is something to prepare.
    """

    def __init__(self, works: Iterable[W]) -> None:
        self._waiting = deque[Waiting[W]]()
        self.put_last(works)

    def put_first(self, works: Iterable[W]) -> None:
        """Let works be the next to begin, in their order."""
        entries = [Waiting.of(work) for work in works]
        self._waiting.extendleft(reversed(entries))

    def put_last(self, works: Iterable[W]) -> None:
        """Let works begin behind all others."""
        self._waiting.extend(map(Waiting.of, works))

    @property
    def n_waiting(self) -> int:
        """How many works wait."""
        return len(self._waiting)

    def take(self, budget: Budget) -> W | None:
        """Hand out the first, or one behind it that fits where the first does not."""
        chosen = budget.choose(self._waiting)
        if chosen is None:
            return None
        self._waiting.remove(chosen)
        return chosen.work

    def prepare(self, works: Sequence[W]) -> list[W]:
        """Return them as they are."""
        return list(works)

    def is_over(self) -> bool:
        """Tell whether nothing is waiting."""
        return not self._waiting


@dataclass(slots=True, eq=False)
class Attempt(Generic[W]):
    """A work that is at work, or suspect and waiting for its second try.

    `n_homeless` counts how often the whole machine that had it was gone.
    """

    work: W
    share: Share
    budget: Budget
    is_second: bool = False
    n_homeless: int = 0


class Attempts(Generic[W]):
    """What an engine has at work, and what it begins next: the same rules for all engines.

    A work whose worker died becomes a suspect: it waits until nothing else is left, and then has a
    second try, alone. An engine of several machines has a budget of each.
    """

    def __init__(self, due: Due[W], budget_bytes: float = math.inf) -> None:
        self._due, self._budget = due, Budget(budget_bytes)
        self._at_work: set[Attempt[W]] = set()
        self._homeless: deque[Attempt[W]] = deque()
        self._suspects: deque[Attempt[W]] = deque()
        self._is_closed = False

    def __len__(self) -> int:
        """Count what is at work."""
        return len(self._at_work)

    @property
    def is_over(self) -> bool:
        """Whether nothing is at work, and nothing will be."""
        is_idle = not self._at_work and not self._suspects and not self._homeless
        return is_idle and (self._is_closed or self._due.is_over())

    def take(self, budget: Budget | None = None) -> Attempt[W] | None:
        """Choose what is begun now, and count it as at work; None where that is nothing.

        `budget` is that of the machine that is to have it, where there are several.
        """
        budget = budget or self._budget
        if self._is_closed:
            return None
        if self._homeless and budget.choose([self._homeless[0].work]) is not None:
            return self._begin(self._homeless.popleft(), budget)
        work = self._due.take(budget)
        if work is not None:
            attempt = Attempt(work, budget.begin(work), budget)
            self._at_work.add(attempt)
            return attempt
        if self._suspects and budget.is_unused:
            return self._begin(self._suspects.popleft(), budget)
        return None

    def _begin(self, attempt: Attempt[W], budget: Budget) -> Attempt[W]:
        attempt.share, attempt.budget = budget.begin(attempt.work), budget
        self._at_work.add(attempt)
        return attempt

    def move(self, attempt: Attempt[W], budget: Budget) -> bool:
        """Let another machine have what was just taken, if it fits there; tell whether it does."""
        if budget.choose([attempt.work]) is None:
            return False
        attempt.budget.finish(attempt.share)
        attempt.share, attempt.budget = budget.begin(attempt.work), budget
        return True

    def finish(self, attempt: Attempt[W]) -> None:
        """Count it as at work no more."""
        self._at_work.discard(attempt)
        attempt.budget.finish(attempt.share)

    def put_back(self, attempt: Attempt[W]) -> None:
        """Let it wait for a second try, unless nothing more is begun."""
        self.finish(attempt)
        attempt.is_second = True
        if not self._is_closed:
            self._suspects.append(attempt)

    def begin_elsewhere(self, attempt: Attempt[W]) -> None:
        """Let it be the next to begin: not its worker ended, but the machine is gone."""
        self.finish(attempt)
        attempt.n_homeless += 1
        if not self._is_closed:
            self._homeless.append(attempt)

    def close(self) -> None:
        """Begin nothing more."""
        self._is_closed = True
        self._suspects.clear()
        self._homeless.clear()
