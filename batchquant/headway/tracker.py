"""The observer that counts."""

import time
from collections.abc import Sequence

from batchquant.headway.records import AtWork, Headway
from batchquant.ledger import VariantRecord
from batchquant.observer import Observer
from batchquant.plan.records import PlannedImage, Task


class Tracker(Observer):
    """Knows at any time how far a run has come.

    Speed is measured on tasks of which every variant was made: pictures that cannot be read are
    over at once, and would promise too much.
    """

    def __init__(self) -> None:
        self._n_variants = self._n_made = self._n_failed = self._n_workers = 0
        self._waiting = self._measured_work = self._measured_s = 0.0
        self._began = time.monotonic()
        self._at_work: dict[int, tuple[str, Task, float]] = {}

    def started(self, tasks: Sequence[Task], n_settled: int) -> None:
        """Count what is ahead."""
        self._n_variants = sum(len(task.variants) for task in tasks)
        self._waiting = sum(task.work for task in tasks)
        self._began = time.monotonic()

    def begun(self, image: PlannedImage, task: Task) -> None:
        """Look at the clock."""
        self._at_work[task.index] = image.label, task, time.monotonic()
        self._waiting -= task.work
        self._n_workers = max(self._n_workers, len(self._at_work))

    def put_back(self, task: Task) -> None:
        """Count it as not begun."""
        del self._at_work[task.index]
        self._waiting += task.work

    def advanced(self, image: PlannedImage, task: Task, records: Sequence[VariantRecord]) -> None:
        """Count what was settled, and how long it took."""
        n_made = sum(record.error is None for record in records)
        self._n_made += n_made
        self._n_failed += len(records) - n_made
        if task.index not in self._at_work:  # it was refused before any worker got it
            self._waiting -= task.work
            return
        _, _, begun = self._at_work.pop(task.index)
        if n_made == len(task.variants):
            self._measured_work += task.work
            self._measured_s += time.monotonic() - begun

    def headway(self) -> Headway:
        """Return how far the run has come; from any thread."""
        now = time.monotonic()
        measured_work = self._measured_work
        return Headway(
            n_variants=self._n_variants,
            n_made=self._n_made,
            n_failed=self._n_failed,
            elapsed_s=now - self._began,
            waiting=self._waiting,
            s_per_work=self._measured_s / measured_work if measured_work else None,
            n_workers=self._n_workers,
            at_work=tuple(
                AtWork(label, task.work, now - begun)
                for label, task, begun in list(self._at_work.values())
            ),
        )
