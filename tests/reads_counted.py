"""Notes what worker processes read and decode: an extension of batchquant, as `faults_on_order`."""

import os
from pathlib import Path

from batchquant.steps import overview, variants, workplace

ORDER = "BATCHQUANT_TEST_READS"  # a folder for notes; with "alone:" before it nothing is kept


class Reads:
    """What the entry point names; loading it is all that is needed."""


def note(module, function):
    original = getattr(module, function)

    def replacement(*arguments):
        with (folder / f"{function}-{os.getpid()}").open("a") as stream:
            stream.write("x")
        return original(*arguments)

    setattr(module, function, replacement)


mode, _, name = os.environ.get(ORDER, "").rpartition(":")
if name:
    folder = Path(name)
    note(workplace, "read_source")
    note(variants, "decode")
    note(overview, "decode")
    if mode == "alone":
        workplace.Workplace.keep_decoded = lambda *_: None
        workplace.Workplace.keep_looks = lambda *_: None
        workplace.Workplace.keep_made = lambda *_: None
        workplace.Workplace.read = lambda self, place, **_: workplace.read_source(place)
