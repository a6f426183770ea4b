"""What commands are about where nobody says so, and what stands for what: a job file, an output."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import UsageError
from batchquant.files.layout import RUN_FOLDER

JOB_FILE = "jobs.yaml"
"""The job file of a folder, where none is named."""
SUFFIXES = frozenset({".yaml", ".yml"})
FOLDER = click.Path(file_okay=False, path_type=Path)
# For shell completion only: job files say themselves what is wrong with them.
FILE = click.Path(readable=False)


def job_files_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument JOB_FILE, which may be repeated; without one it is `JOB_FILE`."""

    def or_here(
        ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
    ) -> tuple[str, ...]:
        return value or (JOB_FILE,)

    add = click.argument(
        "job_files", nargs=-1, type=FILE, metavar="[JOB_FILE...]", callback=or_here
    )
    return add(function)


def output_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument OUTPUT: a folder, or a job file that names one; without one `JOB_FILE`.

    -o names it as well, as it does where a job file is the argument.
    """

    def keep(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
        ctx.meta[__name__] = value

    def find(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
        by_option: Path | None = ctx.meta.get(__name__)
        if value is not None and by_option is not None:
            raise UsageError(f"{value}, -o {by_option}: two outputs. Name one.")
        named = by_option if value is None else value
        return named if ctx.resilient_parsing else find_output(named)

    path = click.Path(path_type=Path)
    argument = click.argument(
        "output", required=False, type=path, metavar="[OUTPUT]", callback=find
    )
    option = click.option(
        "-o",
        "--output",
        "by_option",
        type=path,
        metavar="OUTPUT",
        callback=keep,
        is_eager=True,
        expose_value=False,
        help="The same as OUTPUT, as other commands have it.",
    )
    return argument(option(function))


def find_output(named: Path | None) -> Path:
    """Return the output folder that is meant; raises JobFileError if a job file does not say.

    Where nothing is named, the current folder may be one itself.
    """
    if named is not None and not is_job_file(named):
        return named
    if named is None and not Path(JOB_FILE).exists() and Path(RUN_FOLDER).is_dir():
        return Path()
    # Some libraries end the process when they are interrupted while they are loaded.
    with held_back(*STOP_SIGNALS):
        from batchquant.jobfile import output_of
    output = output_of(named or JOB_FILE)
    here = Path.cwd()
    return output.relative_to(here) if output.is_relative_to(here) else output


def is_job_file(path: Path) -> bool:
    """Tell whether a path is that of a job file: a file, or one that would be if it was there."""
    return path.is_file() or (path.suffix.lower() in SUFFIXES and not path.exists())
