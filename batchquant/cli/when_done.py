"""The command of a job file for when all is over, and what is said where it fails."""

from typing import TYPE_CHECKING

import click

from batchquant.files.names import escape

if TYPE_CHECKING:
    from pathlib import Path

    from batchquant.report.summary import Summary
    from batchquant.run.when_done import WhenDone


def run_when_done(
    when_done: "WhenDone",
    *,
    summary: "Summary | None" = None,
    signum: int | None = None,
    error: Exception | None = None,
) -> None:
    """Run it after a summary or an error; the exit code does not depend on it."""
    if error is not None:
        trouble = when_done.after_error(error)
    elif summary is not None:
        trouble = when_done.after(summary, signum)
    if trouble:
        tell_trouble(when_done.output, trouble)


def tell_trouble(output: "Path", trouble: str) -> None:
    """Say on standard error, and in the log, what a command of this kind did wrong."""
    from batchquant.run.log import add_line

    click.echo(f"batchquant: {escape(trouble)}", err=True)
    add_line(output, escape(trouble))
