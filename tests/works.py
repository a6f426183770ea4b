"""Works for engines to run, and what becomes of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from batchquant.engine.protocol import Began, Done, Lost
from batchquant.engine.work import Limit


@dataclass(frozen=True)
class Call:
    """Calls a function that is importable by name, with an item."""

    function: Callable[..., Any]
    item: Any
    need_bytes: int = 0
    limit: Limit = field(default_factory=Limit)
    in_parts: bool = False
    affinity: Any = None

    @staticmethod
    def load():
        pass

    @staticmethod
    def forget():
        pass

    def run(self, give):
        return self.function(self.item, give) if self.in_parts else self.function(self.item)


def calls(function, items, **options):
    return [Call(function, item, **options) for item in items]


def begun_in(events):
    """The items that were begun, in order."""
    return [event.work.item for event in events if isinstance(event, Began)]


def divided(events):
    """Values, in the order they came, and the reasons of what is lost, by item."""
    events = list(events)
    lost = [event for event in events if isinstance(event, Lost)]
    assert len({event.work for event in lost}) == len(lost)
    values = [event.value for event in events if isinstance(event, Done)]
    return values, {event.work.item: event.reason for event in lost}
