"""Holding signals back for a while."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back(*signums: signal.Signals) -> Iterator[None]:
    """Hold signals back until the block ends; processes started meanwhile never get them.

    Parameters
    ----------
    *signums : signal.Signals
        Which. What arrived in the block is delivered behind it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signums)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
