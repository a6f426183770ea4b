"""Ledgers of shards: each in a folder of its own, written by one process on one machine."""

import os
import shlex
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Literal, Self

from batchquant.errors import StorageError, UsageError
from batchquant.files import sync_folders
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import open_regular, read_regular
from batchquant.plan.shard import Shard, list_shards
from batchquant.store.ledger import Ledger
from batchquant.store.opening import told_of
from batchquant.store.store import IN_RUN_FOLDER, Store

LEDGER = "ledger.sqlite"
HEADER = b"SQLite format 3\0"  # of an SQLite file
STAMP = slice(68, 72)  # of it: its application id, which is ours to choose


class Gathering(sqlite3.Connection):
    """Commits when it is told to, and when it is closed, and not whenever something is written.

    Without a log a commit waits three times for the disk: 14 ms on a busy one, where 0.03 ms are
    enough with a log. `Ledger.sync` tells it to, ten times a second and before a worker gets
    anything: a kill costs what was made since, and nothing is taken for a stranger's.
    """

    gathers = False

    def __enter__(self) -> Self:
        if not self.gathers:
            return super().__enter__()
        if not self.in_transaction:
            self.execute("BEGIN")
        self.execute("SAVEPOINT block")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        if not self.gathers:
            return super().__exit__(kind, error, traceback)
        if error is not None and self.in_transaction:  # a full disk has ended it
            self.execute("ROLLBACK TO block")
        if self.in_transaction:
            self.execute("RELEASE block")
        return False

    def close(self) -> None:
        """Commit what was gathered, and let go of the database."""
        try:
            self.commit()
        finally:
            super().close()


@dataclass(frozen=True)
class ShardFolder:
    """Keeps the ledger of a shard as a file of SQLite in a folder of its own below ``_run``.

    No shared memory and no log beside it, so that a network file system holds it; nothing of it is
    read while it is written, nor by two processes.

    Where it is missing, or was merged, it begins with what `base` knows of the shard's pictures.
    """

    shard: Shard
    base: Store = IN_RUN_FOLDER

    def exists(self, output: Path) -> bool:
        """Tell whether something is known."""
        return self.shard in unmerged_in(output, self.base) or self.base.exists(output)

    def open(self, output: Path) -> Ledger:
        """Open it to write, as it was, or from what is merged."""
        path = path_of(output, self.shard)
        if self.shard not in unmerged_in(output, self.base):
            self._begin(output, path)
        connection = _connect(path)
        with told_of(path, "cannot be written"):
            _stamp_anew(connection)
        ledger = Ledger.on(connection, path, may_write=True)
        connection.gathers = True
        return ledger

    def look(self, output: Path) -> Ledger:
        """Look at what `open` would give; nobody may be writing to it."""
        if self.shard in unmerged_in(output, self.base):
            return look_at_shard(output, self.shard)
        return self.base.look(output)

    def leave(self, output: Path) -> None:
        """Note that what was merged so far, if anything, is not all: to be called at the end.

        Nobody should have merged a shard that is at work, but where another machine's locks are
        not seen nothing keeps it from that.
        """
        path = path_of(output, self.shard)
        with suppress(StorageError), told_of(path, "cannot be written"):
            if path.exists():
                with closing(_connect(path)) as connection:
                    _stamp_anew(connection)

    def _begin(self, output: Path, path: Path) -> None:
        """Make it anew: whole or not at all."""
        new = path.with_name(f"{LEDGER}.new")
        with told_of(path, "cannot be made"):
            path.parent.mkdir(parents=True, exist_ok=True)
            for gone in (_journal_of(new), new, _journal_of(path), path):
                gone.unlink(missing_ok=True)
        with (
            self.base.look(output) as known,
            Ledger.on(_connect(new), new, may_write=True) as ledger,
        ):
            ledger.take_base(known, self.shard)
        with told_of(path, "cannot be made"):
            new.rename(path)
        sync_folders([path.parent])


def path_of(output: Path, shard: Shard) -> Path:
    """Return where the ledger of a shard lies."""
    return output / RUN_FOLDER / shard.name / LEDGER


def shards_in(output: Path) -> list[Shard]:
    """Return the shards that have a ledger in an output folder, in their order."""
    folder = output / RUN_FOLDER
    with told_of(folder, "cannot be listed"):
        names = [entry.name for entry in os.scandir(folder)] if folder.is_dir() else []
    found = [shard for name in names if (shard := Shard.named(name))]
    there = [shard for shard in found if os.path.lexists(path_of(output, shard))]
    return sorted(there, key=lambda shard: (shard.n_shards, shard.number))


def unmerged_in(output: Path, store: Store = IN_RUN_FOLDER) -> list[Shard]:
    """Return the shards of which something may not be in the ledger of an output folder yet."""
    shards = shards_in(output)
    if not shards:
        return []
    with store.look(output) as ledger:
        merged = ledger.merged_shards()
    return [shard for shard in shards if merged.get(shard.name) != stamp_of(output, shard)]


def expect_merged(output: Path, store: Store = IN_RUN_FOLDER) -> None:
    """Raise UsageError if something that shards have made is not in the ledger yet."""
    if unmerged := unmerged_in(output, store):
        raise UsageError(f"{output}: {tell_unmerged(unmerged, output)}")


def tell_unmerged(shards: list[Shard], output: Path) -> str:
    """Say which shards are to be merged, and how."""
    noun = "shard" if len(shards) == 1 else "shards"
    return (
        f"found what {noun} {list_shards(shards)} made, and is not merged. Once nothing of it is"
        f" going on: batchquant merge {shlex.quote(str(output))}"
    )


def stamp_of(output: Path, shard: Shard) -> str:
    """Return what tells the ledger of a shard, as it was left, from what it was or will be."""
    path = path_of(output, shard)
    with told_of(path, "cannot be read"):
        return read_regular(path, STAMP.stop)[STAMP].hex()


def look_at_shard(output: Path, shard: Shard) -> Ledger:
    """Look at the ledger of a shard, of a copy where a kill has left it in the middle of a change.

    Nothing of it is changed, and nobody is disturbed who may be writing to it on another machine.
    Raises StorageError.
    """
    path = path_of(output, shard)
    with told_of(path, "cannot be read"):
        if read_regular(path, len(HEADER)) != HEADER:  # an empty one would say: nothing is made
            raise sqlite3.DatabaseError("file is not a database")
    if not os.path.lexists(_journal_of(path)):
        return Ledger.look(path)
    with TemporaryDirectory(prefix="batchquant-") as folder, told_of(path, "cannot be read"):
        copy = Path(folder) / LEDGER
        for original, name in ((path, copy), (_journal_of(path), _journal_of(copy))):
            with open_regular(original) as source, name.open("wb") as target:
                shutil.copyfileobj(source, target)
        # SQLite sets it right now; later it reads what has no name any more.
        return Ledger.on(sqlite3.connect(copy), path, may_write=False)


def _connect(path: Path) -> Gathering:
    """Connect to a file that one process alone has, and to nothing beside it."""
    with told_of(path, "cannot be opened"):
        connection = sqlite3.connect(path, factory=Gathering)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


def _stamp_anew(connection: sqlite3.Connection) -> None:
    number = int.from_bytes(os.urandom(4), signed=True)
    connection.execute(f"PRAGMA application_id = {number}")


def _journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")
