"""``batchquant picks``."""

from pathlib import Path

import click

from batchquant.cli.named import FOLDER, find_output
from batchquant.cli.outlets import WorkCommand
from batchquant.errors import UsageError
from batchquant.files.names import escape


@click.command("picks", cls=WorkCommand)
@click.argument("named", nargs=-1, type=click.Path(path_type=Path), metavar="[OUTPUT]")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "-o",
    "--to",
    "folder",
    type=FOLDER,
    metavar="DIR",
    default=Path("picks"),
    help="Where to copy them; default: picks.",
)
@click.pass_context
def command(ctx: click.Context, named: tuple[Path, ...], file: Path, folder: Path) -> None:
    """Copy files of OUTPUT that were picked on its page.

    FILE is what the page saved as JSON. Copies keep their paths; what stands in their places stays.
    Ends with 3 where something could not be copied.

    \b
    Examples:
      batchquant picks picks.json
      batchquant picks out picks.json --to for_the_printer
    """
    if len(named) > 1:
        raise UsageError("Name one output folder, and one file of picks behind it.")
    output = find_output(next(iter(named), None))

    from batchquant.report.picks import copy_picks

    n_copied = n_failed = 0
    for path, error in copy_picks(output, file, folder):
        if error is None:
            n_copied += 1
            click.echo(escape(str(folder / path)))
        else:
            n_failed += 1
            click.echo(f"{escape(path)}: not copied: {error}", err=True)
    click.echo(f"Copied: {n_copied}{f', not copied: {n_failed}' if n_failed else ''}.")
    ctx.exit(3 if n_failed else 0)
