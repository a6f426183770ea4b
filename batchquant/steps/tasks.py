"""Pending variants → tasks: who does what, and in which order."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, count, islice
from pathlib import Path

from batchquant.errors import BLOCKED, NOT_ENOUGH_MEMORY
from batchquant.steps.animation import AnimationTask
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.need import source_bytes
from batchquant.steps.picture_steps import StepTask
from batchquant.steps.shared_palette import SharedPaletteTask
from batchquant.steps.task import Pending, Task, shared_of
from batchquant.steps.varied_sheet import VariedSheetTask

MAX_VARIANTS = 16  # of a task: bounds the size of its result and what a dead worker can lose
MAX_FILES = 72  # of a task, likewise: of 16 variants in four kinds, of 12 in six


def refuse_task(task: AnyTask, budget_bytes: float, total_bytes: float) -> str | None:
    """Tell why a task is not to be begun: it could only fail, and take others with it.

    Parameters
    ----------
    task : AnyTask
        The task.
    budget_bytes : int or float
        What the job file allows.
    total_bytes : int or float
        What the machine has.

    Returns
    -------
    str or None
        A reason of the class ``too_large``; None where memory may suffice. An overview needs little
        more than the variants that it shows, which were made: only its file is asked about.
    """
    if isinstance(task, AnimationTask | BookTask | StepTask):
        return None
    if isinstance(task, SharedPaletteTask):
        return _refuse_need(task.need_bytes, total_bytes)
    if isinstance(task, Task) and task.group and not task.group.digest and not task.known:
        return task.group.blocked or f"{BLOCKED}the palette that it shares is not found yet"
    held = source_bytes(task.source, task.size_bytes)
    if held > budget_bytes:
        return (
            f"{NOT_ENOUGH_MEMORY}: the file alone takes {held:,} bytes,"
            f" memory in the job file allows {budget_bytes:,}"
        )
    if isinstance(task, OverviewTask | VariedSheetTask):
        return None
    return _refuse_need(task.need_bytes, total_bytes)


def _refuse_need(needed: int, total_bytes: float) -> str | None:
    if needed > total_bytes:
        return f"{NOT_ENOUGH_MEMORY}: it needs {needed:,} bytes, the machine has {total_bytes:,}"
    return None


def make_tasks(output: Path, pending: Iterable[Pending], workers: int) -> Iterator[Task]:
    """Divide what is pending among tasks, in its order.

    A task is one image with up to `MAX_VARIANTS` variants and `MAX_FILES` files. With fewer images
    than workers each image is split into as many tasks as there are workers, as far as it has
    variants.
    """
    waiting = iter(pending)
    first = list(islice(waiting, workers))
    is_split = len(first) < workers
    index = count()
    for whole, is_in_other_jobs in _beside_neighbors(chain(first, waiting)):
        n_files = len(whole.variants[0].files)
        fewest = n_parts(len(whole.variants), 1, n_files)
        parts = n_parts(len(whole.variants), workers, n_files) if is_split else fewest
        for part in range(parts):
            share, image = _every(parts, part, whole), whole.image  # small and large k in each
            yield Task(
                index=next(index),
                position=share.position,
                variants=share.variants,
                known=share.known,
                earlier=share.earlier,
                part=f"part {part + 1} of {parts}" if parts > 1 else "",
                group=image.group,
                **shared_of(image, output),
                # Else others have some of it, and each would make the original small.
                is_shown_next=bool(image.overview.files) and parts == fewest,
                is_in_other_jobs=is_in_other_jobs,
            )


def _beside_neighbors(pending: Iterable[Pending]) -> Iterator[tuple[Pending, bool]]:
    """Yield what is pending, and whether that before or behind it shows the same picture."""
    before: Pending | None = None
    is_shown_before = False
    for whole in pending:
        is_same = before is not None and _shows_the_same(before, whole)
        if before is not None:
            yield before, is_shown_before or is_same
        before, is_shown_before = whole, is_same
    if before is not None:
        yield before, is_shown_before


def _shows_the_same(one: Pending, other: Pending) -> bool:
    is_same_frame = (one.image.file.place, one.image.frame) == (
        other.image.file.place,
        other.image.frame,
    )
    return is_same_frame and one.image.job != other.image.job


def n_parts(n_variants: int, workers: int, n_files: int = 1) -> int:
    """Tell into how many tasks an image is divided that is all that so many workers have.

    `n_files` is how many files each variant has.
    """
    return min(n_variants, max(-(-n_variants // most_variants(n_files)), workers))


def most_variants(n_kinds: int) -> int:
    """Return how many variants a task may have, of which as many files each are wanted."""
    return max(1, min(MAX_VARIANTS, MAX_FILES // n_kinds))


def _every(step: int, first: int, whole: Pending) -> Pending:
    """Return every `step`-th variant from the `first`."""
    chosen = slice(first, None, step)
    return replace(whole, variants=whole.variants[chosen], known=whole.known[chosen])
