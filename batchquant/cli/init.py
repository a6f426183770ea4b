"""``batchquant init``."""

from pathlib import Path

import click

from batchquant.cli.outlets import WorkCommand


@click.command("init", cls=WorkCommand)
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="[FOLDER]",
)
@click.option(
    "--file",
    "job_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("jobs.yaml"),
    show_default=True,
    help="Job file to write.",
)
def command(folder: Path, job_file: Path) -> None:
    """Write a job file for the pictures in FOLDER, to begin with.

    It says of each key what it means. FOLDER is searched with all below it; default: the current
    one. An existing job file is never written over.

    \b
    Examples:
      batchquant init
      batchquant init photos
      batchquant init ~/Pictures/trip --file trip.yaml
    """
    from batchquant.cli.tell import tell_starter
    from batchquant.jobfile.template import write_starter

    tell_starter(folder, job_file, write_starter(folder, job_file))
