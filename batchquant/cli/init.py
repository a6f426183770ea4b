"""``batchquant init``."""

import difflib
from pathlib import Path

import click

from batchquant.cli.named import FOLDER
from batchquant.cli.outlets import WorkCommand
from batchquant.errors import UsageError
from batchquant.files.names import escape


@click.command("init", cls=WorkCommand)
@click.argument(
    "folder",
    type=FOLDER,
    required=False,
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
def command(folder: Path | None, job_file: Path) -> None:
    """Write a job file for the pictures in FOLDER, to begin with.

    It says of each key what it means. FOLDER is searched with all below it; default: the current
    one. An existing job file is never written over.

    \b
    Examples:
      batchquant init
      batchquant init photos
      batchquant init ~/Pictures/trip --file trip.yaml
    """
    searched = Path() if folder is None else folder
    if folder is not None and not folder.is_dir():
        beside = [path.name for path in folder.parent.glob("*") if path.is_dir()]
        near = difflib.get_close_matches(folder.name, sorted(beside), n=1)
        told = f" Did you mean {folder.parent / near[0]}?" if near else ""
        raise UsageError(f"{folder}: no such folder.{told}")

    from batchquant.cli.tell_starter import tell_starter
    from batchquant.jobfile.template import write_starter

    found = write_starter(searched, job_file)
    if folder is None:
        click.echo(f"No folder was named, so this one was searched: {escape(str(Path.cwd()))}")
    tell_starter(searched, job_file, found)
