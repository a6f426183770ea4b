"""Options that several commands share, and the loading of job files they name."""

import shlex
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchquant.cli.named import FOLDER
from batchquant.engine.signals import STOP_SIGNALS, held_back

if TYPE_CHECKING:
    from batchquant.jobfile import JobFile, Override


def output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --output."""
    add = click.option(
        "-o",
        "--output",
        metavar="DIR",
        type=FOLDER,
        help="Output folder to use instead of the job file's.",
    )
    return add(function)


def override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add -s and --vary, which the command gets as one list of `Override`, in their order."""

    @wraps(function)
    def override(
        *arguments: Any, sets: tuple[str, ...], varies: tuple[str, ...], **options: Any
    ) -> Any:
        with held_back(*STOP_SIGNALS):
            from batchquant.jobfile import Override
        overrides = [
            *(Override.of("-s", text) for text in sets),
            *(Override.of("--vary", text) for text in varies),
        ]
        return function(*arguments, overrides=overrides, **options)

    command: Callable[..., Any] = override
    for add in (
        click.option(
            "--vary",
            "varies",
            multiple=True,
            metavar="KEY=A,B",
            help="Try each of these values of a key; repeatable.",
        ),
        click.option(
            "-s",
            "--set",
            "sets",
            multiple=True,
            metavar="KEY=VALUE",
            help="In place of what the job file says of a key: with k=5 the report has no other K,"
            " while -k 5 chooses among the job file's; repeatable.",
        ),
    ):
        command = add(command)
    return command


def workers_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --workers."""
    add = click.option(
        "-j",
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Worker processes; default: all cores that it may use.",
    )
    return add(function)


def replace_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --replace."""
    add = click.option(
        "--replace", is_flag=True, help="Take the places of files that batchquant did not write."
    )
    return add(function)


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --job, --only, --k, --init and --shard, which the command gets as one `Selection`."""

    @wraps(function)
    def select(
        *arguments: Any,
        jobs: tuple[str, ...],
        only: tuple[str, ...],
        k: tuple[str, ...],
        init: tuple[str, ...],
        shard: str | None,
        **options: Any,
    ) -> Any:
        # Some libraries end the process when they are interrupted while they are loaded.
        with held_back(*STOP_SIGNALS):
            from batchquant.jobfile import read_k
            from batchquant.plan.selection import Selection
            from batchquant.plan.shard import Shard
        share = None if shard is None else Shard.parse(shard)
        chosen = Selection(jobs, only, read_k("-k", k), init, share)
        return function(*arguments, selection=chosen, **options)

    command: Callable[..., Any] = select
    for add in (
        click.option(
            "--shard",
            metavar="I/N",
            help="Only the I-th of N shares of the pictures, on one of N machines; then merge.",
        ),
        click.option(
            "--init", multiple=True, metavar="START", help="Only this start method; repeatable."
        ),
        click.option(
            "-k",
            "--k",
            multiple=True,
            metavar="K",
            help="Only these K of the job file's, as 5, 3,5,7 or 3..11:2; the report keeps the"
            " rest; repeatable.",
        ),
        click.option(
            "--only",
            multiple=True,
            metavar="GLOB",
            help="Only pictures whose FOLDER/IMAGE matches, as in .gitignore; repeatable.",
        ),
        click.option(
            "--job", "jobs", multiple=True, metavar="NAME", help="Only this job; repeatable."
        ),
    ):
        command = add(command)
    return command


def load_all(
    paths: Sequence[str],
    output: Path | None = None,
    *,
    overrides: Sequence["Override"] = (),
    may_share_output: bool = False,
) -> list["JobFile"]:
    """Load job files; raises JobFileError with the problems of all of them at once.

    `output` stands in place of their output folders, `overrides` of other keys. Raises UsageError
    if two share an output folder and may not.
    """
    from batchquant.errors import JobFileError, JobFileProblem, UsageError
    from batchquant.jobfile import load_job

    loaded: list[JobFile] = []
    problems: list[str | JobFileProblem] = []
    for path in paths:
        try:
            loaded.append(load_job(path, output=output, overrides=overrides))
        except JobFileError as error:
            problems += error.records or error.problems
    if problems:
        raise JobFileError(tuple(problems))
    owners: dict[Path, Path] = {}
    for job_file in () if may_share_output else loaded:
        owner = owners.setdefault(job_file.output, job_file.path)
        if owner is not job_file.path:
            raise UsageError(
                f"{owner} and {job_file.path} both write to {job_file.output}. Give each an output"
                " folder of its own."
            )
    return loaded


def check_outputs(folder: Path, job_files: Sequence["JobFile"]) -> None:
    """Raise UsageError for the first job file that writes elsewhere than to this output folder."""
    from batchquant.errors import UsageError

    for job_file in job_files:
        if job_file.output != folder.resolve():
            raise UsageError(
                f"{job_file.path}: output is {job_file.output}, and not {folder.resolve()},"
                " the folder to look through. Name the job files that write to it, or say by"
                f" --output {shlex.quote(str(folder))} that this one does."
            )
