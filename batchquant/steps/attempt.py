"""Making files beside variants: what is wrong costs these files, and not the night."""

import time
from collections.abc import Callable

from batchquant.errors import StorageError
from batchquant.steps.files import seconds_since
from batchquant.steps.result import DrawnKey, OverviewResult, Written
from batchquant.steps.stderr import CaughtStderr
from batchquant.steps.stopping import StopWantedError, reason_of


def attempt(key: DrawnKey, make: Callable[[dict[str, Written]], None]) -> OverviewResult:
    """Let files be made and noted by kind, in a worker; return what became of them.

    Raises StorageError, which is no fault of what they are made of.
    """
    begin = time.perf_counter()
    files: dict[str, Written] = {}
    stderr = CaughtStderr()
    try:
        with stderr.caught():
            make(files)
    except StorageError:
        raise
    except StopWantedError:
        return OverviewResult(key, {})
    except Exception as error:
        return OverviewResult(key, files, reason_of(error, stderr.text))
    return OverviewResult(key, files, elapsed_s=seconds_since(begin))
