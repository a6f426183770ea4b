"""What shards have made → one ledger, and what spans pictures."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from batchquant.engine.cores import usable_cores
from batchquant.engine.local import LocalEngine
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.engine.protocol import Engine
from batchquant.engine.signals import Stop
from batchquant.errors import UsageError
from batchquant.files import publish_changed
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Plan
from batchquant.plan.shard import Shard
from batchquant.report.last_run import LAST_RUN_FILE, last_run_json
from batchquant.report.manifest import MANIFEST_FILE, KeptJobFile
from batchquant.report.summary import Summary, summarize
from batchquant.report.write import Reports
from batchquant.run.drawings import Drawings
from batchquant.run.events import Listener, Started, TakenIn, tell_all
from batchquant.run.lock import hold
from batchquant.run.log import LOG_FILE, RunLog
from batchquant.run.ownership import Ownership
from batchquant.run.place import Place
from batchquant.run.progress import NOW_FILE, NowFile
from batchquant.run.recorder import Recorder
from batchquant.run.reporter import write_reports
from batchquant.run.results import results_of
from batchquant.run.schedule import Schedule
from batchquant.run.shards import (
    Left,
    began_at,
    look_at,
    missing_shards,
    notes_on,
    read_kept,
    run_together,
)
from batchquant.steps.tasks import refuse_task
from batchquant.store import IN_RUN_FOLDER, Ledger, Store
from batchquant.store.kept_plan import PLAN_FILE, plan_json, read_sweeps
from batchquant.store.shards import look_at_shard, shards_in, unmerged_in
from batchquant.store.totals import totals_of


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of shards that were merged.

    Attributes
    ----------
    summary : Summary
        Of all that is planned.
    job_file : KeptJobFile
        What it is planned by.
    taken : tuple of Shard
        Those of which something new was taken.
    missing : tuple of Shard
        Those that have not run yet.
    notes : tuple of str
        Sentences about shards that ran otherwise than the last.
    """

    summary: Summary
    job_file: KeptJobFile
    taken: tuple[Shard, ...]
    missing: tuple[Shard, ...]
    notes: tuple[str, ...]


def merge_shards(
    output: Path,
    *,
    workers: int | None = None,
    replace_blocked: bool = False,
    tell: Listener | None = None,
    stop: Stop | None = None,
    engine: Engine | None = None,
    store: Store = IN_RUN_FOLDER,
) -> Merged:
    """Bring what shards know into the ledger of their output folder, and make what spans pictures.

    By the plan of the shard that began last. What another made by other settings is kept, and is
    pending. Nothing of the shards is changed, and what was merged before is not looked at again, so
    it can be called at any time, and again.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    workers, replace_blocked, tell, stop, engine, store
        As for `run_job`.

    Returns
    -------
    Merged
        What there is now.

    Raises
    ------
    UsageError
        If no shard has run into the folder, or the place of a report or of the page is taken by a
        file of somebody else that may not be replaced.
    StorageError
        If the ledger of a shard cannot be read: nothing of it is taken then. Or if the output
        folder cannot be written to.
    OutputLockedError
        If a run or a shard is writing to the output folder.
    """
    began, stop, output = time.monotonic(), stop or Stop(), output.resolve()
    run_folder, there = output / RUN_FOLDER, shards_in(output)
    if not there:
        raise UsageError(
            f"{output}: no shard has run into it. Name the output folder of some, as"
            " `batchquant run JOB_FILE --shard 1/8` leaves one."
        )
    workers = usable_cores() if workers is None else workers
    with (
        hold(run_folder) as check_hold,
        RunLog(run_folder / LOG_FILE) as log,
        NowFile(run_folder / NOW_FILE) as now,
        store.open(output) as ledger,
    ):
        tell = tell_all(log.hear, now.hear, *([tell] if tell else []))
        Place(output, store).sweep()
        left = [look_at(output, shard) for shard in unmerged_in(output, store)]
        last = max((each for each in left if each.kept), key=began_at, default=None)
        kept = last.kept if last else read_kept(output)
        if kept is None:
            raise UsageError(f"{output}: no shard in it has begun. Run one of them again.")
        asked = kept.manifest.job_file
        reports = Reports(asked, may_replace=replace_blocked)
        ownership = Ownership(output, ledger, may_replace=replace_blocked)
        for job in asked.jobs:
            ownership.look_at(book_key(job.name))
        _take_in(ledger, output, left, last, tell)
        plan = replace(kept.plan, images=ledger.kept_images())
        recorder = Recorder(plan, ledger, ownership, tell, check_hold)
        log.planned(plan, workers)
        tell(Started(0, 0, ledger.settled.count("done")))
        budget = budget_bytes(asked.memory)
        results = results_of(
            _books(plan, recorder, ownership, asked, budget),
            engine or LocalEngine(workers, budget),
            output,
            stop=stop,
            tell=tell,
            meanwhile=ledger.sync,
        )
        with stop, closing(results):
            for task, result in results:
                recorder.enter(task, result)
        check_hold()  # a folder that was removed is not to come back as a report
        ledger.sync(at_once=True)  # before anything tells of it
        summary = summarize(
            plan,
            recorder.settled,
            recorder.drawn,
            work=recorder.work,
            elapsed_s=time.monotonic() - began,
        )
        if last:
            together = run_together(output, (each.shard for each in left), summary.n_skipped)
            publish_changed(run_folder / LAST_RUN_FILE, last_run_json(together))
        in_the_way, is_reported = write_reports(reports, plan, ledger, stop=stop)
    return Merged(
        summary=replace(
            summary,
            n_undrawn=summary.n_undrawn + len(in_the_way),
            failures=(*summary.failures, *in_the_way),
            replaced=(*ownership.replaced, *reports.foreign),
            is_reported=is_reported,
        ),
        job_file=asked,
        taken=tuple(each.shard for each in left),
        missing=tuple(missing_shards(output, there)) if summary.n_pending else (),
        notes=tuple(notes_on(left, last)),
    )


def _take_in(
    ledger: Ledger, output: Path, left: Sequence[Left], last: Left | None, tell: Listener
) -> None:
    """Take what shards know, and the plan of the last; that they are in comes behind all."""
    for each in left:
        with look_at_shard(output, each.shard) as known:
            ledger.take_shard(known, each.shard, with_headers=each is last)
        tell(TakenIn(each.shard))
    if last and last.kept:
        with look_at_shard(output, last.shard) as known:
            images = known.kept_images()
            read_sweeps(known, images)
            ledger.settle_as_planned(ledger.take_plan(images))
        for each in left:
            if each.kept and each.kept.plan.wording == last.kept.plan.wording:
                with look_at_shard(output, each.shard) as known:
                    ledger.take_marks(known, each.shard)
        # Before it is noted: whoever merges again has nothing else to go by, then.
        publish_changed(output / RUN_FOLDER / MANIFEST_FILE, last.kept.manifest.content)
        publish_changed(output / RUN_FOLDER / PLAN_FILE, plan_json(last.kept.plan))
    ledger.note_merged({each.shard.name: each.stamp for each in left})
    ledger.sync(at_once=True)


def _books(
    plan: Plan, recorder: Recorder, ownership: Ownership, asked: KeptJobFile, budget_bytes: int
) -> Schedule:
    """Return a schedule of the books that are due."""
    return Schedule(
        (),
        {book_key(job): 0 for job in totals_of(plan.images).books},
        follow=Drawings(plan, recorder.settled, recorder.drawn).of,
        refuse=partial(refuse_task, budget_bytes=budget_bytes, total_bytes=total_bytes()),
        prepare=ownership.prepare,
        timeout=asked.timeout,
    )
