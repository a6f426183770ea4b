"""The corridor: from a job file to a summary, readable on one screen."""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from batchquant.discovery import find_images
from batchquant.errors import NoImagesError, UsageError, WorkerDiedError
from batchquant.executor import run_in_processes
from batchquant.images.formats import SUFFIXES
from batchquant.images.probe import probe_size
from batchquant.job import INIT_ALIASES, Job, JobFile
from batchquant.ledger import Key, Ledger, VariantRecord, is_settled, record_of, records_of
from batchquant.outcome import TaskResult
from batchquant.plan.outputs import part_clashes, plan_image, plan_variants, refuse_name
from batchquant.plan.records import Plan, PlannedImage, Settings, Task, Variant
from batchquant.plan.tasks import STOP_FILE, make_tasks
from batchquant.publish import publish, publish_changed, sweep_parts
from batchquant.report.manifest import manifest_json
from batchquant.report.summary import Summary, summarize
from batchquant.report.table import report_csv, timings_csv
from batchquant.signals import Stop
from batchquant.worker import process

RUN_FOLDER = "_run"  # all that has a clock or this machine in it


class Observer:
    """Is told how a run gets on; override what you want to hear."""

    def started(self, n_pending: int, n_settled: int) -> None:
        """Hear how many variants are to be made, and how many need nothing."""

    def advanced(self, image: PlannedImage, records: Sequence[VariantRecord]) -> None:
        """Hear that variants of an image are settled."""


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
    chosen = _choose(job_file, only_jobs)
    images: list[PlannedImage] = []
    left_out: Counter[str] = Counter()
    warnings: list[str] = []
    for job in job_file.jobs:
        if job.name in chosen:
            images += _find(job_file, job, left_out, warnings)
    if not images:
        raise NoImagesError(_about_no_image(job_file, chosen))
    parted, clashes = part_clashes(images)
    return Plan(job_file.output, tuple(parted), left_out, (*warnings, *clashes))


