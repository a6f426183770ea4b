"""A plan → how long it will take, what it will write, and what it needs for that."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path

from batchquant.engine.cores import usable_cores
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.errors import StorageError
from batchquant.estimate.calibration import calibrate
from batchquant.estimate.choice import choose_tasks
from batchquant.estimate.rates import Cost, Measured, Rates
from batchquant.estimate.schedule import finish_s, peak_bytes
from batchquant.formats.registry import kinds_of
from batchquant.jobfile import JobFile
from batchquant.plan.records import Plan, PlannedImage
from batchquant.run.review import Review
from batchquant.steps.task import Task
from batchquant.steps.tasks import make_tasks, refuse_task
from batchquant.store import record_of

ENOUGH_PICTURES = 16  # costs per pixel of photographs and drawings differ by a factor of 20
START_S = 1.5  # until the first worker is given work
MARGIN = 1.5  # by which an estimate may well be wrong


@dataclass(frozen=True, slots=True)
class Estimate:
    """What there is to know of a run before it begins.

    Attributes
    ----------
    workers : int
        Processes.
    elapsed_s : float or None
        How long it will take; None where no picture could be made to measure.
    size_bytes : float or None
        Of all files that it will write; None likewise.
    memory_bytes : int
        Of all processes together, at most.
    budget_bytes : int
        What the workers may use together.
    free_bytes : int
        On the disk of the output folder.
    """

    workers: int
    elapsed_s: float | None
    size_bytes: float | None
    memory_bytes: int
    budget_bytes: int
    free_bytes: int

    @property
    def may_fill_disk(self) -> bool:
        """Whether the files, or half as much again, are more than what is free."""
        return self.size_bytes is not None and self.size_bytes * MARGIN > self.free_bytes


def estimate(
    job_file: JobFile,
    plan: Plan,
    found: Review,
    *,
    workers: int | None = None,
    calibrating: Callable[[], None] = lambda: None,
    compiling: Callable[[], None] = lambda: None,
) -> Estimate | None:
    """Estimate a run by what the ledger knows, else by making a few pictures.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    plan : Plan
        From `plan_job`.
    found : Review
        How far it is carried out.
    workers : int, optional
        Processes; default: all cores that this process may use.
    calibrating : callable
        Called before pictures are made, which takes seconds.
    compiling : callable
        Called if K-Means has to be compiled for this machine first.

    Returns
    -------
    Estimate or None
        None where nothing is to be made.

    Raises
    ------
    StorageError
        If pictures have to be made, and the folder for temporary files cannot be written to.
    """
    n_cores = usable_cores()
    workers = n_cores if workers is None else workers
    pending = found.pending(plan, plan)
    budget, total = budget_bytes(job_file.memory), total_bytes()
    tasks = [
        task
        for task in make_tasks(plan.output, pending, plan.images, workers)
        if refuse_task(task, budget, total) is None
    ]
    if not tasks:
        return None
    known = _known(plan, found)
    if chosen := _choose(tasks, plan.images, known):
        calibrating()
        try:
            measured = calibrate(chosen, plan, workers, budget_bytes=budget, compiling=compiling)
        except (OSError, StorageError) as error:
            raise StorageError(
                f"{str(error).rstrip('.')}. It was a trial of a few pictures in the folder for"
                " temporary files, to estimate duration and size. Make room there, set TMPDIR to"
                " another folder, or spare the trial by --no-estimate."
            ) from error
        known |= _by_job(measured)
    elapsed_s = size_bytes = None
    if costs := _extrapolate(tasks, plan.images, known):
        seconds, size_bytes = costs
        # More workers than cores take turns.
        elapsed_s = START_S + finish_s(tasks, seconds, min(workers, n_cores), budget)
    return Estimate(
        workers=workers,
        elapsed_s=elapsed_s,
        size_bytes=size_bytes,
        memory_bytes=peak_bytes(tasks, workers, budget),
        budget_bytes=budget,
        free_bytes=_free_bytes(plan.output),
    )


def _known(plan: Plan, found: Review) -> dict[str, list[Measured]]:
    """Return what runs with the same settings took, by job."""
    measured = []
    for image in plan.images:
        records = [
            (variant, record)
            for variant in image.variants
            if (record := record_of(image, variant, found.settled)) and record.error is None
        ]
        if records and image.pixels:
            costs = tuple(
                Cost(
                    variant.k,
                    variant.init,
                    (record.cluster_s or 0.0) + (record.encode_s or 0.0),
                    sum(
                        record.outputs[kind].size_bytes
                        for kind in variant.outputs
                        if kind in record.outputs
                    ),
                )
                for variant, record in records
            )
            picture = Measured(image, image.megapixels, records[0][1].decode_s, costs)
            if overview := found.drawn.get(image.key):
                sizes = [file.size_bytes for file in overview.outputs.values()]
                picture = picture.and_drawn(overview.elapsed_s, sum(sizes))
            measured.append(picture)
    return _by_job(measured)


def _by_job(measured: Iterable[Measured]) -> dict[str, list[Measured]]:
    jobs: defaultdict[str, list[Measured]] = defaultdict(list)
    for picture in measured:
        jobs[picture.image.job].append(picture)
    return dict(jobs)


def _choose(
    tasks: Iterable[Task],
    images: Sequence[PlannedImage],
    known: Mapping[str, Sequence[Measured]],
) -> list[tuple[Task, int]]:
    """Choose pictures to try, of each job in turn of which too little is known."""
    jobs: defaultdict[str, dict[int, Task]] = defaultdict(dict)
    for task in tasks:
        if task.earlier is None:
            of_job = jobs[images[task.position].job]
            other = of_job.get(task.position)  # that makes more variants of the picture
            variants = task.variants if other is None else other.variants + task.variants
            of_job[task.position] = replace(task, variants=variants)
    lacking = [
        [*of_job.values()]
        for job, of_job in jobs.items()
        if not _is_known(of_job.values(), known.get(job, ()))
    ]
    each = [choose_tasks(of_job, -(-ENOUGH_PICTURES // len(lacking))) for of_job in lacking]
    return [choice for choice in chain.from_iterable(zip_longest(*each)) if choice is not None]


def _is_known(tasks: Iterable[Task], measured: Iterable[Measured]) -> bool:
    """Tell whether every K with every start of some tasks was made of enough pictures."""
    n_pictures = Counter((cost.k, cost.init) for picture in measured for cost in picture.costs)
    wanted = {(variant.k, variant.init) for task in tasks for variant in task.variants}
    return all(n_pictures[pair] >= ENOUGH_PICTURES for pair in wanted)


def _extrapolate(
    tasks: Iterable[Task],
    images: Sequence[PlannedImage],
    known: Mapping[str, Sequence[Measured]],
) -> tuple[list[float], float] | None:
    """Return seconds of each task and bytes of all; None where nothing is known.

    A job of which nothing is known is taken to cost what the others do.
    """
    everything = [picture for of_job in known.values() for picture in of_job]
    rates = {job: Rates.of(of_job) for job, of_job in known.items()}
    seconds, size_bytes = [], 0.0
    for task in tasks:
        if task.known:  # files of pixels that are there: little more than a copy
            seconds.append(0.0)
            size_bytes += sum(
                known.size_bytes * len(known.kinds.intersection(kinds_of("formats")))
                for known in task.known
            )
            continue
        if not everything:
            return None
        image = images[task.position]
        if image.job not in rates:
            rates[image.job] = Rates.of(everything)
        seconds.append(rates[image.job].seconds_of(image, task.variants))
        size_bytes += rates[image.job].size_bytes_of(image, task.variants)
    return seconds, size_bytes


def _free_bytes(output: Path) -> int:
    """Return what is free where a folder is, or will be."""
    existing = next(folder for folder in (output, *output.parents) if folder.exists())
    return shutil.disk_usage(existing).free
