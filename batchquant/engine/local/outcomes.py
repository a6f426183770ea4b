"""What a worker process tells → what becomes of its work: the same words for all engines."""

from typing import TypeVar

from batchquant.engine.backlog import Attempt, Attempts
from batchquant.engine.local.serving import Gave, Returned
from batchquant.engine.local.workers import Died, Message, Overdue
from batchquant.engine.protocol import Done, Event, Lost, Part, PutBack
from batchquant.engine.work import Work

W = TypeVar("W", bound=Work)


def outcome_of(message: Message, begun: Attempt[W], attempts: Attempts[W]) -> Event[W] | None:
    """Count what a message tells of an attempt, and return what those are told who listen."""
    match message:
        case Gave(part):
            return Part(begun.work, part)
        case Returned(value):
            attempts.finish(begun)
            return Done(begun.work, value)
        case Overdue(how):
            attempts.finish(begun)
            return Lost(begun.work, f"timeout: {how}")
        case Died(how) if begun.is_second:
            attempts.finish(begun)
            return Lost(begun.work, f"worker_died: {how}, also when tried alone")
        case Died():
            attempts.put_back(begun)
            return PutBack(begun.work)
    return None
