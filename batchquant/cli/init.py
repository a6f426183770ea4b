"""``batchquant init``."""

import difflib
from pathlib import Path

import click

from batchquant.cli.named import FOLDER
from batchquant.cli.outlets import WorkCommand


@click.command("init", cls=WorkCommand)
@click.argument(
    "folder",
    type=FOLDER,
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
    if not folder.is_dir():
        beside = [path.name for path in folder.parent.glob("*") if path.is_dir()]
        near = difflib.get_close_matches(folder.name, sorted(beside), n=1)
        told = f" Did you mean {folder.parent / near[0]}?" if near else ""
        raise click.UsageError(f"{folder}: no such folder.{told}")

    from batchquant.cli.tell_starter import tell_starter
    from batchquant.jobfile.template import write_starter

    tell_starter(folder, job_file, write_starter(folder, job_file))
