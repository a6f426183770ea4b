"""What shards left in their folders, beside the ledgers that say what they made."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.plan.records import Plan
from batchquant.plan.shard import Shard
from batchquant.report.last_run import LastRun, read_last_run
from batchquant.report.manifest import MANIFEST_FILE, Manifest, read_manifest
from batchquant.store.kept_plan import PLAN_FILE, read_plan
from batchquant.store.shards import stamp_of

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Left:
    """What a shard left: its ledger, as the stamp says, and what it wrote down of its run."""

    shard: Shard
    stamp: str
    kept: "Kept | None"  # None where it was killed before it began


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run, or a shard, wrote down of itself."""

    manifest: Manifest
    plan: Plan  # without images


def look_at(output: Path, shard: Shard) -> Left:
    """Take a first look at what a shard left: before its ledger, which may yet change."""
    return Left(shard, stamp_of(output, shard), read_kept(output, shard))


def read_kept(output: Path, shard: Shard | None = None) -> Kept | None:
    """Read what a shard, or the last run, wrote down; None where it was killed before."""
    name = shard.name if shard else ""
    folder = output / RUN_FOLDER / name
    try:
        manifest = read_regular(folder / MANIFEST_FILE)
        plan = read_regular(folder / PLAN_FILE)
        return Kept(read_manifest(manifest, output), read_plan(plan, output, name))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError.of(f"{folder}: cannot be read", error) from error
    except ValueError as error:
        again = f"shard {shard}" if shard else "the job file"
        raise StorageError(
            f"{folder / MANIFEST_FILE}: cannot be read: {error}. Run {again} again."
        ) from error


def began_at(left: Left) -> datetime:
    """Return when a shard began that did."""
    assert left.kept is not None
    return left.kept.manifest.started


def run_together(output: Path, shards: Iterable[Shard], n_variants: int) -> LastRun:
    """Say when the first of some shards began, when the last ended, and how much they made.

    `n_variants` are made in all, by others, too.
    """
    began, ended, n_made = datetime.now(UTC), LONG_AGO, 0
    for run in _last_runs(output, shards).values():
        began = min(began, run.started)
        with suppress(OverflowError, ValueError):  # nobody has to have written it as we do
            ended = max(ended, run.started + timedelta(seconds=run.elapsed_s or 0.0))
        n_made += run.n_done or 0
    n_done = min(n_variants, n_made)
    elapsed_s = max(0.0, (ended - began).total_seconds())
    return LastRun(began, elapsed_s, n_done, n_variants - n_done)


def missing_shards(output: Path, there: Sequence[Shard]) -> Iterator[Shard]:
    """Yield shards that have not run, of as many as there were when the last began."""
    runs = _last_runs(output, there)
    n_shards = max(runs, key=lambda shard: runs[shard].started, default=there[-1]).n_shards
    numbers = {shard.number for shard in there if shard.n_shards == n_shards}
    return (Shard(n, n_shards) for n in range(1, n_shards + 1) if n not in numbers)


def _last_runs(output: Path, shards: Iterable[Shard]) -> dict[Shard, LastRun]:
    """Return what the clocks say of shards, as far as it is known."""
    runs = {shard: read_last_run(output, shard.name) for shard in shards}
    return {
        shard: replace(run, started=run.started.astimezone(UTC))
        for shard, run in runs.items()
        if run
    }


def notes_on(left: Sequence[Left], last: Left | None) -> Iterator[str]:
    """Say where shards ran otherwise than the one that began last."""
    for each in left:
        if last is None or last.kept is None or each.kept is None:
            continue
        if each.kept.plan.wording != last.kept.plan.wording:
            yield (
                f"Shard {each.shard} ran by another job file than {last.shard}, which began last:"
                f" what differs is left. Run {each.shard} again."
            )
        ours, theirs = last.kept.manifest.versions, each.kept.manifest.versions
        told = [
            f"{name} {theirs.get(name, 'none')}"
            for name in sorted({*ours, *theirs})
            if ours.get(name) != theirs.get(name)
        ]
        if told:
            yield (
                f"Shard {each.shard} ran with other versions than {last.shard}:"
                f" {', '.join(told)}. The same bytes are promised with the same versions only."
            )
