"""A client of a dask cluster, for whoever names the cluster by its address."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batchquant.errors import ClusterError, UsageError
from batchquant.packages import how_to_install

if TYPE_CHECKING:
    from distributed import Client

ADDRESS = re.compile(r"^\w+://|^[^/\\]+:\d+$")


@contextmanager
def connected(where: str) -> Iterator["Client"]:
    """Connect to a scheduler, as TLS and timeouts are set up in dask's own configuration.

    Parameters
    ----------
    where : str
        Its address, or the scheduler file that it has written.

    Raises
    ------
    UsageError
        If dask is not installed, or there is no such file.
    ClusterError
        If no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            f"a cluster needs dask.distributed, which is not here ({error})."
            f" To install it: {how_to_install('distributed')}"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters we tell ourselves
    address = where if ADDRESS.search(where) else _address_in(Path(where))
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise ClusterError(
            f"{where}: no dask scheduler answers there: {why}. To start one: dask scheduler"
        ) from error
    with client:
        yield client


def _address_in(path: Path) -> str:
    """Read a scheduler file: dask itself would wait for it for ever."""
    try:
        address = json.loads(path.read_bytes())["address"]
    except FileNotFoundError as error:
        raise UsageError(
            f"{path}: no such file. Write an address, as tcp://HOST:8786, or the file that a"
            " scheduler wrote (dask scheduler --scheduler-file FILE)."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: cannot be read as a scheduler file: {error}.") from error
    return str(address)
