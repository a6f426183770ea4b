"""Packages that are not everybody's, and how somebody who needs one gets it."""

import sys
from pathlib import Path

OF_PIPX = "pipx_metadata.json"  # lies in each environment that pipx made, wherever those are


def how_to_install(package: str) -> str:
    """Say the command that installs a package beside batchquant.

    An environment of pipx has no pip on anybody's path: what `pip install` finds is another's. The
    package itself is named, and no extra: batchquant is not on PyPI.
    """
    if Path(sys.prefix, OF_PIPX).is_file():
        return f"pipx inject {Path(sys.prefix).name} {package}"
    return f"pip install {package}"
