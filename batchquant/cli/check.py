"""``batchquant check``."""

from typing import TYPE_CHECKING

import click

from batchquant.cli.loading import job_files_argument, load_all, override_options
from batchquant.cli.tell import tell_good_files

if TYPE_CHECKING:
    from batchquant.jobfile import Override


@click.command("check")
@job_files_argument
@override_options
def command(job_files: tuple[str, ...], overrides: "list[Override]") -> None:
    """Check job files. Reads no picture and writes nothing.

    All problems are told at once, each with its line and column.

    \b
    Examples:
      batchquant check jobs.yaml
      batchquant check day.yaml night.yaml
    """
    load_all(job_files, overrides=overrides)
    tell_good_files(job_files)
