"""``batchquant status``."""

from pathlib import Path

import click

from batchquant.cli.named import output_argument
from batchquant.errors import Interrupted


@click.command("status")
@output_argument
@click.option("-w", "--watch", "is_watched", is_flag=True, help="Go on until the run ends.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="How often to look with --watch; default: 1, and 30 where no terminal reads.",
)
@click.pass_context
def command(ctx: click.Context, output: Path, is_watched: bool, every: float | None) -> None:
    """Say how a run into OUTPUT gets on, from another terminal. Writes nothing.

    Where none is going on, say how the last one ended, and what is left. OUTPUT is an output
    folder, or a job file that names one; default: that of jobs.yaml.

    \b
    Examples:
      batchquant status
      batchquant status out
      batchquant status out --watch
    """
    from batchquant.cli.tell_status import tell_status
    from batchquant.run.status import look_at

    if not is_watched:
        tell_status(output, look_at(output))
        return
    from batchquant.cli.watching import watch

    try:
        watch(output, ctx.obj, every)
    except Interrupted as interrupted:  # which is how a look ends, too
        ctx.exit(interrupted.exit_code)
