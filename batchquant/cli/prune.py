"""``batchquant prune``."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.loading import (
    FOLDER,
    check_outputs,
    job_files_argument,
    load_all,
    output_option,
    override_options,
)

if TYPE_CHECKING:
    from batchquant.jobfile import Override


@click.command("prune")
@click.argument("folder", type=FOLDER, metavar="OUTPUT")
@job_files_argument
@output_option
@override_options
@click.option("--yes", is_flag=True, help="Delete them.")
def command(
    folder: Path,
    job_files: tuple[str, ...],
    output: Path | None,
    overrides: "list[Override]",
    yes: bool,
) -> None:
    """List files in OUTPUT that no job file plans any more.

    Name all job files that write to OUTPUT; where it is not their own output folder, but a copy or
    one that run was given by --output, name it so here, too. Only what batchquant wrote there, and
    nobody has changed since, is listed.

    \b
    Examples:
      batchquant prune out jobs.yaml
      batchquant prune out day.yaml night.yaml --yes
      batchquant prune /data/out jobs.yaml --output /data/out
    """
    loaded = load_all(job_files, output, overrides=overrides, may_share_output=True)
    check_outputs(folder, loaded)

    from batchquant.check.prune import prune
    from batchquant.cli.tell import tell_leftovers, tell_notes
    from batchquant.run.survey import plan_job

    plans = [plan_job(job_file) for job_file in loaded]
    for plan in plans:
        tell_notes(Counter(), plan.notes)
    tell_leftovers(prune(folder, plans, delete=yes), deleted=yes)
