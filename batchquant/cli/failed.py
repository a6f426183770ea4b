"""``batchquant failed``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchquant.cli.as_json import json_option, tell_json
from batchquant.cli.named import output_argument
from batchquant.cli.phrases import bad, count, good, heading
from batchquant.files.names import escape

if TYPE_CHECKING:
    from batchquant.report.page.failures import FailureClass


@click.command("failed")
@output_argument
@json_option
@click.pass_context
def command(ctx: click.Context, output: Path, as_json: bool) -> None:
    """List what failed in OUTPUT, why, and what to do about it.

    A line for each picture, also while a run goes on. OUTPUT is an output folder, or a job file
    that names one; default: that of jobs.yaml. Ends with 3 where something failed.

    \b
    Examples:
      batchquant failed
      batchquant failed out
      batchquant failed out | grep timeout
    """
    from batchquant.report.page.failures import failures_of
    from batchquant.store.kept_plan import open_kept
    from batchquant.store.shards import expect_merged

    expect_merged(output)
    with open_kept(output) as kept:
        failures = failures_of(kept.known)
    if as_json:
        tell_json("failed", output=str(output), classes=[_as_dict(each) for each in failures])
    else:
        _tell(failures)
    ctx.exit(3 if failures else 0)


def _as_dict(of_class: "FailureClass") -> dict[str, Any]:
    failures = [
        {"label": each.label, "jobs": each.n_jobs, "reason": each.reason}
        for each in of_class.failures
    ]
    return {
        "heading": of_class.heading,
        "advice": of_class.advice,
        "noun": of_class.noun,
        "failures": failures,
    }


def _tell(failures: Sequence["FailureClass"]) -> None:
    """Print all that failed and why, a line each, below what is to be done about it."""
    if not failures:
        click.echo(good("Nothing failed."))
    for number, of_class in enumerate(failures):
        if number:
            click.echo()
        click.echo(heading(f"{of_class.heading}: {count(len(of_class.failures), of_class.noun)}"))
        click.echo(click.wrap_text(of_class.advice, 80, "  ", "  "))
        for failure in of_class.failures:
            click.echo(f"{bad(escape(failure.told))}: {escape(failure.reason)}")
