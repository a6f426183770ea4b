"""System programs that tests look at outputs with, or make mishaps with."""

import os
import shutil
from pathlib import Path

import pytest

REQUIRE = "BATCHQUANT_REQUIRE_PROGRAMS"


def need(program, package, kind="system package"):
    """The path of a program, or of a file; the test skips where it is missing.

    It fails instead if `REQUIRE` is set.
    """
    path = shutil.which(program)
    if program.startswith("/") and Path(program).is_file():
        path = program
    if path is None:
        told = f"{program} is missing: install the {kind} {package}"
        (pytest.fail if os.environ.get(REQUIRE) else pytest.skip)(told)
    return path
