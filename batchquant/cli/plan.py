"""``batchquant plan``."""

from pathlib import Path

import click

from batchquant.cli.loading import job_files_argument, load_all, output_option


@click.command("plan")
@job_files_argument
@output_option
@click.option(
    "--list", "list_outputs", is_flag=True, help="Print every planned output, and nothing else."
)
def command(job_files: tuple[str, ...], output: Path | None, list_outputs: bool) -> None:
    """Say what a run would do. Writes nothing.

    \b
    Examples:
      batchquant plan jobs.yaml
      batchquant plan jobs.yaml --list | grep cat
    """
    loaded = load_all(job_files, output)

    from batchquant.cli.tell import tell_outputs, tell_plan
    from batchquant.survey import plan_job

    for job_file in loaded:
        plan = plan_job(job_file)
        if list_outputs:
            tell_outputs(plan)
        else:
            tell_plan(job_file, plan)
