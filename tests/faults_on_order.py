"""Mishaps on order: an extension of batchquant, which workers load as they load any other.

`builders.install_extension` puts a copy of this file where a process under test finds it.
"""

import json
import os
import resource
import signal
import time
from pathlib import PurePath

from batchquant.steps import overview, variants, workplace
from batchquant.steps.histogram import HistogramTask
from batchquant.steps.shared_palette import SharedPaletteTask

ORDER = "BATCHQUANT_TEST_FAULTS"  # JSON: {"a.png": "kill", "k=5 of a.png": "raise"}


class Faults:
    """What the entry point names; loading it is all that is needed."""


def meet_fault(name):
    match json.loads(os.environ.get(ORDER, "{}")).get(name):
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


def before(owner, function, name_of):
    """Let a fault be met before a function of a step: of the name told by its arguments."""
    original = getattr(owner, function)

    def replacement(*arguments):
        meet_fault(name_of(*arguments))
        return original(*arguments)

    setattr(owner, function, replacement)


class Reading:
    """What variants find in their process; a fault is met before they read their source."""

    def read(self, place, **options):
        meet_fault(PurePath(place).name)
        return workplace.HERE.read(place, **options)

    def __getattr__(self, name):
        return getattr(workplace.HERE, name)


variants.HERE = Reading()
before(
    variants,
    "_make",
    lambda task, variant, *_: f"k={variant.k} of {PurePath(task.source).name}",
)
before(overview, "_draw", lambda task: f"overview of {PurePath(task.source).name}")
before(HistogramTask, "_count", lambda task: f"colors of {PurePath(task.source).name}")
before(SharedPaletteTask, "_find", lambda task: f"palette of {task.title}")
