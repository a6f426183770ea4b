"""A few pictures that stand for all are made, and thrown away, to see what they take."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from batchquant.engine.backlog import Backlog
from batchquant.engine.compiled import compile_kernels_in
from batchquant.engine.local import LocalEngine
from batchquant.engine.protocol import Done, Lost, Part
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.records import Plan, PlannedImage, Variant
from batchquant.quantization.restarts import WITHOUT_CHANCE
from batchquant.run.drawings import overview_task
from batchquant.sources.source import suffix_of
from batchquant.steps.drawings import AnyTask, OverviewTask
from batchquant.steps.result import DrawnKey, OverviewResult, TaskResult
from batchquant.steps.stopping import STOP_FILE, stop_told_in
from batchquant.steps.task import Task
from batchquant.store import record_of, records_of
from batchquant.store.drawn import OverviewRecord
from batchquant.store.records import Key, VariantRecord

ENOUGH_PICTURES = 16  # costs per pixel of photographs and drawings differ by a factor of 20
LIMIT_S = 10.0  # some pictures of a camera, or all that are chosen of smaller ones
MAX_RESTARTS = 3  # one is like another


class Cost(NamedTuple):
    """What a variant took, with its share of the overview."""

    k: int
    init: str
    seconds: float
    size_bytes: int  # of all its files


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture of which variants were made; its header could be read."""

    image: PlannedImage
    weight: float  # share of the work that it stands for, in any unit
    decode_s: float  # for reading, decoding and counting colors; twice where it was drawn, too
    costs: tuple[Cost, ...]  # at least one


def measure(
    image: PlannedImage,
    weight: float,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
) -> Measured | None:
    """Tell what a picture took by its records; None where nothing was made of it."""
    made = [
        (variant, record)
        for variant in image.variants
        if (record := record_of(image, variant, records)) and record.error is None
    ]
    if not made or not image.pixels:
        return None
    decode_s, looking_s, overview_bytes = made[0][1].decode_s, 0.0, 0
    if overview := drawn.get(image.key):  # it decodes once more, and then looks at each variant
        looking_s = max(0.0, overview.elapsed_s - decode_s) / len(made)
        overview_bytes = sum(file.size_bytes for file in overview.outputs.values()) // len(made)
        decode_s *= 2
    costs = tuple(
        Cost(
            variant.k,
            variant.init,
            (record.cluster_s or 0.0) + (record.encode_s or 0.0) + looking_s,
            sum(record.outputs[kind].size_bytes for kind in variant.outputs.keys() & record.outputs)
            + overview_bytes,
        )
        for variant, record in made
    )
    return Measured(image, weight, decode_s, costs)


def choose(
    tasks: Iterable[Task], known: Mapping[str, Sequence[Measured]]
) -> list[tuple[Task, int]]:
    """Choose pictures to try, with their weights, of each job in turn of which too little is known.

    Nothing is to be tried of tasks that make files of pixels that are there.
    """
    jobs: defaultdict[str, dict[int, Task]] = defaultdict(dict)
    for task in tasks:
        if task.earlier is None:
            of_job = jobs[task.key[0]]
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


def choose_tasks(tasks: Sequence[Task], n: int) -> list[tuple[Task, int]]:
    """Choose at most n of one job's pictures that stand for all, and few variants of each.

    Returns
    -------
    list of tuple of Task and int
        Each with its weight. Also the first few of them are spread over all.

    Notes
    -----
    All work, pixels times variants, is laid out in a line: by kind of file, then by size. The
    pictures that lie at n points of it are chosen, each as often as points meet it. So the chance
    of one is its share of the work, and the weighted mean of a cost per pixel tends to that of all.
    The points are van der Corput's: the binary digits of 1, 2, 3, … mirrored at the point.

    References
    ----------
    M. H. Hansen and W. N. Hurwitz (1943), On the Theory of Sampling from Finite Populations,
    Ann. Math. Statist. 14(4), 333-362, doi:10.1214/aoms/1177731356.
    """
    in_line = sorted(tasks, key=lambda task: (suffix_of(task.source), task.pixels, task.index))
    ends = np.cumsum([task.pixels * len(task.variants) for task in in_line])
    if not len(ends) or not ends[-1]:
        return []
    digits = [f"{number:b}" for number in range(1, n + 1)]
    points = [int(each[::-1], 2) / (1 << len(each)) * ends[-1] for each in digits]
    met = Counter(np.searchsorted(ends, points, side="right").tolist())  # keeps the order of points
    return [
        (_with_few_variants(in_line[place], turn), weight)
        for turn, (place, weight) in enumerate(met.items())
    ]


