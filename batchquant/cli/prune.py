"""``batchquant prune``."""

from collections import Counter
from pathlib import Path

import click

from batchquant.cli.loading import FOLDER, job_files_argument, load_all


@click.command("prune")
@click.argument("output", type=FOLDER)
@job_files_argument
@click.option("--yes", is_flag=True, help="Delete them.")
def command(output: Path, job_files: tuple[str, ...], yes: bool) -> None:
    """List files in OUTPUT that no job file plans any more.

    Name all job files that write to OUTPUT. Only what batchquant wrote there, and nobody has
    changed since, is listed.

    \b
    Examples:
      batchquant prune out jobs.yaml
      batchquant prune out day.yaml night.yaml --yes
    """
    loaded = load_all(job_files, output, may_share_output=True)

    from batchquant.cli.tell import tell_leftovers, tell_notes
    from batchquant.prune import prune
    from batchquant.survey import plan_job

    plans = [plan_job(job_file) for job_file in loaded]
    for plan in plans:
        tell_notes(Counter(), plan.notes)
    tell_leftovers(prune(output, plans, delete=yes), deleted=yes)
