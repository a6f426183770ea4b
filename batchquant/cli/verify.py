"""``batchquant verify``."""

import sys
from pathlib import Path

import click

from batchquant.cli.as_json import json_option, of_verification, tell_json
from batchquant.cli.common import is_set
from batchquant.cli.loading import workers_option
from batchquant.cli.named import output_argument


@click.command("verify")
@output_argument
@workers_option
@json_option
@click.pass_context
def command(ctx: click.Context, output: Path, workers: int | None, as_json: bool) -> None:
    """Compare everything in OUTPUT with what was written. Changes nothing.

    Every file is read, every picture decoded, and its error computed again from the source: it may
    take about as long as the run. OUTPUT is an output folder, or a job file that names one;
    default: that of jobs.yaml. Ends with 3 where something is not as it was.

    \b
    Examples:
      batchquant verify
      batchquant verify out
      batchquant verify out -j 2
    """
    from batchquant.check import verify_output
    from batchquant.cli.progress import TerminalBar
    from batchquant.cli.tell import tell_verification

    is_quiet = is_set(ctx, "quiet")
    with TerminalBar(unit="variant", disable=is_quiet or not sys.stderr.isatty()) as bar:

        def advance(n_checked: int, n_variants: int) -> None:
            bar.total = n_variants
            bar.update(n_checked - bar.n)

        found = verify_output(output, workers=workers, advanced=advance)
    if as_json:
        tell_json("verify", output=str(output), **of_verification(found))
    elif found.problems or not is_quiet:
        tell_verification(found)
    ctx.exit(3 if found.problems else 0)
