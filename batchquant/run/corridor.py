"""The corridor: from a job file to a summary, readable on one screen."""

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from batchquant.engine.compiled import compile_kernels_in
from batchquant.engine.cores import usable_cores
from batchquant.engine.signals import Stop
from batchquant.errors import StorageError, UsageError
from batchquant.files import publish, publish_changed, sweep_parts
from batchquant.files.layout import RUN_FOLDER
from batchquant.jobfile import JobFile
from batchquant.plan.selection import WHOLE, Selection
from batchquant.report.manifest import manifest_json
from batchquant.report.page.records import LastRun
from batchquant.report.page.write import LAST_RUN_FILE, last_run_json
from batchquant.report.summary import Summary, summarize
from batchquant.report.write import Reports
from batchquant.run.events import Compiling, Listener, Looking, Started, tell_all
from batchquant.run.lock import hold
from batchquant.run.log import LOG_FILE, RunLog
from batchquant.run.ownership import Ownership
from batchquant.run.progress import NOW_FILE, NowFile
from batchquant.run.recorder import Journal
from batchquant.run.review import review
from batchquant.run.schedule import Overviews
from batchquant.run.survey import plan_job, select
from batchquant.run.workforce import results_of
from batchquant.steps.result import OverviewResult
from batchquant.steps.tasks import STOP_FILE, make_tasks
from batchquant.store import LEDGER, Ledger
from batchquant.store.headers import Headers
from batchquant.store.kept_plan import PLAN_FILE, plan_json

REPORT_EVERY_S = 180.0  # so that a night can be looked at before it is over


def run_job(
    job_file: JobFile,
    *,
    workers: int | None = None,
    selection: Selection = WHOLE,
    verify: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    replace_blocked: bool = False,
    tell: Listener | None = None,
    stop: Stop | None = None,
) -> Summary:
    """Make everything of a job file that is not made yet.

    What was finished when the run ends in any way is in ledger and report; the same call goes on
    from there.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    workers : int, optional
        Processes; default: all cores that this process may use.
    selection : Selection
        What to work on; default: all. The report keeps the rows of the rest.
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

    Returns
    -------
    Summary
        Of what was worked on.

    Raises
    ------
    UsageError
        If an entry of the selection means nothing, there is no image, or the place of a report or
        of the page is taken by a file of somebody else.
    StorageError
        If the output folder cannot be written to.
    OutputLockedError
        If another run is writing to the output folder.
    WorkerDiedError
        If worker processes end again and again before they are given work.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    workers = usable_cores() if workers is None else workers
    if workers < 1:
        raise UsageError(f"workers: found {workers}, expected a whole number from 1 up.")
    stop = stop or Stop()
    headers = Headers(job_file.output / LEDGER)
    plan = plan_job(job_file, headers)
    chosen = select(job_file, plan, selection)
    run_folder = plan.output / RUN_FOLDER
    reports = Reports(job_file, may_replace=replace_blocked)
    with (
        hold(run_folder) as check_hold,
        RunLog(run_folder / LOG_FILE) as log,
        NowFile(run_folder / NOW_FILE) as now,
        Ledger(plan.output / LEDGER) as ledger,
    ):
        tell = tell_all(log.hear, now.hear, *([tell] if tell else []))
        log.planned(chosen, workers)
        _sweep(plan.output)
        records, drawn = ledger.read(), ledger.read_overviews()
        known = {record.key[:4] for record in records.values() if record.status == "done"}
        ownership = Ownership(plan.output, ledger, known, drawn.keys(), may_replace=replace_blocked)
        found = review(
            plan,
            records,
            verify={image.key for image in chosen.images} if verify else (),
            retry_failed=retry_failed,
            replace_blocked=replace_blocked,
            looking=lambda n_looked, n_images: tell(Looking(n_looked, n_images)),
        )
        ledger.remember_headers(headers.new)
        ledger.write(found.touched)
        ledger.unsettle(found.doubted)
        tasks = make_tasks(plan.output, found.pending(plan, chosen), plan.images, workers)
        journal = Journal(plan, tasks, ledger, ownership, found.settled, drawn, tell, check_hold)
        overviews = Overviews(plan, chosen, tasks, journal.settled, journal.drawn, verify=verify)
        if tasks:
            publish(run_folder / "manifest.json", manifest_json(job_file, workers, started))
            publish(run_folder / LAST_RUN_FILE, last_run_json(LastRun(started)))
            publish_changed(run_folder / PLAN_FILE, plan_json(plan))
            compile_kernels_in(run_folder, lambda: tell(Compiling()))
        tell(Started(tasks, len(journal.settled)))
        with stop:
            try:
                reported = time.monotonic()
                results = results_of(
                    job_file,
                    tasks,
                    workers,
                    stop=stop,
                    tell=tell,
                    first=overviews.at_start(),
                    prepare=ownership.prepare,
                    then=overviews.after,
                    take=journal.take,
                )
                with closing(results):
                    for result in results:
                        if isinstance(result, OverviewResult):
                            journal.enter_drawing(overviews.under_way[result.key], result)
                        elif any(record.error for record in journal.enter(result)) and fail_fast:
                            stop.wish()
                        if time.monotonic() - reported > REPORT_EVERY_S:
                            reports.write(plan, journal.settled, journal.drawn)
                            reported = time.monotonic()
            finally:
                check_hold()  # a folder that was removed is not to come back as a report
                journal.close()
                elapsed_s = time.monotonic() - began
                summary = summarize(
                    chosen, journal.settled, journal.drawn, journal.fresh, elapsed_s
                )
                if tasks or overviews.n_due:
                    _sweep(plan.output)
                if tasks:
                    last_run = LastRun(started, elapsed_s, summary.n_done, summary.n_skipped)
                    publish(run_folder / LAST_RUN_FILE, last_run_json(last_run))
                in_the_way = reports.write(plan, journal.settled, journal.drawn)
    return replace(
        summary,
        n_undrawn=summary.n_undrawn + len(in_the_way),
        failures=(*summary.failures, *in_the_way),
        replaced=(*ownership.replaced, *reports.foreign),
    )


def _sweep(output: Path) -> None:
    """Remove what earlier processes left: parts of files, and the word to stop."""
    sweep_parts(output)
    try:
        (output / STOP_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError.of(f"{output / STOP_FILE}: cannot be removed", error) from error
