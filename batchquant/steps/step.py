"""What all kinds of tasks have alike; loads nothing, so that processes can be started early."""

from collections.abc import Hashable
from functools import cache
from typing import Protocol

from batchquant.engine.work import Limit
from batchquant.steps.effort import limit_of


class Sized(Protocol):
    """A task whose time goes by its pixels, and by how often they are worked through."""

    @property
    def timeout(self) -> float | str:
        """As in the job file."""

    @property
    def pixels(self) -> int:
        """Of the picture."""

    @property
    def n_steps(self) -> int:
        """How often they are worked through."""


class OfFile(Protocol):
    """A task over a file."""

    @property
    def source(self) -> str:
        """Its place."""


class Writing(Protocol):
    """A task whose files have kinds and paths."""

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Kind and path of each, relative to the output folder."""


@cache
def load_steps() -> None:
    """Import what steps need, and load what all of them need of what is compiled."""
    # Late: these load numba, which nobody waits for where nothing is to be made; and who only names
    # this class need not load anything.
    from batchquant.formats.registry import formats
    from batchquant.quantization import load_kernels
    from batchquant.steps import book, overview, variants  # noqa: F401

    formats()
    load_kernels()


class Step:
    """What all kinds of tasks have alike."""

    __slots__ = ()

    @staticmethod
    def load() -> None:
        """Import what all kinds need, extensions too: a worker gets one after the other."""
        load_steps()

    @staticmethod
    def forget() -> None:
        """Let go of what steps left in this process for others."""
        from batchquant.steps.workplace import HERE

        HERE.forget()

    @property
    def limit(self: Sized) -> Limit:
        """How long it may take."""
        return limit_of(self.timeout, self.pixels, self.n_steps)

    @property
    def affinity(self: OfFile) -> Hashable:
        """Whose process has something that it wants: that of its file."""
        return self.source

    @property
    def places(self: Writing) -> tuple[str, ...]:
        """The paths of its files, relative to the output folder."""
        return tuple(path for _, path in self.files)
