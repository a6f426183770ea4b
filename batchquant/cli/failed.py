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
    from batchquant.report.page.failures import failures_of
    from batchquant.store.kept_plan import open_kept

    with open_kept(output) as kept:
        failures = failures_of(kept.known)
    tell_failure_classes(failures)
    ctx.exit(3 if failures else 0)
