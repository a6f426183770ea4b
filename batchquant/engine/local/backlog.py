"""Which item is begun next, within a budget of memory. Pure: knows no process and no clock."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True, eq=False)
class Entry(Generic[Item]):
    """An item on its way; two entries of equal items are two.

    Attributes
    ----------
    item : object
        What the function is called with.
    need_bytes : int
        Memory that it takes at its peak.
    is_suspect : bool
        Whether a process has died of it, or beside it, before.
    """

    item: Item
    need_bytes: int
    is_suspect: bool = False


class Backlog(Generic[Item]):
    """Items that are not finished.

    An item is waiting, then at work, then finished. One whose process died becomes a suspect: it
    waits until nothing else is left, and then has a second try, alone.

    Parameters
    ----------
    items : iterable
        Begun in this order, as far as memory allows.
    need_bytes : callable
        Memory that an item takes at its peak.
    budget_bytes : float
        What all at work may take together. An item that needs more runs alone.
    """

    def __init__(
        self, items: Iterable[Item], need_bytes: Callable[[Item], int], budget_bytes: float
    ) -> None:
        self._waiting = deque(Entry(item, need_bytes(item)) for item in items)
        self._need_bytes = need_bytes
        self._suspects: deque[Entry[Item]] = deque()
        self._at_work: set[Entry[Item]] = set()
        self._overtakers: set[Entry[Item]] = set()  # those at work that the first waiting lets by
        self._budget_bytes = budget_bytes
        self._is_closed = False

    def __len__(self) -> int:
        """Count what is not finished."""
        return len(self._waiting) + len(self._suspects) + len(self._at_work)

    def put_first(self, items: Iterable[Item]) -> None:
        """Let items be the next to begin, unless nothing more is begun."""
        if not self._is_closed:
            self._waiting.extendleft(Entry(item, self._need_bytes(item)) for item in items)

    def take(self) -> Entry[Item] | None:
        """Choose what is begun now, and count it as at work.

        Returns
        -------
        Entry or None
            None: nothing is waiting, or nothing fits beside what is at work.

        Notes
        -----
        Smaller items overtake a first one that does not fit, as long as it would still fit beside
        all that overtook it. So it starts at the latest when those before it have ended.
        """
        if not self._waiting:
            is_alone = not self._at_work
            return self._begin(self._suspects.popleft()) if self._suspects and is_alone else None
        first = self._waiting[0]
        free = self._budget_bytes - _sum_bytes(self._at_work)
        if first.need_bytes <= free or not self._at_work:
            self._overtakers.clear()
            return self._begin(self._waiting.popleft())
        beside_first = self._budget_bytes - first.need_bytes - _sum_bytes(self._overtakers)
        room = min(free, beside_first)
        overtaker = next((entry for entry in self._waiting if entry.need_bytes <= room), None)
        if overtaker is None:
            return None
        self._waiting.remove(overtaker)
        self._overtakers.add(overtaker)
        return self._begin(overtaker)

    def finish(self, entry: Entry[Item]) -> None:
        """Count an item that was at work as finished."""
        self._at_work.discard(entry)
        self._overtakers.discard(entry)

    def suspect(self, entry: Entry[Item]) -> None:
        """Put an item that was at work back, for a second try."""
        self.finish(entry)
        entry.is_suspect = True
        if not self._is_closed:
            self._suspects.append(entry)

    def close(self) -> None:
        """Forget what is not at work; nothing more is begun."""
        self._is_closed = True
        self._waiting.clear()
        self._suspects.clear()

    def _begin(self, entry: Entry[Item]) -> Entry[Item]:
        self._at_work.add(entry)
        return entry


def _sum_bytes(entries: Iterable[Entry[Item]]) -> int:
    return sum(entry.need_bytes for entry in entries)
