"""Packages that are not everybody's, and how somebody who needs one gets it."""

import sys
from pathlib import Path

EXTRAS = {
    "distributed": "cluster",
    "obstore": "s3",
    "pandas": "pandas",
    "pyarrow": "parquet",
    "rawpy": "raw",
}
"""Package → the extra of batchquant that brings it, in a version that was tried."""
OF_PIPX = "pipx_metadata.json"  # lies in each environment that pipx made, wherever those are


def how_to_install(package: str) -> str:
    """Say the command that installs a package beside batchquant.

    An environment of pipx has no pip on anybody's path: what `pip install` finds is another's.
    """
    if Path(sys.prefix, OF_PIPX).is_file():
        return f"pipx inject {Path(sys.prefix).name} {package}"
    extra = EXTRAS.get(package)
    return f"pip install 'batchquant[{extra}]'" if extra else f"pip install {package}"
