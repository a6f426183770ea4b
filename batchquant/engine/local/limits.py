"""How the time of a work is measured, and what is done when it is over.

On a busy machine a process mostly waits for its turn, so its processor time is limited where that
is wanted. A timer inside the process counts it. What hangs uses none: therefore the parent looks
at the time that has gone by, less what the process spent waiting for a processor.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchquant.engine.work import Limit

PROC = Path("/proc")
MAX_TIMER_S = 1e9  # 30 years; setitimer overflows at ten times as much
SLACK_S = 1.0  # beyond the limit the parent waits, so that the timer comes first
FACTOR = 10.0  # where nobody tells how long a process waited


@contextmanager
def timer(limit: Limit) -> Iterator[None]:
    """End this process by SIGPROF, should it use more processor time in the block.

    It works while a C library computes, too. Unlike RLIMIT_CPU, whose SIGXCPU would do the same,
    it leaves no core file, does not round to seconds, and knows no hard limit.
    """
    if limit.is_of_processor:
        signal.setitimer(signal.ITIMER_PROF, min(limit.seconds, MAX_TIMER_S))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class Watch:
    """Looks at a process from outside, from the beginning of a work on, by seconds of any clock."""

    def __init__(self, limit: Limit, pid: int | None, now: float) -> None:
        self._limit, self._pid, self._begin = limit, pid, now
        self._waited_s = _waited_s(pid) if limit.is_of_processor else None

    def told_by_timer(self, signum: int) -> str | None:
        """Say what was not kept, if the process was ended by `timer` with that signal."""
        if signum == signal.SIGPROF and self._limit.is_of_processor:
            return f"not done within {self._limit.seconds:g} s of processor time"
        return None

    def told_if_over(self, now: float) -> str | None:
        """Say what was not kept, if the time is over."""
        limit_s, elapsed_s = self._limit.seconds, now - self._begin
        if elapsed_s <= limit_s:
            return None
        if not self._limit.is_of_processor:
            return f"not done within {limit_s:g} s"
        waited_s = _waited_s(self._pid)
        if waited_s is None or self._waited_s is None:
            limit_s *= FACTOR
            return f"not done within {limit_s:g} s" if elapsed_s > limit_s else None
        if elapsed_s - (waited_s - self._waited_s) <= limit_s + SLACK_S:
            return None
        return f"not done within {limit_s:g} s, without the time it waited for a processor"


def _waited_s(pid: int | None) -> float | None:
    """Return how long a process was ready to run, and did not; None where nobody tells."""
    try:  # time on a processor and waiting for one, in nanoseconds, and turns
        ran, waited, _ = (PROC / str(pid) / "schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):  # no Linux, or one without statistics
        return None
    return int(waited) / 1e9 if ran != "0" else None  # "0 0 0" where they are switched off
