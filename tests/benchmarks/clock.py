"""How time is taken."""

import statistics
import time

FEW = 2  # iterations of the shorter run of a pair


def seconds(function):
    """Call a function; return how long it took, and its result."""
    begin = time.perf_counter()
    result = function()
    return time.perf_counter() - begin, result


def median_seconds(function, times=5):
    """Return the median time of several calls."""
    return statistics.median(seconds(function)[0] for _ in range(times))


def iteration_seconds(run, budget_s=15.0, most=50):
    """Return the seconds of one iteration of somebody else's K-Means.

    They are the difference between a run of few and a run of more iterations, so that what a peer
    does once per call is not held against it.
    """
    short_s, _ = seconds(lambda: run(FEW))
    more = max(3, min(most, int(budget_s * FEW / short_s)))
    short_s = min(short_s, seconds(lambda: run(FEW))[0])
    long_s, _ = seconds(lambda: run(FEW + more))
    return (long_s - short_s) / more
