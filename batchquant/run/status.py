"""How a run gets on, or how the last one ended, seen from another process."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from batchquant.errors import NoRunError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import open_regular
from batchquant.plan.shard import Shard
from batchquant.report.last_run import LastRun, read_last_run
from batchquant.report.summary import Summary, summarize
from batchquant.run.lock import holder_of, last_holder_of
from batchquant.run.log import LOG_FILE
from batchquant.run.progress import NOW_FILE, Now, read_now
from batchquant.store.kept_plan import open_kept
from batchquant.store.shards import shards_in, unmerged_in


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """What is known of a shard that is at work, or not merged.

    Attributes
    ----------
    shard : Shard
        Which it is.
    holder, now, last_run
        As in `Status`, of the shard alone.
    last_holder : str
        Who did not let go in order, where nobody is seen to hold it.
    """

    shard: Shard
    holder: str | None
    last_holder: str
    now: Now | None
    last_run: LastRun | None


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of an output folder.

    Attributes
    ----------
    holder : str or None
        Who runs, for people to read; None if nobody does.
    now : Now or None
        What that run is at; None as well where it does not say.
    last_run : LastRun or None
        What the clock says of the last run that had something to do, which may be this one.
    last_line : str
        Of the log.
    summary : Summary or None
        Of the plan that ran last, by what is recorded, with `n_skipped` for what is done; None
        where none was carried out yet.
    shards : tuple of ShardStatus
        Those that are at work, or not merged; the summary knows nothing of what they made.
    """

    holder: str | None
    now: Now | None
    last_run: LastRun | None
    last_line: str
    summary: Summary | None
    shards: tuple[ShardStatus, ...] = ()


def look_at(output: Path) -> Status:
    """Look at an output folder. Creates nothing, and is in nobody's way.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.

    Raises
    ------
    NoRunError
        If nothing has run into the folder.
    StorageError
        If what is in it cannot be read.
    """
    run_folder = output / RUN_FOLDER
    holder, shards = holder_of(run_folder), tuple(_shards_of(output))
    try:
        summary = _summarize(output)
    except NoRunError:
        if holder is None and not shards:
            raise
        summary = None  # the first run into it is not so far yet
    return Status(
        holder=holder,
        now=None if holder is None else read_now(run_folder / NOW_FILE, datetime.now(UTC)),
        last_run=read_last_run(output),
        last_line=_last_line(run_folder / LOG_FILE),
        summary=summary,
        shards=shards,
    )


def _shards_of(output: Path) -> Iterator[ShardStatus]:
    """Yield what shards say of themselves; their ledgers are not read while they write to them."""
    unmerged = set(unmerged_in(output))
    for shard in shards_in(output):
        folder = output / RUN_FOLDER / shard.name
        holder = holder_of(folder)
        if holder is not None or shard in unmerged:
            yield ShardStatus(
                shard=shard,
                holder=holder,
                last_holder="" if holder else last_holder_of(folder),
                now=read_now(folder / NOW_FILE, datetime.now(UTC)),
                last_run=read_last_run(output, shard.name),
            )


def _summarize(output: Path) -> Summary:
    """Count by the ledger alone; inputs may be on a disk that sleeps."""
    with open_kept(output) as kept:
        return summarize(*kept.known)


def _last_line(path: Path) -> str:
    try:
        with open_regular(path) as stream:
            last = next(iter(deque(stream, maxlen=1)), b"")
            return last.decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return ""
