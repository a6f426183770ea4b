"""Mishaps on order, for tests of what a run makes of them; without an order this does nothing."""

import json
import os
import resource
import signal
import time

ORDER = "BATCHQUANT_TEST_FAULTS"
"""Environment variable: JSON that maps names of source files to mishaps, ``{"a.png": "kill"}``."""


def meet_fault(name: str) -> None:
    """Meet the mishap that is ordered for a source file, if one is.

    Parameters
    ----------
    name : str
        The file's name, without folders; or what is made of it, ``overview of a.png`` or
        ``k=5 of a.png``.
    """
    if ORDER not in os.environ:
        return
    match json.loads(os.environ[ORDER]).get(name):
        case "kill":  # as the system does when memory runs out
            os.kill(os.getpid(), signal.SIGKILL)
        case "crash":  # as a decoder with a bug does
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":  # as in a C library: no signal is heard
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            time.sleep(3600)
        case "spin":  # as a decoder does that comes to no end
            while True:
                pass
        case "hog":  # until a limit ends it; a machine without one is to survive, too
            hoard = [bytearray(b"x") * (1 << 26) for _ in range(8)]
            raise MemoryError(f"after {len(hoard)} pieces")
        case "raise":
            raise RuntimeError("a fault on order")
        case "full":  # no file can grow from here on: EFBIG
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
