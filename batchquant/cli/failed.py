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
    from batchquant.report.page.failures import group_failures
    from batchquant.report.page.gather import gather
    from batchquant.store.kept_plan import read_kept

    failures = group_failures(gather(*read_kept(output)))
    tell_failure_classes(failures)
    ctx.exit(3 if failures else 0)
