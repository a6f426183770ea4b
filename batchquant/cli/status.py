"""``batchquant status``."""

from pathlib import Path

import click

from batchquant.cli.loading import FOLDER


@click.command("status")
@click.argument("output", type=FOLDER, metavar="OUTPUT")
def command(output: Path) -> None:
    """Say how a run into OUTPUT gets on, from another terminal. Writes nothing.

    Where none is going on, say how the last one ended, and what is left.

    \b
    Example:
      batchquant status out
    """
    from batchquant.cli.tell_status import tell_status
    from batchquant.run.status import look_at

    tell_status(output, look_at(output))
