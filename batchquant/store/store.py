"""Where the ledger of an output folder lies, and how it is opened."""

from pathlib import Path
from typing import Protocol

from batchquant.errors import NoRunError
from batchquant.files.layout import LEDGER
from batchquant.store.ledger import Ledger
from batchquant.store.opening import told_of


class Store(Protocol):
    """Opens ledgers; each is a context manager, and closed by who asked for it."""

    def exists(self, output: Path) -> bool:
        """Tell whether there is a ledger of an output folder; raises StorageError."""

    def open(self, output: Path) -> Ledger:
        """Open it to write, and make it where it is missing; raises StorageError.

        One process writes, in one thread: `batchquant.run.lock` sees to it.
        """

    def look(self, output: Path) -> Ledger:
        """Open it to read, in any thread, while others write; raises StorageError.

        Creates nothing; of a missing one nothing is known.
        """


class RunFolder:
    """Keeps ledgers as files of SQLite in the output folders themselves."""

    def exists(self, output: Path) -> bool:
        """Tell whether the file is there."""
        path = output / LEDGER
        with told_of(path, "cannot be opened"):
            return path.exists()

    def open(self, output: Path) -> Ledger:
        """Open the file, and make it and its folder where they are missing."""
        return Ledger(output / LEDGER)

    def look(self, output: Path) -> Ledger:
        """Open the file as `Ledger.look` does."""
        return Ledger.look(output / LEDGER)


IN_RUN_FOLDER: Store = RunFolder()


def expect_ledger(store: Store, output: Path) -> None:
    """Raise NoRunError if nothing has run into an output folder."""
    if not store.exists(output):
        raise NoRunError(output)
