"""Deadlines that a busy machine does not break, and a hang does not keep.

A promise of five seconds is one of a machine with a core for each process that wants one. Where
twenty want each core all takes twenty times as long, so a promise lasts so much longer; and where
the scheduler favors others, which share a core by sessions, it does not count what the processes of
a test have waited for a core.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

LOOK_S = 0.2  # how often a promise looks at clock and machine
AGAIN_S = 5.0  # between stderr: the first may come where nobody hears it, and clearing up takes
FOREVER_S = 24 * 3600.0  # for what shall hang: longer than any promise lasts

_promises = []


def slowness():
    """How many processes want each core at this moment; at least 1.

    Times a limit that is given to what is tested, so that healthy work can keep it.
    """
    if sys.platform == "linux":  # the load average lags behind by a minute
        running, _, _ = Path("/proc/loadavg").read_text().split()[3].partition("/")
        return max(1.0, int(running) / len(os.sched_getaffinity(0)))
    return max(1.0, os.getloadavg()[0] / os.cpu_count())


@contextmanager
def promised(seconds):
    """Fail a block that takes longer, times what the machine is slower while it waits.

    It also ends what hangs: a look comes by signal, in whatever the main thread waits for.
    """
    promise = _Promise(seconds)
    _promises.append(promise)
    before = signal.signal(signal.SIGALRM, _look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)
    try:
        yield
        promise.check()
    finally:
        _promises.remove(promise)
        if not _promises:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _Promise:
    def __init__(self, seconds):
        self._told = f"not done within {seconds} s on a quiet machine"
        self._left_s, self._looked, self._shares = seconds, time.monotonic(), _shares()
        self._complain_below_s = 0.0

    def check(self):
        self._count()
        if self._left_s < 0:
            raise AssertionError(self._told)

    def look(self):
        self._count()
        if self._left_s < self._complain_below_s:
            self._complain_below_s = self._left_s - AGAIN_S
            raise AssertionError(self._told)

    def _count(self):
        now, shares = time.monotonic(), _shares()
        elapsed_s = now - self._looked
        ran_s, waited_s = (
            sum(share[i] - self._shares.get(pid, (0, 0))[i] for pid, share in shares.items()) / 1e9
            for i in (0, 1)
        )
        # Several may wait at once, so that what they had together is more than what passed.
        had_s = max(elapsed_s - waited_s, elapsed_s * ran_s / ((ran_s + waited_s) or 1.0))
        self._left_s -= min(elapsed_s / slowness(), had_s)
        self._looked, self._shares = now, shares


def _shares():
    """Nanoseconds on a core and waiting for one, of this process and all that it has started."""
    shares, pids = {}, [os.getpid()] if sys.platform == "linux" else []
    while pids:
        process = Path("/proc", str(pids.pop()))
        with suppress(OSError):  # it has just ended
            ran, waited, _ = (process / "schedstat").read_text().split()
            shares[process.name] = int(ran), int(waited)
            pids += (process / "task" / process.name / "children").read_text().split()
    return shares


def _look(signum, frame):
    for promise in tuple(_promises):
        promise.look()
