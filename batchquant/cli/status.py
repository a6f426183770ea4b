"""``batchquant status``."""

from pathlib import Path

import click

from batchquant.cli.named import output_argument


@click.command("status")
@output_argument
def command(output: Path) -> None:
    """Say how a run into OUTPUT gets on, from another terminal. Writes nothing.

    Where none is going on, say how the last one ended, and what is left. OUTPUT is an output
    folder, or a job file that names one; default: that of jobs.yaml.

    \b
    Examples:
      batchquant status
      batchquant status out
    """
    from batchquant.cli.tell_status import tell_status
    from batchquant.run.status import look_at

    tell_status(output, look_at(output))
