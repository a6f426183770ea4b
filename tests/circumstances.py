"""What a test needs of the machine that it runs on."""

import os
import subprocess
import sys

import pytest
from programs import need

STRESS = bool(os.environ.get("BATCHQUANT_STRESS"))  # the long forms: make stress
LONG = STRESS or bool(os.environ.get("BATCHQUANT_LONG"))  # the same for all: make long
NOBODY = 12345  # the number of a user without name and home
long_form = pytest.mark.skipif(not LONG, reason="takes long, and another test is near: make long")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def becoming_nobody():
    """What stands before a command to run it as a user who may read everything, and write nothing.

    The test skips where that is not allowed.
    """
    become = [need("setpriv", package="util-linux"), f"--reuid={NOBODY}", f"--regid={NOBODY}"]
    # The interpreter may lie in root's home, which others may not look into.
    become += [
        "--clear-groups",
        *(f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")),
    ]
    if subprocess.run([*become, "true"], capture_output=True, check=False).returncode:
        pytest.skip("becoming another user is not allowed here")
    return become