def run_job(
    job_file: JobFile,
    *,
    workers: int | None = None,
    only_jobs: Collection[str] = (),
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Summary:
    """Make everything of a job file that is not made yet.

    What was finished when the run ends in any way is in ledger and report; the same call goes on
    from there.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    workers : int, optional
        Processes; default: all cores.
    only_jobs : collection of str
        Names of the jobs to work on; default: all. The report keeps the rows of the others.
    observer : Observer, optional
        Told of progress.
    stop : Stop, optional
        Signals that end the run in order: variants at work are finished if they can be within
        seconds, the others stay pending.

    Returns
    -------
    Summary
        Of the jobs worked on.

    Raises
    ------
    UsageError
        If a name in `only_jobs` is unknown, or there is no image.
    StorageError
        If the output folder cannot be written to.
    WorkerDiedError
        If a worker process is killed or crashes.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    workers = os.cpu_count() or 1 if workers is None else workers
    if workers < 1:
        raise UsageError(f"workers: found {workers}, expected a whole number from 1 up.")
    observer, stop = observer or Observer(), stop or Stop()
    chosen = _choose(job_file, only_jobs)
    plan = plan_job(job_file)
    if not plan.of_jobs(chosen).images:
        raise NoImagesError(_about_no_image(job_file, chosen))
    run_folder = plan.output / RUN_FOLDER
    _sweep(plan.output)
    with Ledger(run_folder / "ledger.sqlite") as ledger:
        settled, pending = _divide(plan, ledger.read(), chosen)
        fresh: set[Key] = set()
        tasks = make_tasks(plan.output, pending, plan.images, workers)
        observer.started(sum(len(task.variants) for task in tasks), len(settled))
        if tasks:
            publish(run_folder / "manifest.json", manifest_json(job_file, workers, started))
        try:
            for result in _results(tasks, workers, stop):
                task = tasks[result.index]
                image = plan.images[task.position]
                records = records_of(image, task.variants, result)
                ledger.write(records)
                settled.update((record.key, record) for record in records)
                fresh.update(record.key for record in records)
                observer.advanced(image, records)
        finally:
            _sweep(plan.output)
            publish_changed(plan.output / "report.csv", report_csv(plan, settled))
            publish_changed(run_folder / "timings.csv", timings_csv(plan, settled))
    return summarize(plan.of_jobs(chosen), settled, fresh, time.monotonic() - began)


def _about_no_image(job_file: JobFile, chosen: Collection[str]) -> str:
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


def _choose(job_file: JobFile, only_jobs: Collection[str]) -> set[str]:
    """Return the names of the jobs to work on."""
    known = [job.name for job in job_file.jobs]
    for name in only_jobs:
        if name not in known:
            named = ", ".join(filter(None, known)) or "none, since the file has no 'jobs'"
            raise UsageError(f"{job_file.path}: found no job {name!r}, expected one of: {named}.")
    return set(only_jobs or known)


def _find(
    job_file: JobFile, job: Job, left_out: Counter[str], warnings: list[str]
) -> Iterator[PlannedImage]:
    """Plan the images of one job; a file that two inputs reach counts for the first."""
    seen: set[Path] = set()
    for folder in job.inputs:
        found = find_images(
            folder.path,
            suffixes=SUFFIXES,
            include=job.include,
            exclude=folder.exclude,
            leave_out=job_file.output,
        )
        left_out.update(found.left_out)
        warnings += [f"{folder.path}: cannot be searched: {told}" for told in found.unreadable]
        if not found.files:
            warnings.append(f"{folder.path}: no image found")
        for file in found.files:
            if file.path not in seen:
                seen.add(file.path)
                yield plan_image(job_file, job, folder.name, file, probe_size(file.path))


def _divide(
    plan: Plan, records: dict[Key, VariantRecord], chosen: Collection[str]
) -> tuple[dict[Key, VariantRecord], dict[int, list[Variant]]]:
    """Part what the ledger has settled from what is to be made, by position of the image."""
    settled: dict[Key, VariantRecord] = {}
    pending: defaultdict[int, list[Variant]] = defaultdict(list)
    for position, image in enumerate(plan.images):
        for variant in image.variants:
            record = record_of(image, variant, records)
            if record is not None and is_settled(record, image, variant, plan.output):
                settled[record.key] = record
            elif image.job in chosen and image.refusal is None:
                pending[position].append(variant)
    return settled, pending


def _sweep(output: Path) -> None:
    """Remove what earlier processes left: parts of files, and the word to stop."""
    sweep_parts(output)
    (output / STOP_FILE).unlink(missing_ok=True)


def _results(tasks: list[Task], workers: int, stop: Stop) -> Iterator[TaskResult]:
    """Yield results as they come; a dead worker is told with the images it may have died of."""
    if not tasks:
        return
    results = run_in_processes(
        process,
        tasks,
        min(workers, len(tasks)),
        stop=stop.is_wanted,
        wind_down=tasks[0].stop_file.touch,
    )
    with stop, closing(results):
        try:
            yield from results
        except WorkerDiedError as error:
            images = ", ".join(sorted({str(task.source) for task in error.items}))
            raise WorkerDiedError(
                f"{error} (at work: {images}). What was finished is kept: the same command goes on"
                " where this one stopped.",
                error.items,
            ) from error


def run_image(
    photo: Path,
    *,
    k: Sequence[int],
    init: Sequence[str],
    formats: Sequence[str],
    output: Path,
    settings: Settings,
    overwrite: bool = False,
) -> tuple[tuple[Variant, ...], TaskResult]:
    """Show one picture in few colors, without job file, ledger or worker processes.

    Parameters
    ----------
    photo : pathlib.Path
        The picture.
    k, init, formats : sequence
        As in a job file, expanded.
    output : pathlib.Path
        Folder for the outputs, ``PHOTO_kKKK_INIT.png``.
    settings : Settings
        Seed and the limits of K-Means.
    overwrite : bool
        Whether existing files may be replaced.

    Returns
    -------
    variants : tuple of Variant
        What was to be made.
    result : TaskResult
        What became of it, in the same order.

    Raises
    ------
    UsageError
        If outputs exist and may not be replaced, or cannot be named after the picture.
    StorageError
        If `output` cannot be written to.
    """
    if refusal := refuse_name(photo.name, k, init):
        raise UsageError(f"{photo}: {refusal}.")
    starts = dict.fromkeys(INIT_ALIASES.get(name, name) for name in init)
    variants = plan_variants(settings, sorted(set(k)), starts, formats, PurePosixPath(photo.stem))
    paths = (path for variant in variants for path in (variant.png, variant.pdf) if path)
    existing = [str(output / path) for path in paths if os.path.lexists(output / path)]
    if existing and not overwrite:
        raise UsageError(f"found {', '.join(existing)}, expected no such files. Use --force.")
    task = Task(0, 0, photo, output, settings, output / STOP_FILE, variants)
    return variants, process(task)
