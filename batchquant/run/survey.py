"""A job file → the plan: finds the images and looks at their headers."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from heapq import merge

from batchquant.engine.memory import budget_bytes
from batchquant.errors import NoImagesError, UsageError
from batchquant.images.read.formats import SOME, part_left_out, read_suffixes
from batchquant.jobfile import InputFolder, Job, JobFile
from batchquant.plan.records import Plan
from batchquant.plan.selection import Selection
from batchquant.plan.sweep import Row, Sweep, rows_of_file
from batchquant.plan.wording import word
from batchquant.run.absent import EarlierRun
from batchquant.sources.local import Found, ImageFile, find_images
from batchquant.steps.need import source_bytes
from batchquant.store import LEDGER
from batchquant.store.headers import Headers
from batchquant.store.planned import Draft


def plan_job(job_file: JobFile, headers: Headers | None = None) -> Plan:
    """Find the images of a job file and plan all outputs. Writes nothing.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    headers : Headers, optional
        What is remembered of pictures; default: what the ledger of the output folder knows.

    Returns
    -------
    Plan
        Images with their variants, in the order of the report.

    Raises
    ------
    NoImagesError
        If no input folder holds an image.
    UsageError
        If Python reads file names by the locale, and not as UTF-8.
    """
    if (encoding := sys.getfilesystemencoding()) != "utf-8":
        raise UsageError(
            f"file names: found Python reading them as {encoding}, expected UTF-8, whatever the"
            " locale. Start it by `python -X utf8`, or with PYTHONUTF8=1 in the environment."
        )
    draft = Draft()
    left_out: list[tuple[str, str]] = []
    warnings: list[tuple[str, str]] = []
    earlier = EarlierRun(job_file.output)
    with closing(headers or Headers(job_file.output / LEDGER)) as known:
        for job in job_file.jobs:
            _find(job_file, job, draft, earlier, known, left_out, warnings)
    if not draft.images:
        raise NoImagesError(_about_no_image(job_file, job_file.jobs, left_out))
    return Plan(
        output=job_file.output,
        images=draft.images,
        left_out=tuple(left_out),
        warnings=tuple(warnings),
        wording=word(job_file),
        absent=tuple(earlier.absent),
    )


def select(job_file: JobFile, plan: Plan, selection: Selection) -> Plan:
    """Return the part of a job file's plan that is meant.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    plan : Plan
        From `plan_job`.
    selection : Selection
        What is meant.

    Returns
    -------
    Plan
        With at least one variant.

    Raises
    ------
    UsageError
        If an entry of the selection means nothing; says what there is.
    NoImagesError
        If its jobs have no image.
    """
    known = [job.name for job in job_file.jobs]
    for name in selection.jobs:
        if name not in known:
            named = ", ".join(filter(None, known)) or "none, since the file has no 'jobs'"
            raise UsageError(f"{job_file.path}: found no job {name!r}, expected one of: {named}.")
    try:
        chosen = selection.of(plan)
    except UsageError as error:
        raise UsageError(f"{job_file.path}: {error}") from error
    if not chosen.images:
        jobs = [job for job in job_file.jobs if job.name in selection.jobs]
        raise NoImagesError(_about_no_image(job_file, jobs, plan.left_out))
    return chosen


def _about_no_image(
    job_file: JobFile, jobs: Sequence[Job], left_out: Iterable[tuple[str, str]]
) -> str:
    """Say where no image was found, and what was looked for."""
    folders = dict.fromkeys(str(folder.path) for job in jobs for folder in job.inputs)
    patterns = dict.fromkeys(pattern for job in jobs for pattern in job.include)
    expected = SOME
    if all(job.include for job in jobs):
        expected = f"files matching 'include' ({' '.join(patterns)})"
    names = {job.name for job in jobs}
    _, waiting = part_left_out({place for name, place in left_out if name in names})
    return (
        f"{job_file.path}: found no image in {', '.join(folders)}, expected {expected}."
        f" Check 'inputs', 'include' and 'exclude'.{''.join(f' {told}.' for told in waiting)}"
    )


def _find(
    job_file: JobFile,
    job: Job,
    draft: Draft,
    earlier: EarlierRun,
    headers: Headers,
    left_out: list[tuple[str, str]],
    warnings: list[tuple[str, str]],
) -> None:
    """Plan the images of one job; a file that two inputs reach counts for the first."""
    seen: set[str] = set()
    budget = budget_bytes(job_file.memory)
    sweep = Sweep.of(job, job_file.seed)
    clashes = []
    for folder in job.inputs:
        found = find_images(
            folder.path,
            suffixes=read_suffixes(),
            is_picture=headers.is_picture,
            include=job.include,
            exclude=folder.exclude,
            leave_out=job_file.output,
        )
        left_out += [(job.name, place) for place in found.left_out]
        absent = earlier.find_absent(job.name, folder, found)
        warnings += [(job.name, text) for text in _warnings(folder, found)]
        rows = (
            (sweep, row)
            for file in found.files
            if file.place not in seen
            for row in _look_into(file, folder, job, sweep, headers, budget)
        )
        for of_row, row in merge(rows, absent, key=lambda entry: entry[1].relative):
            seen.add(row.place)
            clashes.append(draft.add(draft.add_sweep(of_row), row))
    warnings += [(job.name, told) for told in clashes if told is not None]


def _look_into(
    file: ImageFile, folder: InputFolder, job: Job, sweep: Sweep, headers: Headers, budget: int
) -> Iterator[Row]:
    """Yield the pictures of a file, by its header if there is memory for reading that."""
    # Some plugins read all of a file to tell its size.
    is_read = source_bytes(file.place, file.size_bytes) <= budget
    header = headers.probe(file) if is_read else None
    return rows_of_file(job.name, sweep, folder.name, file, header, frames=job.frames)


def _warnings(folder: InputFolder, found: Found) -> Iterator[str]:
    for reason in found.reasons:
        yield f"{folder.path}: cannot be searched: {reason}"
    if not found.files:
        yield f"{folder.path}: no image found"
