"""``batchquant plan``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.as_json import json_option, of_estimate, of_plan, tell_json
from batchquant.cli.loading import (
    load_all,
    output_option,
    override_options,
    selection_options,
    workers_option,
)
from batchquant.cli.named import job_files_argument
from batchquant.errors import UsageError

if TYPE_CHECKING:
    from batchquant.jobfile import Override
    from batchquant.plan.selection import Selection


@click.command("plan")
@job_files_argument
@workers_option
@output_option
@override_options
@selection_options
@click.option("--no-estimate", is_flag=True, help="Only count, and make no picture to measure.")
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
@json_option
@click.option("-0", "--null", is_flag=True, help="End the names of --list with NUL, for xargs -0.")
def command(
    job_files: tuple[str, ...],
    workers: int | None,
    output: Path | None,
    overrides: "list[Override]",
    selection: "Selection",
    no_estimate: bool,
    lines: str | None,
    as_json: bool,
    null: bool,
) -> None:
    """Say what a run would do, and how long it would take.

    Also how much it would write, and the memory it would need. Writes nothing. Without JOB_FILE:
    jobs.yaml.

    \b
    Examples:
      batchquant plan
      batchquant plan jobs.yaml -j 4
      batchquant plan jobs.yaml --why
      batchquant plan jobs.yaml --list | grep cat
      batchquant plan jobs.yaml --list -0 | (cd out && xargs -0 ls -l)
    """
    if null and lines != "outputs":
        raise UsageError("Found --null without --list, whose names it ends with NUL.")
    if as_json and lines:
        raise UsageError(f"--json prints the numbers of a plan, and not its {lines}.")
    loaded = load_all(job_files, output, overrides=overrides)

    from batchquant.cli.tell import (
        COMPILING,
        tell_calibrating,
        tell_estimate,
        tell_outputs,
        tell_plan,
        tell_reasons,
    )
    from batchquant.estimate import count_drawings, estimate
    from batchquant.run.place import Place
    from batchquant.run.review import review_output
    from batchquant.run.survey import plan_job, select

    told = []
    for job_file in loaded:
        place = Place.of(job_file, selection.shard)
        whole = plan_job(job_file, store=place.store)
        plan = select(job_file, whole, selection)
        if lines == "outputs":
            tell_outputs(plan, null=null)
            continue
        place.check()
        with review_output(whole, selection=selection, store=place.store) as found:
            if lines == "reasons":
                tell_reasons(found)
                continue
            n_drawings = count_drawings(whole, found, selection)
            if as_json:
                told.append(of_plan(job_file, plan, found, n_drawings))
            else:
                tell_plan(job_file, plan, found, n_drawings)
            if no_estimate:
                continue
            estimated = estimate(
                job_file,
                whole,
                found,
                workers=workers,
                calibrating=tell_calibrating,
                compiling=partial(click.echo, COMPILING, err=True),
            )
            if as_json:
                told[-1]["estimate"] = of_estimate(estimated)
            elif estimated is not None:
                tell_estimate(plan, estimated)
    if as_json:
        tell_json("plan", job_files=told)
