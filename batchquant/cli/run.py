"""``batchquant run``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchquant.cli.common import is_set
from batchquant.cli.early import started_early
from batchquant.cli.loading import (
    load_all,
    output_option,
    override_options,
    replace_option,
    selection_options,
    workers_option,
)
from batchquant.cli.main import tell_error
from batchquant.cli.named import job_files_argument
from batchquant.cli.outlets import GOES_ON, ResumableCommand
from batchquant.cli.phrases import quoted
from batchquant.engine.signals import STOP_SIGNALS, Stop, held_back
from batchquant.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from batchquant.engine.local import Starter
    from batchquant.jobfile import Override
    from batchquant.plan.selection import Selection


class RunCommand(ResumableCommand):
    """Lets worker processes begin before its options, and what they stand for, are loaded."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do the work."""
        starter = None
        if not ctx.params["dry_run"] and not ctx.params["cluster"]:
            starter = ctx.with_resource(
                started_early(ctx.params["job_files"], ctx.params["output"])
            )
        ctx.params["starter"] = starter
        return super().invoke(ctx)


@click.command("run", cls=RunCommand)
@job_files_argument
@workers_option
@output_option
@override_options
@selection_options
@click.option("--verify", is_flag=True, help="Compare sources and outputs by content.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed.")
@replace_option
@click.option("--fail-fast", is_flag=True, help="Stop at the first picture that fails.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run on a dask cluster: tcp://HOST:8786, or the file that its scheduler wrote; -j is for"
    " each machine then.",
)
@click.option(
    "--cluster-wait",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="End the run when the cluster had no worker for so long.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the page in a browser at the end.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be done, as plan does.")
@click.pass_context
def command(
    ctx: click.Context,
    job_files: tuple[str, ...],
    workers: int | None,
    output: Path | None,
    overrides: "list[Override]",
    selection: "Selection",
    verify: bool,
    retry_failed: bool,
    replace: bool,
    fail_fast: bool,
    cluster: str | None,
    cluster_wait: float,
    is_opened: bool,
    dry_run: bool,
    starter: "Starter | None",
) -> None:
    """Do what job files say.

    What is done already is left alone: after an interruption the same command goes on where it
    stopped. Without JOB_FILE: jobs.yaml.

    \b
    Examples:
      batchquant run
      batchquant run jobs.yaml -j 4 -o /data/out
      batchquant run jobs.yaml --only 'photos/trip/*.jpg' -k 3 -k 5
      batchquant run day.yaml night.yaml --quiet
      batchquant run jobs.yaml --cluster tcp://HOST:8786
      batchquant run jobs.yaml --shard 2/8      on the second of eight machines
    """
    quiet, verbose = is_set(ctx, "quiet"), is_set(ctx, "verbose")
    # Some libraries end the process when they are interrupted while they are loaded.
    with held_back(*STOP_SIGNALS):
        from batchquant.cli.browser import open_page_of
        from batchquant.cli.progress import ProgressDisplay
        from batchquant.cli.tell import tell_counts, tell_failures, tell_plan, tell_summary
        from batchquant.cli.when_done import run_when_done
        from batchquant.report.summary import exit_code
        from batchquant.run.corridor import run_job
        from batchquant.run.place import Place
        from batchquant.run.review import review_output
        from batchquant.run.survey import plan_job, select
        from batchquant.run.when_done import WhenDone

    if is_opened and selection.shard:
        raise UsageError(
            "--open: a shard writes no page. Leave out --open; that of all shards is written by"
            " `batchquant merge`."
        )
    loaded = load_all(job_files, output, overrides=overrides)
    if dry_run:
        from batchquant.estimate import count_drawings

        for job_file in loaded:
            place = Place.of(job_file, selection.shard)
            place.check()
            whole = plan_job(job_file, store=place.store)
            plan = select(job_file, whole, selection)
            with review_output(
                whole,
                selection=selection,
                verify=verify,
                retry_failed=retry_failed,
                replace_blocked=replace,
                store=place.store,
            ) as found:
                n_drawings = count_drawings(whole, found, selection, verify=verify)
                tell_plan(job_file, plan, found, n_drawings)
        return
    engine = None
    if cluster is not None:
        from batchquant.engine.dask import DaskEngine, connected

        client = ctx.with_resource(connected(cluster))
        engine = DaskEngine(client, processes=workers, wait_s=cluster_wait)
    for job_file in loaded:
        ctx.call_on_close(partial(ctx.obj.note_in_log, job_file.output, selection.shard))
    summaries, codes = [], []
    for job_file in loaded:
        stop = Stop(*STOP_SIGNALS)
        try:
            with ProgressDisplay(quiet=quiet, verbose=verbose) as progress:
                summary = run_job(
                    job_file,
                    workers=None if engine else workers,
                    engine=engine,
                    selection=selection,
                    verify=verify,
                    retry_failed=retry_failed,
                    fail_fast=fail_fast,
                    replace_blocked=replace,
                    tell=progress.hear,
                    stop=stop,
                    starter=starter,
                )
        except Exception as error:
            if not selection.shard:
                run_when_done(WhenDone.of(job_file), error=error)
            if len(loaded) == 1 or is_set(ctx, "debug"):
                raise
            codes.append(tell_error(error))  # and go on: it may be a long night
            continue
        summaries.append(summary)
        if quiet:
            tell_failures(summary, err=True)
        elif selection.shard:
            tell_counts(summary)
            click.echo(f"When all shards are through: batchquant merge {quoted(job_file.output)}")
        else:
            tell_summary(job_file, summary)
        if not selection.shard:  # they are done when they are merged
            run_when_done(WhenDone.of(job_file), summary=summary, signum=stop.signum)
        if stop.signum is not None:
            click.echo(f"batchquant: interrupted; {GOES_ON}", err=True)
            ctx.exit(Interrupted(stop.signum).exit_code)
        if stop.is_wanted():
            click.echo(f"batchquant: stopped at the first failure; {GOES_ON}", err=True)
            break
        if is_opened:
            open_page_of(job_file.output)
    ctx.exit(max(codes, default=exit_code(summaries)))
