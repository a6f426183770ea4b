"""What a run tells → how far it has come."""

import time
from collections.abc import Sequence

from batchquant.engine.protocol import Began, PutBack
from batchquant.run.events import Advanced, Drawn, Event, Started, Taken
from batchquant.run.progress.records import AtWork, Progress
from batchquant.steps.drawings import AnyTask, OverviewTask
from batchquant.steps.picture_steps import StepTask
from batchquant.steps.result import DrawnKey
from batchquant.steps.task import Task
from batchquant.steps.varied_sheet import VariedSheetTask
from batchquant.store import VariantRecord

DRAWING = 0.5  # of the time for making, on photographs in K = 3 to 16


class Tracker:
    """Knows at any time how far a run has come.

    Speed is measured on tasks of which every variant was made: pictures that cannot be read are
    over at once, and would promise too much. Every picture that is made will be drawn; how long
    that takes is measured apart, and guessed until the first is drawn.
    """

    def __init__(self) -> None:
        self._n_variants = self._n_made = self._n_failed = self._n_workers = 0
        self._waiting = self._measured_work = self._measured_s = 0.0
        self._to_draw = self._drawn_work = self._drawn_s = 0.0
        self._began = time.monotonic()
        self._at_work: dict[int | DrawnKey, tuple[AnyTask, float, str]] = {}
        self._taken: dict[int, tuple[int, int]] = {}  # made and failed, of tasks that go on

    def hear(self, event: Event) -> None:
        """Count it."""
        match event:
            case Started(n_variants, work):
                self._n_variants, self._waiting, self._to_draw = n_variants, work, work
                self._began = time.monotonic()
            case Began(task, where):
                self._begin(task, where)
            case PutBack(task):
                del self._at_work[_name(task)]  # it counts as not begun
                self._waiting += _work(task)
            case Taken(task, record):
                self._take(task, record)
            case Advanced(_, task, records):
                self._advance(task, records)
            case Drawn(task):
                _, begun, _ = self._at_work.pop(task.key)
                if isinstance(task, OverviewTask):
                    self._drawn_work += task.work
                    self._drawn_s += time.monotonic() - begun

    def _begin(self, task: AnyTask, where: str) -> None:
        self._at_work[_name(task)] = task, time.monotonic(), where
        self._waiting -= _work(task)
        self._n_workers = max(self._n_workers, len(self._at_work))

    def _take(self, task: Task, record: VariantRecord) -> None:
        n_made, n_failed = self._taken.get(task.index, (0, 0))
        is_made = record.error is None
        self._taken[task.index] = n_made + is_made, n_failed + (not is_made)
        self._n_made += is_made
        self._n_failed += not is_made

    def _advance(self, task: Task, records: Sequence[VariantRecord]) -> None:
        """Count what was settled, and how long it took."""
        n_made = sum(record.error is None for record in records)
        n_made_before, n_failed_before = self._taken.pop(task.index, (0, 0))
        self._n_made += n_made - n_made_before
        self._n_failed += len(records) - n_made - n_failed_before
        if not n_made:
            self._to_draw -= task.work
        if task.index not in self._at_work:  # it was refused before any worker got it
            self._waiting -= task.work
            return
        _, begun, _ = self._at_work.pop(task.index)
        if n_made == len(task.variants):
            self._measured_work += task.work
            self._measured_s += time.monotonic() - begun

    def progress(self) -> Progress:
        """Return how far the run has come; from any thread."""
        now = time.monotonic()
        s_per_work = self._measured_s / self._measured_work if self._measured_work else None
        s_per_drawing = (s_per_work or 0.0) * DRAWING
        if self._drawn_work:
            s_per_drawing = self._drawn_s / self._drawn_work
        return Progress(
            n_variants=self._n_variants,
            n_made=self._n_made,
            n_failed=self._n_failed,
            elapsed_s=now - self._began,
            waiting=self._waiting,
            s_per_work=s_per_work,
            n_workers=self._n_workers,
            at_work=tuple(
                AtWork(_label(task), _work(task), now - begun, _part(task), where)
                for task, begun, where in list(self._at_work.values())
            ),
            undrawn_s=max(0.0, self._to_draw - self._drawn_work) * s_per_drawing,
        )


def _name(task: AnyTask) -> int | DrawnKey:
    """Return what the result of a task is named by."""
    return task.index if isinstance(task, Task) else task.key


def _label(task: AnyTask) -> str:
    if isinstance(task, OverviewTask):
        return f"{task.title} (contact sheet)"
    if isinstance(task, VariedSheetTask):
        return f"{task.title} (contact sheet of all combinations)"
    return f"{task.title} ({task.step})" if isinstance(task, StepTask) else task.title


def _part(task: AnyTask) -> str:
    return task.part if isinstance(task, Task) else ""


def _work(task: AnyTask) -> float:
    return task.work if isinstance(task, Task) else 0.0
