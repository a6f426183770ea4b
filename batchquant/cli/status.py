"""``batchquant status``."""

from pathlib import Path

import click

from batchquant.cli.as_json import json_option, of_status, tell_json
from batchquant.cli.named import output_argument
from batchquant.errors import Interrupted, UsageError


@click.command("status")
@output_argument
@click.option("-w", "--watch", "is_watched", is_flag=True, help="Go on until the run ends.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="How often to look with --watch; default: 1, and 30 where no terminal reads.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context, output: Path, is_watched: bool, every: float | None, as_json: bool
) -> None:
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

    if is_watched and as_json:
        raise UsageError("--json tells how it is now: leave out --watch.")
    if is_watched:
        from batchquant.cli.watching import watch

        try:
            watch(output, ctx.obj, every)
        except Interrupted as interrupted:  # which is how a look ends, too
            ctx.exit(interrupted.exit_code)
        return
    status = look_at(output)
    if as_json:
        tell_json("status", output=str(output), **of_status(status))
    else:
        tell_status(output, status)
