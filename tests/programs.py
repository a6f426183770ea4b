"""System programs that tests look at outputs with, or make mishaps with."""

import os
import shutil

import pytest

REQUIRE = "BATCHQUANT_REQUIRE_PROGRAMS"


def need(program, package):
    """The path of a program; the test skips where it is missing, or fails if `REQUIRE` is set."""
    path = shutil.which(program)
    if path is None:
        told = f"{program} is missing: install the system package {package}"
        (pytest.fail if os.environ.get(REQUIRE) else pytest.skip)(told)
    return path
