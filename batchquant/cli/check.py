"""``batchquant check``."""

import click

from batchquant.cli.loading import job_files_argument, load_all
from batchquant.cli.tell import tell_good_files


@click.command("check")
@job_files_argument
def command(job_files: tuple[str, ...]) -> None:
    """Check job files. Reads no picture and writes nothing.

    All problems are told at once, each with its line and column.

    \b
    Examples:
      batchquant check jobs.yaml
      batchquant check day.yaml night.yaml
    """
    load_all(job_files)
    tell_good_files(job_files)
