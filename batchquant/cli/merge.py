"""``batchquant merge``."""

from pathlib import Path

import click

from batchquant.cli.common import is_set
from batchquant.cli.loading import replace_option, workers_option
from batchquant.cli.named import output_argument
from batchquant.cli.outlets import GOES_ON, ResumableCommand
from batchquant.cli.phrases import count
from batchquant.engine.signals import STOP_SIGNALS, Stop, held_back
from batchquant.errors import Interrupted
from batchquant.files.names import escape


@click.command("merge", cls=ResumableCommand)
@output_argument
@workers_option
@replace_option
@click.pass_context
def command(ctx: click.Context, output: Path, workers: int | None, replace: bool) -> None:
    """Bring together what shards have made in OUTPUT.

    Then draws what spans pictures: books, report and page. At any time when no shard is at work,
    and again; what shards that have not run yet will make is left.

    OUTPUT is an output folder, or a job file that names one; default: that of jobs.yaml.

    \b
    Examples:
      batchquant merge
      batchquant merge out
    """
    # Some libraries end the process when they are interrupted while they are loaded.
    with held_back(*STOP_SIGNALS):
        from batchquant.cli.progress import ProgressDisplay
        from batchquant.cli.tell import tell_failures, tell_summary
        from batchquant.cli.when_done import run_when_done, tell_trouble
        from batchquant.errors import UsageError
        from batchquant.plan.shard import list_shards
        from batchquant.report.summary import exit_code
        from batchquant.run.merge import merge_shards
        from batchquant.run.when_done import WhenDone, when_done_of_shards

    try:
        when_done, trouble = when_done_of_shards(output), ""
    except UsageError as error:
        when_done, trouble = WhenDone((), output, output), str(error)
    stop = Stop(*STOP_SIGNALS)
    try:
        with ProgressDisplay(quiet=True, verbose=False) as progress:
            merged = merge_shards(
                output, workers=workers, replace_blocked=replace, tell=progress.hear, stop=stop
            )
    except Exception as error:
        run_when_done(when_done, error=error)
        raise
    beginning = f"{count(len(merged.taken), 'shard')} merged. " if merged.taken else ""
    tell_summary(merged.job_file, merged.summary, beginning=beginning)
    if is_set(ctx, "quiet"):  # then the summary was not shown
        tell_failures(merged.summary, err=True)
    for note in merged.notes:
        click.echo(f"Note: {escape(note)}")
    if merged.missing:
        click.echo(f"Not run yet: {list_shards(merged.missing)}. Merge again then.")
    if trouble:
        tell_trouble(output, trouble)
    run_when_done(when_done, summary=merged.summary, signum=stop.signum)
    if stop.signum is not None:
        click.echo(f"batchquant: interrupted; {GOES_ON}", err=True)
        ctx.exit(Interrupted(stop.signum).exit_code)
    ctx.exit(exit_code([merged.summary]))
