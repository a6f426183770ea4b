"""What to do about signals while something must not be torn apart."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a run in order: Ctrl-C, what ends a service, and a terminal that closes."""


@contextmanager
def held_back(*signums: signal.Signals) -> Iterator[None]:
    """Hold signals back until the block ends; processes started meanwhile never get them.

    Blocking is for one thread and for its children: the system gives the signal to another thread,
    and Python calls the handler in the main one all the same. So there the handler waits, too.
    """
    arrived: dict[int, None] = {}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signums)
    handlers: dict[signal.Signals, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for signum in signums:
                handler = signal.getsignal(signum)
                if handler not in (None, signal.SIG_IGN):  # what is ignored stays so in children
                    handlers[signum] = handler
                    signal.signal(signum, lambda signum, frame: arrived.setdefault(signum))
        yield
    finally:
        # The mask first: what the system has kept arrives here, while nothing can raise yet.
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
        for number in arrived:
            signal.raise_signal(number)


class Stop:
    """A wish to come to an end, made by the first signal in a block, or by `wish`.

    The second signal goes to the handler that was there before, but for SIGHUP: both the shell and
    the system tell of a terminal that closes, and nobody is impatient. Signals that are ignored
    stay so, as SIGHUP is under ``nohup``. `signum` is the signal that came.
    """

    def __init__(self, *signums: signal.Signals) -> None:
        self.signum: int | None = None
        self._is_wanted = False
        self._signums = signums
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {
            signum: signal.signal(signum, self._hear)
            for signum in self._signums
            if signal.getsignal(signum) != signal.SIG_IGN
        }
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
        if self.signum is None:
            self.signum = signum
            self.wish()
        elif signum != signal.SIGHUP:
            signal.signal(signum, self._before[signal.Signals(signum)])
            signal.raise_signal(signum)
