"""``batchquant failed``."""

from pathlib import Path

import click

from batchquant.cli.loading import FOLDER


@click.command("failed")
@click.argument("output", type=FOLDER)
@click.pass_context
def command(ctx: click.Context, output: Path) -> None:
    """List what failed in OUTPUT, why, and what to do about it.

    A line for each picture, also while a run goes on. Ends with 3 where something failed.

    \b
    Examples:
      batchquant failed out
      batchquant failed out | grep timeout
    """
    from batchquant.cli.tell import tell_failure_classes
    from batchquant.report.kept_plan import read_kept
    from batchquant.report.page.failures import group_failures
    from batchquant.report.page.gather import gather
    from batchquant.report.summary import find_undrawn

    kept = read_kept(output)
    failures = group_failures(gather(*kept).images)
    undrawn = find_undrawn(kept.plan, kept.drawn)
    if failures or not undrawn:
        tell_failure_classes(failures)
    for name, reason in undrawn:
        click.echo(f"{name}: {reason}")
    ctx.exit(3 if failures or undrawn else 0)
