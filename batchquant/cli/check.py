"""``batchquant check``."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.as_json import json_option, tell_json
from batchquant.cli.common import is_set
from batchquant.cli.loading import load_all, output_option, override_options
from batchquant.cli.named import job_files_argument
from batchquant.cli.tell import tell_good_files
from batchquant.errors import JobFileError

if TYPE_CHECKING:
    from batchquant.jobfile import Override


@click.command("check")
@job_files_argument
@output_option
@override_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    job_files: tuple[str, ...],
    output: Path | None,
    overrides: "list[Override]",
    as_json: bool,
) -> None:
    """Check job files. Reads no picture and writes nothing.

    All problems are told at once, each with its line and column. Without JOB_FILE: jobs.yaml.

    \b
    Examples:
      batchquant check
      batchquant check day.yaml night.yaml
    """
    try:
        load_all(job_files, output, overrides=overrides)
    except JobFileError as error:
        if not as_json:
            raise
        tell_json("check", is_good=False, problems=list(map(asdict, error.records)))
        ctx.exit(error.exit_code)
    if as_json:
        tell_json("check", is_good=True, problems=[])
    elif not is_set(ctx, "quiet"):
        tell_good_files(job_files)
