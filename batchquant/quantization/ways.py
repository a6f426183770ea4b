"""How many ways there are to choose a few of some."""

from math import comb

MAX_TRIED = 10_000


def n_ways(n: int, k: int, n_fixed: int = 0) -> int:
    """Return how many ways there are to choose k of n, some of which are chosen in any case."""
    return comb(n - n_fixed, k - n_fixed)
