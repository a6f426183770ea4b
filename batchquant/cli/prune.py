"""``batchquant prune``."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.loading import check_outputs, load_all, output_option, override_options
from batchquant.cli.named import is_job_file
from batchquant.errors import UsageError

if TYPE_CHECKING:
    from batchquant.jobfile import Override


@click.command("prune")
@click.argument("named", nargs=-1, type=click.Path(path_type=Path), metavar="[OUTPUT] JOB_FILE...")
@output_option
@override_options
@click.option("--yes", is_flag=True, help="Delete them.")
def command(
    named: tuple[Path, ...],
    output: Path | None,
    overrides: "list[Override]",
    yes: bool,
) -> None:
    """List files in OUTPUT that no job file plans any more.

    Name all job files that write there: what none of them plans is listed. OUTPUT is their output
    folder; where it is a copy, or one that run was given by --output, name it so here, too. Only
    what batchquant wrote there, and nobody has changed since, is listed.

    \b
    Examples:
      batchquant prune jobs.yaml
      batchquant prune day.yaml night.yaml --yes
      batchquant prune /data/out jobs.yaml --output /data/out
    """
    is_first = bool(named) and not is_job_file(named[0])
    job_files = [str(path) for path in named[is_first:]]
    if not job_files:
        raise UsageError(
            "Name every job file that writes to the folder: files that none of them plans are"
            " listed. Such as: batchquant prune jobs.yaml"
        )
    loaded = load_all(job_files, output, overrides=overrides, may_share_output=True)
    folder = named[0] if is_first else loaded[0].output
    check_outputs(folder, loaded)

    from batchquant.check.prune import prune
    from batchquant.cli.tell import tell_leftovers, tell_notes
    from batchquant.run.survey import plan_job

    plans = [plan_job(job_file) for job_file in loaded]
    for plan in plans:
        tell_notes(Counter(), plan.notes)
    tell_leftovers(prune(folder, plans, delete=yes), deleted=yes)
