"""A few pictures are made, into a folder that is thrown away, to see what they take."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from batchquant.engine.backlog import Backlog
from batchquant.engine.compiled import compile_kernels_in
from batchquant.engine.local import LocalEngine
from batchquant.engine.protocol import Done, Lost, Part
from batchquant.estimate.rates import Cost, Measured
from batchquant.files import publish
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.records import ImageKey, Plan
from batchquant.run.drawings import overview_task
from batchquant.steps.drawings import AnyTask, OverviewTask
from batchquant.steps.result import OverviewResult, TaskResult, VariantResult
from batchquant.steps.task import Task
from batchquant.steps.tasks import STOP_FILE
from batchquant.store import records_of

LIMIT_S = 10.0  # some pictures of a camera, or all that are chosen of smaller ones
MAX_RESTARTS = 3  # one is like another


def calibrate(
    chosen: Sequence[tuple[Task, int]],
    plan: Plan,
    workers: int,
    *,
    budget_bytes: float,
    compiling: Callable[[], None] = lambda: None,
    limit_s: float = LIMIT_S,
) -> list[Measured]:
    """Make what tasks ask for, as far as time allows, and throw it away.

    Parameters
    ----------
    chosen : sequence of tuple of Task and int
        Tasks of a run, in the order to try them, each with its weight.
    plan : Plan
        What they are of.
    workers : int
        Processes.
    budget_bytes : float
        What all pictures at work may take together.
    compiling : callable
        Called if K-Means has to be compiled for this machine first, which takes seconds.
    limit_s : float
        Seconds, from the start of the workers; what is finished then is what is known, and a few
        more where a picture hangs.

    Returns
    -------
    list of Measured
        Pictures that could be made in time.

    Raises
    ------
    StorageError
        If the folder for temporary files cannot be written to.
    """
    measured = []
    tasks = {task.index: (task, weight) for task, weight in chosen}
    with TemporaryDirectory(prefix="batchquant-") as name:
        output = Path(name)
        (output / RUN_FOLDER).mkdir()
        compile_kernels_in(output / RUN_FOLDER, compiling)
        results: dict[ImageKey, TaskResult] = {}
        drawn: dict[ImageKey, OverviewResult] = {}

        def keep(so_far: TaskResult) -> None:
            results[plan.images[tasks[so_far.index][0].position].key] = so_far

        def draw(task: AnyTask) -> Iterator[OverviewTask]:
            """Let what was made be shown, as in a run."""
            image = plan.images[task.position] if isinstance(task, Task) else None
            if isinstance(task, Task) and image and image.key in results:
                records = records_of(image, task.variants, results[image.key])
                made = {record.key: record for record in records}
                if drawing := overview_task(image, output, made, {}):
                    yield drawing

        deadline = time.monotonic() + limit_s

        def is_to_stop() -> bool:
            is_late = time.monotonic() > deadline
            if is_late:
                publish(output / STOP_FILE, b"")
            return is_late

        due = Backlog[AnyTask](_moved(task, output) for task, _ in chosen)
        events = LocalEngine(workers, budget_bytes).run(due, is_to_stop)
        with closing(events):
            for event in events:
                match event:
                    case Part(_, TaskResult() as so_far):
                        keep(so_far)
                    case Done(_, OverviewResult() as drawing):
                        drawn[drawing.key] = drawing
                    case Done(task, TaskResult() as whole):
                        keep(whole)
                        due.put_first(draw(task))
                    case Lost(task, _):
                        due.put_first(draw(task))
    for task, weight in chosen:
        image = plan.images[task.position]
        result = results.get(image.key)
        if result is not None and (costs := _costs(task, result)):
            picture = Measured(image, weight, result.decode_s, costs)
            if overview := drawn.get(image.key):
                sizes = [file.size_bytes for file in overview.files.values()]
                picture = picture.and_drawn(overview.elapsed_s, sum(sizes))
            measured.append(picture)
    return measured


def _moved(task: Task, output: Path) -> Task:
    """Let a task write elsewhere, with fewer restarts."""
    n_init = min(task.settings.n_init, MAX_RESTARTS)
    settings = replace(task.settings, n_init=n_init)
    return replace(task, output=output, stop_file=output / STOP_FILE, settings=settings)


def _costs(task: Task, result: TaskResult) -> tuple[Cost, ...]:
    """Return what the variants that were made take with all restarts of the task."""
    from batchquant.quantization.kmeans.initialize import WITHOUT_CHANCE

    n_init = task.settings.n_init
    repeats = n_init / min(n_init, MAX_RESTARTS)
    return tuple(
        Cost(
            variant.k,
            variant.init,
            made.cluster_s * (1 if variant.init in WITHOUT_CHANCE else repeats) + made.encode_s,
            sum(max(0, file.size_bytes) for file in made.files.values()),
        )
        for variant, made in zip(task.variants, result.variants, strict=False)  # ends where stopped
        if isinstance(made, VariantResult)
    )
