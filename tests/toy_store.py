"""A store whose ledgers are databases in memory, for as long as it is kept."""

import sqlite3
from contextlib import closing

from batchquant.store import Ledger


class ToyStore:
    """Keeps a connection to each, so that it outlives those who open it."""

    def __init__(self):
        self._kept = {}

    def exists(self, output):
        return output in self._kept

    def open(self, output):
        if output not in self._kept:
            self._kept[output] = self._connect(output)
        return Ledger.on(self._connect(output), f"ledger of {output}", may_write=True)

    def look(self, output):
        copy = sqlite3.connect(":memory:")
        if output in self._kept:
            with closing(self._connect(output)) as connection:
                connection.backup(copy)
        return Ledger.on(copy, f"ledger of {output}", may_write=False)

    def _connect(self, output):
        name = f"file:{id(self)}-{output.as_posix().encode().hex()}?mode=memory&cache=shared"
        return sqlite3.connect(name, uri=True)
