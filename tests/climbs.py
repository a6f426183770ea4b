"""``python -m climbs``: which calls of `batchquant run` climb from a room to a higher one.

The parent process of a run over the demo's pictures is followed through its calls. No room imports
a higher one, so what climbs is what was handed down. An older checkout is measured by the order of
its own `tests/test_architecture.py`: from its folder, ``PYTHONPATH=.:OURS/tests python -m climbs``.
"""

import importlib.util
import sys
import tempfile
from collections import Counter
from contextlib import chdir, suppress
from pathlib import Path
from typing import NamedTuple

import click

import batchquant

JOB = "inputs: photos\nk: [2, 7]\ninit: [random, in_pixel]\nformats: [png, pdf]\n"


class Place(NamedTuple):
    """A function of the package."""

    room: str
    name: str


def climbs_of_a_run():
    """Run a job over the demo's pictures; return how often each caller climbed to each callee."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("jobs.yaml").write_text(JOB)
        command("demo", "photos")
        return climbs_of("run", "jobs.yaml")


def climbs_of(*arguments):
    level, counts = levels(), Counter()

    def follow(frame, event, _):
        callee = place(frame) if event == "call" else None
        caller = place_of_caller(frame) if callee else None
        if caller and level[caller.room] < level[callee.room]:
            counts[caller, callee] += 1

    sys.setprofile(follow)
    try:
        command(*arguments)
    finally:
        sys.setprofile(None)
    return counts


def levels():
    """How high each room lies, by the test that reads the imports."""
    path = Path(batchquant.__file__).parents[1] / "tests" / "test_architecture.py"
    spec = importlib.util.spec_from_file_location("architecture", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.LEVEL


def place(frame):
    """What a frame runs; None outside of the rooms."""
    top, _, module = frame.f_globals.get("__name__", "").partition(".")
    if top != "batchquant" or module in {"", "__main__"}:
        return None
    return Place(module.partition(".")[0], f"{module}.{frame.f_code.co_qualname}")


def place_of_caller(frame):
    """Who of the package called, though a library may have handed the call on."""
    while frame := frame.f_back:
        if found := place(frame):
            return found
    return None


def command(*arguments):
    """Run the command in this process; only its workers are others."""
    from batchquant.cli.main import main

    sys.argv = ["batchquant", *arguments]
    with suppress(SystemExit):
        main()


if __name__ == "__main__":
    climbs = climbs_of_a_run()
    pairs = {(caller.room, callee.room) for caller, callee in climbs}
    for (caller, callee), count in sorted(climbs.items()):
        click.echo(f"{count:7,} {caller.name} -> {callee.name}")
    click.echo(f"{len(climbs)} places, {len(pairs)} pairs of rooms, {climbs.total():,} calls")
