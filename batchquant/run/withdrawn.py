"""Files of pictures that are refused now: taken away, so that the tree is that of a fresh run."""

from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files import withdraw
from batchquant.files.outputs import digest_of_output
from batchquant.store import Ledger


def withdraw_refused(output: Path, ledger: Ledger) -> int:
    """Remove what was made of pictures that the limits of the job refuse now; return how much.

    Ours alone, and as it was written. What cannot be removed stays, and is tried again by the next
    run.
    """
    gone = []
    for file in ledger.refused_outputs():
        try:
            if digest_of_output(output, file.path) == file.digest:
                withdraw(output, file.path)
                gone.append(file.path)
        except FileNotFoundError:
            gone.append(file.path)
        except (OSError, StorageError):
            continue
    ledger.forget_outputs(gone)
    return len(gone)