def calibrate(
    chosen: Sequence[tuple[Task, int]],
    plan: Plan,
    workers: int,
    *,
    budget_bytes: float,
    compiling: Callable[[], None] = lambda: None,
    limit_s: float = LIMIT_S,
) -> list[Measured]:
    """Make what tasks ask for, as far as `limit_s` allows, and throw it away.

    That counts from the start of the workers, and is exceeded a little where a picture hangs.
    `compiling` is called if K-Means has to be compiled for this machine first. Raises OSError or
    StorageError if the folder for temporary files cannot be written to.
    """
    records: dict[Key, VariantRecord] = {}
    drawn: dict[DrawnKey, OverviewRecord] = {}
    repeats = {
        task.index: 1.0 if n_init == "auto" else n_init / min(n_init, MAX_RESTARTS)
        for task, n_init in ((task, task.settings.n_init) for task, _ in chosen)
    }

    def keep(task: Task, result: TaskResult) -> None:
        for record in records_of(plan.images[task.position], task.variants, result):
            records[record.key] = _with_all_restarts(record, repeats[task.index])

    def drawing_of(task: AnyTask) -> Iterator[OverviewTask]:
        """Let what was made be shown, as in a run."""
        if isinstance(task, Task) and (
            drawing := overview_task(plan.images[task.position], task.output, records, {})
        ):
            yield drawing

    with TemporaryDirectory(prefix="batchquant-") as name:
        output = Path(name)
        (output / RUN_FOLDER).mkdir()
        compile_kernels_in(output / RUN_FOLDER, compiling)
        due = Backlog[AnyTask](_moved(task, output) for task, _ in chosen)
        deadline = time.monotonic() + limit_s
        is_to_stop = stop_told_in(output / STOP_FILE, lambda: time.monotonic() > deadline)
        with closing(LocalEngine(workers, budget_bytes).run(due, is_to_stop)) as events:
            for event in events:
                match event:
                    case Part(Task() as task, TaskResult() as so_far):
                        keep(task, so_far)
                    case Done(OverviewTask() as task, OverviewResult() as result):
                        drawn[task.key] = OverviewRecord.of(task, result)
                    case Done(Task() as task, TaskResult() as result):
                        keep(task, result)
                        due.put_first(drawing_of(task))
                    case Lost(task, _):
                        due.put_first(drawing_of(task))
    found = (measure(plan.images[task.position], by, records, drawn) for task, by in chosen)
    return [picture for picture in found if picture is not None]


def _is_known(tasks: Iterable[Task], measured: Iterable[Measured]) -> bool:
    """Tell whether every K with every start of some tasks was made of enough pictures."""
    n_pictures = Counter((cost.k, cost.init) for picture in measured for cost in picture.costs)
    wanted = {(variant.k, variant.init) for task in tasks for variant in task.variants}
    return all(n_pictures[pair] >= ENOUGH_PICTURES for pair in wanted)


def _with_few_variants(task: Task, turn: int) -> Task:
    """Keep the smallest, a middle and the largest K, with starts that change from task to task."""
    by_k: dict[int, list[Variant]] = {}
    for variant in sorted(task.variants, key=lambda variant: (variant.k, variant.init)):
        by_k.setdefault(variant.k, []).append(variant)
    k = list(by_k)
    few = [by_k[number] for number in dict.fromkeys((k[0], k[len(k) // 2], k[-1]))]
    variants = (starts[(turn + place) % len(starts)] for place, starts in enumerate(few))
    return replace(task, variants=tuple(variants))


def _moved(task: Task, output: Path) -> Task:
    """Let a task write elsewhere, with fewer restarts."""
    settings = task.settings
    if settings.n_init != "auto":
        settings = replace(settings, n_init=min(settings.n_init, MAX_RESTARTS))
    return replace(task, output=output, stop_file=output / STOP_FILE, settings=settings)


def _with_all_restarts(record: VariantRecord, repeats: float) -> VariantRecord:
    if record.cluster_s is None or record.init in WITHOUT_CHANCE:
        return record
    return replace(record, cluster_s=record.cluster_s * repeats)
