"""A job file → the plan: finds the images and looks at their headers."""

from collections.abc import Collection, Iterator
from pathlib import Path

from batchquant.discovery import find_images
from batchquant.errors import NoImagesError, UsageError
from batchquant.images.formats import HEIF_MISSING, HEIF_SUFFIXES, SUFFIXES, heif_is_installed
from batchquant.images.probe import probe
from batchquant.job import Job, JobFile
from batchquant.plan.outputs import part_clashes, plan_file
from batchquant.plan.records import Plan, PlannedImage


def plan_job(job_file: JobFile, *, only_jobs: Collection[str] = ()) -> Plan:
    """Find the images of a job file and plan all outputs. Writes nothing.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    only_jobs : collection of str
        Names of the jobs to plan; default: all.

    Returns
    -------
    Plan
        Images with their variants, in the order of the report.

    Raises
    ------
    UsageError
        If a name in `only_jobs` is unknown.
    NoImagesError
        If no input folder holds an image.
    """
    chosen = choose_jobs(job_file, only_jobs)
    images: list[PlannedImage] = []
    left_out: list[tuple[str, Path]] = []
    warnings: list[tuple[str, str]] = []
    for job in job_file.jobs:
        if job.name in chosen:
            images += _find(job_file, job, left_out, warnings)
    if not images:
        raise NoImagesError(about_no_image(job_file, chosen))
    parted, clashes = part_clashes(images)
    return Plan(job_file.output, tuple(parted), tuple(left_out), (*warnings, *clashes))


def choose_jobs(job_file: JobFile, only_jobs: Collection[str]) -> set[str]:
    """Return the names of the jobs to work on.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    only_jobs : collection of str
        Names that are wanted; none means all.

    Returns
    -------
    set of str
        Names.

    Raises
    ------
    UsageError
        If the file has no job of a name.
    """
    known = [job.name for job in job_file.jobs]
    for name in only_jobs:
        if name not in known:
            named = ", ".join(filter(None, known)) or "none, since the file has no 'jobs'"
            raise UsageError(f"{job_file.path}: found no job {name!r}, expected one of: {named}.")
    return set(only_jobs or known)


def about_no_image(job_file: JobFile, chosen: Collection[str]) -> str:
    """Say where no image was found, and what was looked for."""
    jobs = [job for job in job_file.jobs if job.name in chosen]
    folders = dict.fromkeys(str(folder.path) for job in jobs for folder in job.inputs)
    patterns = dict.fromkeys(pattern for job in jobs for pattern in job.include)
    expected = f"ending in {' '.join(sorted(SUFFIXES))}"
    if all(job.include for job in jobs):
        expected = f"matching 'include' ({' '.join(patterns)})"
    return (
        f"{job_file.path}: found no image in {', '.join(folders)}, expected files {expected}."
        " Check 'inputs', 'include' and 'exclude'."
    )


def _find(
    job_file: JobFile, job: Job, left_out: list[tuple[str, Path]], warnings: list[tuple[str, str]]
) -> Iterator[PlannedImage]:
    """Plan the images of one job; a file that two inputs reach counts for the first."""
    seen: set[Path] = set()
    suffixes = SUFFIXES | HEIF_SUFFIXES if heif_is_installed() else SUFFIXES
    for folder in job.inputs:
        found = find_images(
            folder.path,
            suffixes=suffixes,
            include=job.include,
            exclude=folder.exclude,
            leave_out=job_file.output,
        )
        left_out += [(job.name, path) for path in found.left_out]
        n_heif = sum(path.suffix.lower() in HEIF_SUFFIXES for path in found.left_out)
        told = [f"{folder.path}: cannot be searched: {what}" for what in found.unreadable]
        if n_heif and not heif_is_installed():
            waiting = "1 HEIF picture waits" if n_heif == 1 else f"{n_heif} HEIF pictures wait"
            told.append(f"{folder.path}: {waiting}: {HEIF_MISSING}")
        if not found.files:
            told.append(f"{folder.path}: no image found")
        warnings += [(job.name, text) for text in told]
        for file in found.files:
            if file.path not in seen:
                seen.add(file.path)
                yield from plan_file(job_file, job, folder.name, file, probe(file.path))
