"""Pending variants → tasks: who does what, and in which order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from batchquant.errors import NOT_ENOUGH_MEMORY
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.records import PlannedImage
from batchquant.steps.drawings import AnyTask, BookTask
from batchquant.steps.need import source_bytes
from batchquant.steps.task import Pending, Task

STOP_FILE = f"{RUN_FOLDER}/stop"
MAX_VARIANTS = 16  # of a task: bounds the size of its result and what a dead worker can lose


def refuse_task(task: AnyTask, budget_bytes: int, total_bytes: int) -> str | None:
    """Tell why a task is not to be begun: it could only fail, and take others with it.

    Parameters
    ----------
    task : AnyTask
        The task.
    budget_bytes : int
        What the job file allows.
    total_bytes : int
        What the machine has.

    Returns
    -------
    str or None
        A reason of the class ``too_large``; None where memory may suffice. An overview needs little
        more than the variants that it shows, which were made: only its file is asked about.
    """
    if isinstance(task, BookTask):
        return None
    held = source_bytes(task.source, task.size_bytes)
    if held > budget_bytes:
        return (
            f"{NOT_ENOUGH_MEMORY}: the file alone takes {held:,} bytes,"
            f" memory in the job file allows {budget_bytes:,}"
        )
    needed = task.need_bytes
    if isinstance(task, Task) and needed > total_bytes:
        return f"{NOT_ENOUGH_MEMORY}: it needs {needed:,} bytes, the machine has {total_bytes:,}"
    return None


def make_tasks(
    output: Path, pending: Sequence[Pending], images: Sequence[PlannedImage], workers: int
) -> list[Task]:
    """Divide what is pending among tasks, and put them into order.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    pending : sequence of Pending
        What is to be made.
    images : sequence of PlannedImage
        All planned images.
    workers : int
        Processes, >= 1.

    Returns
    -------
    list of Task
        A task is one image with up to `MAX_VARIANTS` variants. With fewer images than workers each
        image is split into as many tasks as there are workers, as far as it has variants. What has
        no readable header comes first: it costs next to nothing, and who wants to fail fast learns
        of it at once. Then comes the largest, so that it is not what the end waits for.
    """
    divided: list[tuple[float, Pending]] = []
    for whole in pending:
        parts = -(-len(whole.variants) // MAX_VARIANTS)
        if len(pending) < workers:
            parts = min(len(whole.variants), max(parts, workers))
        for part in range(parts):
            share = _every(parts, part, whole)  # small and large k in each
            megapixels = images[whole.position].megapixels
            divided.append((megapixels * len(share.variants), share))
    divided.sort(key=lambda entry: (entry[0] > 0, -entry[0]))
    return [
        Task(
            index=index,
            position=share.position,
            title=images[share.position].label,
            source=images[share.position].file.path,
            frame=images[share.position].frame,
            takes_all=images[share.position].takes_all,
            pixels=images[share.position].pixels,
            output=output,
            settings=images[share.position].settings,
            stop_file=output / STOP_FILE,
            variants=share.variants,
            known=share.known,
            earlier=share.earlier,
            size_bytes=images[share.position].file.size_bytes,
        )
        for index, (_, share) in enumerate(divided)
    ]


def _every(step: int, first: int, whole: Pending) -> Pending:
    """Return every `step`-th variant from the `first`."""
    chosen = slice(first, None, step)
    return replace(whole, variants=whole.variants[chosen], known=whole.known[chosen])
