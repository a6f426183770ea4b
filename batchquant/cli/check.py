"""``batchquant check``."""

from typing import TYPE_CHECKING

import click

from batchquant.cli.loading import load_all, override_options
from batchquant.cli.named import job_files_argument
from batchquant.cli.tell import tell_good_files

if TYPE_CHECKING:
    from batchquant.jobfile import Override


@click.command("check")
@job_files_argument
@override_options
def command(job_files: tuple[str, ...], overrides: "list[Override]") -> None:
    """Check job files. Reads no picture and writes nothing.

    All problems are told at once, each with its line and column. Without JOB_FILE: jobs.yaml.

    \b
    Examples:
      batchquant check
      batchquant check day.yaml night.yaml
    """
    load_all(job_files, overrides=overrides)
    tell_good_files(job_files)
