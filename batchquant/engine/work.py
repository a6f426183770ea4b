"""What an engine needs to know of a step: what it takes, and how it is run."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a work may take."""

    seconds: float = math.inf
    is_of_processor: bool = False  # time that it waits for a processor does not count


class Work(Protocol):
    """A step as a worker gets it: pickled, and of a class that is importable by name."""

    @property
    def need_bytes(self) -> int:
        """Memory that it takes at its peak."""

    @property
    def limit(self) -> Limit:
        """How long it may take, from the moment that a worker has it."""

    @property
    def affinity(self) -> Hashable:
        """What works have alike of which one finds in its process what another left there.

        None of a work that finds nothing. An engine need not look at it: what a work does is the
        same in any process, only slower.
        """

    @staticmethod
    def load() -> None:
        """Import what `run` needs: a worker does it before the time of its first work counts."""

    @staticmethod
    def forget() -> None:
        """Let go of what works left for others in this process, which has nothing to do."""

    def run(self, give: Callable[[object], None]) -> object:
        """Do it, in a worker, and return its result, which is small, as are parts given before."""
