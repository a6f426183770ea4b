"""``batchquant report``."""

from pathlib import Path

import click

from batchquant.cli.named import output_argument
from batchquant.cli.outlets import WorkCommand
from batchquant.files.names import escape


@click.command("report", cls=WorkCommand)
@output_argument
def command(output: Path) -> None:
    """Write the page OUTPUT/index.html again.

    Every run writes it at its end. This does at any other time, also while a run goes on, from what
    lies in the output folder alone. OUTPUT is an output folder, or a job file that names one;
    default: that of jobs.yaml.

    \b
    Examples:
      batchquant report
      batchquant report out
    """
    from batchquant.report.page.write import write_page_again
    from batchquant.store.shards import expect_merged

    expect_merged(output)
    click.echo(f"Written: {escape(str(write_page_again(output)))}")
