"""The corridor: from a job file to a summary, readable on one screen."""

import time
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from batchquant.engine.compiled import are_compiled
from batchquant.engine.local import LocalEngine, Starter
from batchquant.engine.memory import budget_bytes
from batchquant.engine.protocol import Engine
from batchquant.engine.signals import Stop
from batchquant.errors import UsageError
from batchquant.files import publish, publish_changed
from batchquant.files.output_bucket import note_bucket
from batchquant.jobfile import JobFile, JobLike, as_job_file
from batchquant.plan.overviews import book_key
from batchquant.plan.records import ImageKey
from batchquant.plan.selection import WHOLE, Selection
from batchquant.report.last_run import LAST_RUN_FILE, LastRun, last_run_json
from batchquant.report.manifest import MANIFEST_FILE, manifest_json
from batchquant.report.summary import Summary, summarize
from batchquant.report.write import Reports
from batchquant.run.animations import animations
from batchquant.run.displaced import displaced_by
from batchquant.run.drawings import Drawings, VariedSheets
from batchquant.run.elsewhere import compile_for, count_workers, memory_for, require_of
from batchquant.run.events import Compiling, Listener, Looking, Noted, Started, Withdrawn, tell_all
from batchquant.run.groups import Groups
from batchquant.run.log import LOG_FILE, RunLog
from batchquant.run.ownership import Ownership
from batchquant.run.place import Place
from batchquant.run.progress import NOW_FILE, NowFile
from batchquant.run.recorder import Recorder
from batchquant.run.reporter import Reporter, write_reports
from batchquant.run.results import results_of
from batchquant.run.review import Review
from batchquant.run.schedule import Schedule
from batchquant.run.sharing import find_palettes, play_frames
from batchquant.run.survey import plan_job, select
from batchquant.run.withdrawn import withdraw_refused
from batchquant.steps.drawings import Drawing
from batchquant.steps.effort import work_of
from batchquant.steps.task import Task
from batchquant.steps.tasks import n_parts, refuse_task
from batchquant.store import IN_RUN_FOLDER, Store
from batchquant.store.headers import Headers
from batchquant.store.kept_plan import PLAN_FILE, plan_json
from batchquant.store.totals import totals_of


