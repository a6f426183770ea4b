"""Which work goes well with those at work, in memory and otherwise. Pure: knows no worker."""

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
    """What a work at work takes of the budget, and whether it went ahead of one that waits."""

    need_bytes: int
    is_ahead: bool
    affinity: Hashable = None


class Budget:
    """What all works at work may take of memory together; one that needs more runs alone."""

    def __init__(self, limit_bytes: float) -> None:
        self._limit_bytes = limit_bytes
        self._shares: set[Share] = set()
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
        at_work = {share.affinity for share in self._shares} - {None}
        rest = chain(
            (work for work in waiting if work.affinity not in at_work),
            (work for work in waiting if work.affinity in at_work),
        )
        first = next(rest, None)
        if first is None:
            return None
        free = self._limit_bytes - sum(share.need_bytes for share in self._shares)
        need_bytes = first.need_bytes
        if need_bytes <= free or self.is_unused:
            return first
        ahead = sum(share.need_bytes for share in self._shares if share.is_ahead)
        room = min(free, self._limit_bytes - need_bytes - ahead)
        if room < 0:
            return None
        self._chose_ahead = True
        return next((work for work in rest if work.need_bytes <= room), None)

    def begin(self, work: Needs) -> Share:
        """Count what was chosen last as at work."""
        if not self._chose_ahead:
            for share in self._shares:
                share.is_ahead = False
        share = Share(work.need_bytes, self._chose_ahead, work.affinity)
        self._shares.add(share)
        return share

    def finish(self, share: Share) -> None:
        """Count it as at work no more."""
        self._shares.discard(share)
