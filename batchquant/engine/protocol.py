"""What an engine and its callers agree on: who is next, and what becomes of it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from batchquant.engine.budget import Budget
from batchquant.engine.work import Work

W = TypeVar("W", bound=Work)


class Due(Protocol[W]):
    """Says what is next. An engine asks it, always in the thread that takes the events.

    Whoever takes the events may add to it between two of them: what an event makes due is taken
    before the engine comes to an end. `batchquant.engine.backlog.Backlog` is one.
    """

    def take(self, budget: Budget) -> W | None:
        """Hand out a work that `budget.choose` lets begin.

        None where nothing is waiting now, or nothing fits beside what is at work. It is asked
        again: soon, and after each event.
        """

    @property
    def n_waiting(self) -> int:
        """How many works wait, as far as is known: more workers would begin so many more."""

    def prepare(self, works: Sequence[W]) -> list[W]:
        """Make works ready that were taken: what comes back is what workers get.

        Asked right before workers get them; again where one is tried a second time. Several at one
        go cost as much as one, where something has to come onto a disk before.
        """

    def is_over(self) -> bool:
        """Tell whether nothing is to come any more; asked when nothing is at work."""


@dataclass(frozen=True, slots=True)
class Began(Generic[W]):
    """A worker has got a work; a second time where it was put back.

    `where` names its machine, where there may be several.
    """

    work: W
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Part(Generic[W]):
    """What a work gave before its end. It comes at once, and outlives the worker.

    From a work that is tried again all parts come again.
    """

    work: W
    part: object


@dataclass(frozen=True, slots=True)
class Done(Generic[W]):
    """A work has come to its end, with a value."""

    work: W
    value: object


@dataclass(frozen=True, slots=True)
class Lost(Generic[W]):
    """The worker of a work gave no answer.

    It died twice, the second time with nothing else at work, or did not answer in time. The reason
    is a sentence that begins with ``worker_died`` or ``timeout``.
    """

    work: W
    reason: str


@dataclass(frozen=True, slots=True)
class PutBack(Generic[W]):
    """The worker of a work died for the first time, or its machine is gone.

    The system may have killed it for the memory that others took: so it is tried again when nothing
    else is left, alone. What was on a machine that is gone is the next to begin, on another; when
    that is gone, too, it is tried alone.
    """

    work: W


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about the machines of an engine, which a person wants to know."""

    text: str


Event = Began[W] | Part[W] | Done[W] | Lost[W] | PutBack[W] | Remark


class Engine(Protocol):
    """Runs works in workers that may die: that costs the others nothing."""

    def expect(self, kind: type[Work]) -> AbstractContextManager[None]:
        """Return a block in which works of a class will be run: who likes loads what they need."""

    def run(self, due: Due[W], stop: Callable[[], bool]) -> Generator[Event[W]]:
        """Run what is due, until that is over; closing the iterator kills what is at work.

        Parameters
        ----------
        due : Due
            Works are begun in the order it hands them out.
        stop : callable
            Asked again and again, until it answers True: then nothing more is begun, and what is at
            work is killed if it does not end soon. Who answers so has told the works before.

        Yields
        ------
        Event
            As it happens, in any order of works. Each work that is begun has one `Done` or `Lost`
            and nothing behind it, unless the run is to stop.

        Raises
        ------
        Exception
            What a work raises, once all that came before it is yielded.
        WorkerDiedError
            If workers end again and again before they are given a work.
        """


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is as it is here wherever works are run.

    Attributes
    ----------
    folder : pathlib.Path
        A folder that is there; every worker must see what is written to it.
    samples : callable
        Returns files that every worker must see, too; asked once, and only if need be.
    libraries : tuple of str
        Distributions whose versions results depend on.
    memory : str
        What works may take of the memory of each machine, as in the job file.
    """

    folder: Path
    samples: Callable[[], Sequence[Path]]
    libraries: tuple[str, ...]
    memory: str


@runtime_checkable
class ManyMachines(Protocol):
    """What an `Engine` whose workers are on other machines can do beside."""

    def require(self, conditions: Conditions) -> None:
        """Say what has to be so, before works are run."""

    def n_workers(self) -> int:
        """Tell how many works can be run side by side, as it is now; at least 1."""