def run_job(
    job_file: JobFile | JobLike,
    *,
    workers: int | None = None,
    selection: Selection = WHOLE,
    verify: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    replace_blocked: bool = False,
    tell: Listener | None = None,
    stop: Stop | None = None,
    engine: Engine | None = None,
    starter: Starter | None = None,
    store: Store = IN_RUN_FOLDER,
) -> Summary:
    """Make everything of a job file that is not made yet.

    What was finished when the run ends in any way is in ledger and report; the same call goes on
    from there.

    Parameters
    ----------
    job_file : JobFile, str, path-like or mapping
        From `load_job`, or what it takes: the path of a job file, its text, or what it says.
    workers : int, optional
        Processes; default: all cores that this process may use, or what `engine` has of workers.
    selection : Selection
        What to work on; default: all. The report keeps the rows of the rest. A shard works beside
        others, and leaves what spans pictures to `merge_shards`.
    verify : bool
        Whether sources and outputs of what is worked on are compared by content, and outputs made
        again where they differ; else sizes and times tell.
    retry_failed : bool
        Whether to try again what failed, though nothing has changed.
    fail_fast : bool
        Whether the first image that fails ends the run, as `stop` does.
    replace_blocked : bool
        Whether files of others that stand where outputs go are replaced; else those outputs fail.
    tell : callable, optional
        Called with each event of the run (`batchquant.run.events`).
    stop : Stop, optional
        Signals that end the run in order: workers leave the variant they are at and give back what
        is made; the rest stays pending.
    engine : Engine, optional
        Runs what is due; default: `workers` processes on this machine. Of other machines:
        `batchquant.engine.dask.DaskEngine`.
    starter : Starter, optional
        Starts these, and has begun to load what they need; the caller ends it.
    store : Store
        Where the ledger lies; default: in the output folder.

    Returns
    -------
    Summary
        Of what was worked on.

    Raises
    ------
    JobFileError
        If the job is not good.
    UsageError
        If an entry of the selection means nothing, there is no image, or the place of a report or
        of the page is taken by a file of somebody else.
    StorageError
        If the output folder cannot be written to.
    OutputLockedError
        If another run is writing to the output folder.
    WorkerDiedError
        If worker processes end again and again before they are given work.
    ClusterError
        If an engine of other machines has none for too long.
    """
    job_file = as_job_file(job_file)
    began, started = time.monotonic(), datetime.now(UTC)
    workers = count_workers(engine) if workers is None else workers
    if workers < 1:
        raise UsageError(f"workers: {workers} does not work here. Write a whole number from 1 up.")
    stop = stop or Stop()
    place = Place.of(job_file, selection.shard, store)
    place.check()
    store = place.store
    headers = Headers(job_file.output, store)
    plan = plan_job(job_file, headers, store=store)
    chosen = select(job_file, plan, selection)
    run_folder = place.folder
    reports = Reports(job_file, may_replace=replace_blocked)
    engine = engine or LocalEngine(workers, budget_bytes(job_file.memory), starter)
    is_first = not run_folder.exists() and are_compiled()  # there will be work
    with (
        engine.expect(Task) if is_first else nullcontext(),
        place.hold() as check_hold,
        RunLog(run_folder / LOG_FILE) as log,
        NowFile(run_folder / NOW_FILE) as now,
        store.open(plan.output) as ledger,
        ExitStack() as late,
    ):
        tell = tell_all(log.hear, now.hear, *([tell] if tell else []))
        note_bucket(plan.output)
        log.planned(chosen, workers)
        place.sweep()
        ledger.remember_headers(headers.new)
        ownership = Ownership(plan.output, ledger, may_replace=replace_blocked)
        recorder = Recorder(plan, ledger, ownership, tell, check_hold)
        allowed, total = memory_for(engine, job_file.memory)
        refuse = partial(refuse_task, budget_bytes=allowed, total_bytes=total)
        require_of(engine, plan, run_folder, job_file.memory)
        groups = Groups(plan, ledger.drawn, verify=verify, retry_failed=retry_failed, may_try=True)
        if groups.are_due():
            late.enter_context(engine.expect(Task))
            compile_for(engine, run_folder, lambda: tell(Compiling()))
            with stop:
                find_palettes(
                    groups,
                    engine,
                    recorder,
                    selection=selection,
                    stop=stop,
                    tell=tell,
                    refuse=refuse,
                    prepare=ownership.prepare,
                    timeout=job_file.timeout,
                    meanwhile=ledger.sync,
                )
        found = Review(
            plan,
            ledger,
            selection=selection,
            verify=verify,
            retry_failed=retry_failed,
            replace_blocked=replace_blocked,
            looking=lambda n_looked, n_images: tell(Looking(n_looked, n_images)),
        )
        for noted in displaced_by(job_file, found) if place.spans_pictures else ():
            tell(Noted(noted))
        started_with = _amounts(found, workers)

        def follow(scope: ImageKey, behind: str) -> Drawing | None:
            """Return what is to be drawn of a scope of which all before is finished."""
            task = drawings.of(scope, behind)
            if task is not None or stop.is_wanted():  # or else something came back unmade
                return task
            sheet, finished = varied.close(scope, behind)
            for each in finished:
                recorder.leave(each)
            return sheet

        def meanwhile() -> None:
            """Do what has to be done now and then."""
            ledger.sync()
            if place.spans_pictures:
                reporter.look(ledger)

        n_open = found.count_images() + found.count_images(to_draw=True)
        n_images = {book_key(job): n_open[job] for job in totals_of(chosen.images).jobs}
        drawings = Drawings(
            plan, recorder.settled, recorder.drawn, verify=verify, books=place.spans_pictures
        )
        varied = VariedSheets(plan, recorder.settled, recorder.drawn, found.is_open, verify=verify)
        schedule = Schedule(
            found.tasks(workers),
            n_images,
            follow=follow,
            refuse=refuse,
            prepare=lambda tasks: place.assign(ownership.prepare(tasks)),
            timeout=job_file.timeout,
        )
        is_told = started_with.n_variants > 0 or selection.shard is not None
        if is_told:
            publish(run_folder / MANIFEST_FILE, manifest_json(job_file, workers, started))
            publish(run_folder / LAST_RUN_FILE, last_run_json(LastRun(started)))
            publish_changed(run_folder / PLAN_FILE, plan_json(plan))
        if started_with.n_variants:
            compile_for(engine, run_folder, lambda: tell(Compiling()))
        tell(started_with)
        reporter = Reporter(plan, reports, store)
        with stop:
            try:
                results = results_of(
                    schedule,
                    engine,
                    plan.output,
                    stop=stop,
                    tell=tell,
                    take=recorder.take,
                    meanwhile=meanwhile,
                    stop_file=place.stop_file,
                )
                with closing(results):
                    for task, result in results:
                        failed = recorder.enter(task, result)
                        if failed and fail_fast:
                            stop.wish()
                play_frames(
                    animations(plan, ledger.settled, ledger.drawn, verify=verify),
                    engine,
                    recorder,
                    output=plan.output,
                    stop=stop,
                    tell=tell,
                    prepare=ownership.prepare,
                    timeout=job_file.timeout,
                    meanwhile=ledger.sync,
                )
            finally:
                reporter.end()
                check_hold()  # a folder that was removed is not to come back as a report
                recorder.close()
                ledger.sync(at_once=True)  # before anything tells of it
                n_withdrawn = 0 if stop.is_wanted() else withdraw_refused(plan.output, ledger)
                if n_withdrawn:
                    tell(Withdrawn(n_withdrawn))
                elapsed_s = time.monotonic() - began
                summary = summarize(
                    chosen,
                    recorder.settled,
                    recorder.drawn,
                    work=recorder.work,
                    elapsed_s=elapsed_s,
                )
                n_left_over = found.count_left_over() if place.spans_pictures else 0
                if started_with.n_variants or recorder.work.n_drawn:
                    place.sweep()
                if is_told:
                    last_run = LastRun(started, elapsed_s, summary.n_done, summary.n_skipped)
                    publish(run_folder / LAST_RUN_FILE, last_run_json(last_run))
                in_the_way, is_reported = (
                    write_reports(reports, plan, ledger, stop=stop)
                    if place.spans_pictures
                    else ([], True)
                )
    return replace(
        summary,
        n_undrawn=summary.n_undrawn + len(in_the_way),
        failures=(*summary.failures, *in_the_way),
        replaced=(*ownership.replaced, *reports.foreign),
        is_reported=is_reported,
        n_left_over=n_left_over,
    )


def _amounts(found: Review, workers: int) -> Started:
    """Tell how much is to be made."""
    amounts = found.amounts()
    n_images = sum(n for *_, n in amounts)
    each = workers if n_images < workers else 1
    work = sum(n * work_of(pixels, n_due + n_parts(n_due, each)) for pixels, n_due, n in amounts)
    n_settled, n_failed = found.count_settled()
    return Started(sum(n_due * n for _, n_due, n in amounts), work, n_settled - n_failed)
