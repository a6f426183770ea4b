"""``batchquant plan``."""

from pathlib import Path

import click

from batchquant.cli.loading import job_files_argument, load_all, output_option, selection_options


@click.command("plan")
@job_files_argument
@output_option
@selection_options
@click.option(
    "--list",
    "lines",
    flag_value="outputs",
    help="Print every planned output, and nothing else.",
)
@click.option(
    "--why",
    "lines",
    flag_value="reasons",
    help="Print every variant that would be made, and why, and nothing else.",
)
def command(
    job_files: tuple[str, ...],
    output: Path | None,
    jobs: tuple[str, ...],
    only: tuple[str, ...],
    k: tuple[int, ...],
    init: tuple[str, ...],
    lines: str | None,
) -> None:
    """Say what a run would do. Writes nothing.

    \b
    Examples:
      batchquant plan jobs.yaml
      batchquant plan jobs.yaml --why
      batchquant plan jobs.yaml --list | grep cat
    """
    loaded = load_all(job_files, output)

    from batchquant.cli.tell import tell_outputs, tell_plan, tell_reasons
    from batchquant.ledger import review_output
    from batchquant.plan.selection import Selection
    from batchquant.survey import plan_job, select

    selection = Selection(jobs, only, k, init)
    for job_file in loaded:
        plan = select(job_file, plan_job(job_file), selection)
        if lines == "outputs":
            tell_outputs(plan)
        elif lines == "reasons":
            tell_reasons(plan, review_output(plan))
        else:
            tell_plan(job_file, plan, review_output(plan))
