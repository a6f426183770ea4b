"""A plan → how long it will take, what it will write, and what it needs for that."""

import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from batchquant.engine.backlog import Attempt, Attempts, Backlog
from batchquant.engine.cores import usable_cores
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.errors import StorageError
from batchquant.estimate.trial import Measured, calibrate, choose, measure
from batchquant.files.output_bucket import bucket_of_output
from batchquant.formats.registry import formats, kinds_of
from batchquant.jobfile import JobFile
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Plan, PlannedImage, Variant
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.drawings import Drawings, VariedSheets
from batchquant.run.review import Review
from batchquant.steps.need import PROCESS_BYTES
from batchquant.steps.task import Known, Task
from batchquant.steps.tasks import make_tasks, refuse_task
from batchquant.store.totals import totals_of

START_S = 1.5  # until the first worker is given work
MARGIN = 1.5  # by which an estimate may well be wrong
MAX_KNOWN = 4096  # pictures whose costs are looked at: more would not tell more


@dataclass(frozen=True, slots=True)
class Estimate:
    """What there is to know of a run before it begins."""

    workers: int  # processes
    elapsed_s: float | None  # None where no picture could be made to measure
    size_bytes: float | None  # of all files that it will write; None likewise
    memory_bytes: int  # of all processes together, at most
    budget_bytes: int  # what the workers may use together
    free_bytes: int  # on the disk of the output folder

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

    None where nothing is to be made. `workers` are all cores that this process may use where they
    are not given. `calibrating` is called before pictures are made, which takes seconds, and
    `compiling` if K-Means has to be compiled for this machine first. Raises StorageError if
    pictures have to be made, and the folder for temporary files cannot be written to.
    """
    n_cores = usable_cores()
    workers = n_cores if workers is None else workers
    budget, total = budget_bytes(job_file.memory), total_bytes()
    # Of a palette that is shared and not found yet each picture finds its own, which takes longer.
    alone = (
        replace(task, group=None) for task in make_tasks(plan.output, found.pending(), workers)
    )
    tasks = [task for task in alone if refuse_task(task, budget, total) is None]
    if not tasks:
        return None
    before = (
        measure(image, image.megapixels, found.settled, found.drawn)
        for image in _spread(plan.images)
    )
    known = _by_job(before)
    if chosen := choose(tasks, known):
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


def count_drawings(
    plan: Plan, found: Review, selection: Selection = WHOLE, *, verify: bool = False
) -> int | None:
    """Count the overviews that a run will draw, if nothing fails.

    None where the plan is restricted to a selection: overviews show all variants of an image. Else
    one for each image of which something is to be made, and what is due as it is, books too, and
    sheets of combinations. A book that may have to be bound again after these is not counted.
    """
    if selection != WHOLE:
        return None
    pending = found.count_images()
    drawings = Drawings(plan, found.settled, found.drawn, verify=verify)
    undrawn = Counter(image.job for image in found.undrawn() if drawings.of(image.key))
    books = (job for job in totals_of(plan.images).books if not pending[job] + undrawn[job])
    n_books = sum(drawings.of(book_key(job)) is not None for job in books)
    varied = VariedSheets(plan, found.settled, found.drawn, found.is_open, verify=verify)
    n_varied = varied.count(found.unfinished(), found.undrawn())
    return pending.total() + undrawn.total() + n_books + n_varied


@dataclass(frozen=True, slots=True)
class Rates:
    """What a million pixels cost, whatever the start: weighted means of what is measured."""

    decode_s: float  # of the source
    log_k: NDArray[np.float64]  # (n,), ascending; between them costs are interpolated
    seconds: NDArray[np.float64]  # (n,), for a variant, of the picture as it is clustered
    size_bytes: NDArray[np.float64]  # (n,), of all its files, likewise

    @classmethod
    def of(cls, measured: Sequence[Measured]) -> Self:
        """Average over at least one picture; not all need have the same K."""
        rows = np.array(
            [
                (cost.k, picture.weight, cost.seconds / megapixels, cost.size_bytes / megapixels)
                for picture in measured
                for megapixels in [made_megapixels(picture.image)]
                for cost in picture.costs
            ]
        )
        k = np.unique(rows[:, 0])
        weights = rows[:, 1] * (rows[:, 0] == k[:, np.newaxis])  # a row for each K
        seconds, size_bytes = (weights @ rows[:, 2:] / weights.sum(axis=1, keepdims=True)).T
        decode_s = np.average(
            [picture.decode_s / picture.image.megapixels for picture in measured],
            weights=[picture.weight for picture in measured],
        )
        return cls(float(decode_s), np.log(k), seconds, size_bytes)

    def costs_of(self, image: PlannedImage, variants: Iterable[Variant]) -> tuple[float, float]:
        """Return seconds of one worker and bytes of all files, for a picture's variants."""
        log_k = np.log([variant.k for variant in variants])
        megapixels = made_megapixels(image)
        seconds = np.interp(log_k, self.log_k, self.seconds).sum() * megapixels
        size_bytes = np.interp(log_k, self.log_k, self.size_bytes).sum() * megapixels
        return float(self.decode_s * image.megapixels + seconds), float(size_bytes)


