"""Which work goes well with those at work, in memory and otherwise. Pure: knows no worker."""

from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar


class Needs(Protocol):
    """A work, or what stands for one."""

    @property
    def need_bytes(self) -> int:
        """Memory that it takes at its peak."""

    @property
    def affinity(self) -> Hashable:
        """What works have alike of which one finds in its process what another left there."""


N = TypeVar("N", bound=Needs)


@dataclass(slots=True, eq=False)
class Share:
    """What a work at work takes of the budget."""

    need_bytes: int
    affinity: Hashable


class Budget:
    """What all works at work may take of memory together; one that needs more runs alone."""

    def __init__(self, limit_bytes: float) -> None:
        self._limit_bytes = limit_bytes
        # Added up as shares come and go: there may be a thousand of them.
        self._used_bytes = 0
        self._shares: set[Share] = set()
        self._ahead: set[Share] = set()  # of those that went ahead of one that still waits
        self._affinities = Counter[Hashable]()
        self._chose_ahead = False

    @property
    def is_unused(self) -> bool:
        """Whether nothing is at work."""
        return not self._shares

    def choose(self, waiting: Collection[N]) -> N | None:
        """Choose what of these, in this order, is begun now; None if that is nothing.

        What would find something in a process that is at work comes behind all others: that process
        may end before they do. So a file of which much is made is read once, unless others idle.

        Smaller works go ahead of a first one that does not fit, as long as it would still fit
        beside all that went ahead. So it begins at the latest when those before it have ended.
        """
        self._chose_ahead = False
        rest = chain(
            (work for work in waiting if work.affinity not in self._affinities),
            (work for work in waiting if work.affinity in self._affinities),
        )
        first = next(rest, None)
        if first is None:
            return None
        free = self._limit_bytes - self._used_bytes
        need_bytes = first.need_bytes
        if need_bytes <= free or self.is_unused:
            return first
        ahead = sum(share.need_bytes for share in self._ahead)
        room = min(free, self._limit_bytes - need_bytes - ahead)
        if room < 0:
            return None
        self._chose_ahead = True
        return next((work for work in rest if work.need_bytes <= room), None)

    def begin(self, work: Needs) -> Share:
        """Count what was chosen last as at work."""
        share = Share(work.need_bytes, work.affinity)
        if self._chose_ahead:
            self._ahead.add(share)
        else:
            self._ahead.clear()
        self._shares.add(share)
        self._used_bytes += share.need_bytes
        if share.affinity is not None:
            self._affinities[share.affinity] += 1
        return share

    def finish(self, share: Share) -> None:
        """Count it as at work no more."""
        if share not in self._shares:
            return
        self._shares.remove(share)
        self._ahead.discard(share)
        self._used_bytes -= share.need_bytes
        if share.affinity is not None:
            self._affinities[share.affinity] -= 1
            if not self._affinities[share.affinity]:
                del self._affinities[share.affinity]
