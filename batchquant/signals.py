"""What to do about signals while something must not be torn apart."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self


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


class Stop:
    """A wish to come to an end, made by the first signal in a block, or by `wish`.

    The second signal goes to the handler that was there before.

    Parameters
    ----------
    *signums : signal.Signals
        Which signals are a wish; without any there is none.

    Attributes
    ----------
    signum : int or None
        The signal that came.
    """

    def __init__(self, *signums: signal.Signals) -> None:
        self.signum: int | None = None
        self._is_wanted = False
        self._signums = signums
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {signum: signal.signal(signum, self._hear) for signum in self._signums}
        return self

    def __exit__(self, *error: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def is_wanted(self) -> bool:
        """Tell whether the wish was made."""
        return self._is_wanted

    def wish(self) -> None:
        """Make the wish without a signal."""
        self._is_wanted = True

    def _hear(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None:
            signal.signal(signum, self._before[signal.Signals(signum)])
            signal.raise_signal(signum)
        self.signum = signum
        self.wish()