def made_megapixels(image: PlannedImage) -> float:
    """Return millions of pixels of a picture as it is clustered: reduced, where that is wanted."""
    if image.size is None or image.settings.reduce is None:
        return image.megapixels
    return image.megapixels * min(1.0, image.settings.reduce / max(image.size)) ** 2


def finish_s(tasks: Sequence[Task], seconds: Sequence[float], workers: int, budget: float) -> float:
    """Return when the last of some tasks is finished, in the order and by the rules of a run."""
    duration_s = dict(zip((task.index for task in tasks), seconds, strict=True))
    attempts = Attempts(Backlog(tasks), budget)
    at_work: list[tuple[float, int, Attempt[Task]]] = []
    now = 0.0
    while not attempts.is_over:
        while len(at_work) < workers and (attempt := attempts.take()):
            index = attempt.work.index
            heappush(at_work, (now + duration_s[index], index, attempt))
        now, _, attempt = heappop(at_work)
        attempts.finish(attempt)
    return now


def peak_bytes(tasks: Sequence[Task], workers: int, budget: int) -> int:
    """Return the memory of all processes together, at most, for at least one task.

    A task that needs more than the budget runs alone.
    """
    largest = sorted((task.need_bytes for task in tasks), reverse=True)[:workers]
    return min(sum(largest), max(budget, largest[0])) + PROCESS_BYTES


def _spread(images: Sequence[PlannedImage]) -> Iterator[PlannedImage]:
    """Yield images that lie evenly among all, `MAX_KNOWN` at most: they stand for the others."""
    step = -(-len(images) // MAX_KNOWN)
    return (image for place, image in enumerate(images) if place % step == 0)


def _by_job(measured: Iterable[Measured | None]) -> dict[str, list[Measured]]:
    jobs: defaultdict[str, list[Measured]] = defaultdict(list)
    for picture in measured:
        if picture is not None:
            jobs[picture.image.job].append(picture)
    return dict(jobs)


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
    costs = []
    for task in tasks:
        if task.known:  # files of pixels that are there are encoded, and no more
            megapixels = made_megapixels(images[task.position])
            kinds = [known.kinds.intersection(kinds_of("formats")) for known in task.known]
            each = (formats()[kind].seconds_per_megapixel for some in kinds for kind in some)
            costs += [(megapixels * sum(each), float(sum(map(_size_of_copies, task.known))))]
            continue
        if not everything:
            return None
        image = images[task.position]
        if image.job not in rates:
            rates[image.job] = Rates.of(everything)
        costs.append(rates[image.job].costs_of(image, task.variants))
    return [seconds for seconds, _ in costs], sum(size_bytes for _, size_bytes in costs)


def _size_of_copies(known: Known) -> int:
    """Return the bytes of files to be made of one that is there; palettes are next to nothing."""
    return known.size_bytes * sum(formats()[kind].key == "formats" for kind in known.kinds)


def _free_bytes(output: Path) -> int:
    """Return what is free where a folder is, or will be; no bucket tells, and few are full."""
    if bucket_of_output(output) is not None:
        return sys.maxsize
    existing = next(folder for folder in (output, *output.parents) if folder.exists())
    return shutil.disk_usage(existing).free
