"""What comes back while a run goes on → the ledger, and what is known so far."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from batchquant.ledger import Key, Ledger, OverviewRecord, VariantRecord, records_of
from batchquant.observer import Observer
from batchquant.outcome import OverviewResult, TaskResult
from batchquant.plan.overviews import BookTask, OverviewTask
from batchquant.plan.records import ImageKey, Plan, Task


class Journal:
    """Writes everything down before anybody is told of it.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    tasks : sequence of Task
        What the run makes.
    ledger : Ledger
        Written to.
    settled : dict of Key to VariantRecord
        What was settled before.
    told : Observer
        Told of tasks and drawings that are over.
    check : callable
        Called before each entry; raises if the output folder is not the one it was.

    Attributes
    ----------
    settled : dict of Key to VariantRecord
        What is settled by now.
    drawn : dict of ImageKey to OverviewRecord
        What is drawn by now.
    fresh : set of Key and ImageKey
        What this run settled or drew.
    """

    def __init__(
        self,
        plan: Plan,
        tasks: Sequence[Task],
        ledger: Ledger,
        settled: dict[Key, VariantRecord],
        told: Observer,
        check: Callable[[], None],
    ) -> None:
        self._plan, self._tasks, self._ledger = plan, tasks, ledger
        self._told, self._check = told, check
        self.settled, self.drawn = settled, ledger.read_overviews()
        self.fresh = set[Key | ImageKey]()
        self._taken: defaultdict[int, dict[Key, VariantRecord]] = defaultdict(dict)

    def take(self, so_far: TaskResult) -> None:
        """Enter the last variant of a result that is not complete: its worker may yet die."""
        task = self._tasks[so_far.index]
        image = self._plan.images[task.position]
        record = records_of(image, task.variants, so_far)[-1]
        self._settle([record])
        taken = self._taken[task.index]
        if record.key not in taken:  # else the task is tried again
            self._told.taken(task, record)
        taken[record.key] = record

    def enter(self, result: TaskResult) -> list[VariantRecord]:
        """Enter what became of a task; what was taken of it before stays.

        Returns
        -------
        list of VariantRecord
            Of its variants that were worked on.
        """
        task = self._tasks[result.index]
        image = self._plan.images[task.position]
        taken = self._taken.pop(task.index, {})
        records = [
            taken.get(record.key, record) for record in records_of(image, task.variants, result)
        ]
        self._settle([record for record in records if record.key not in taken])
        self._told.advanced(image, task, records)
        return records

    def enter_drawing(self, task: OverviewTask | BookTask, result: OverviewResult) -> None:
        """Enter what became of an overview or a book; nothing where it was told to stop."""
        if result.files or result.error:
            self._check()
            record = OverviewRecord.of(task, result)
            self._ledger.write_overview(record)
            self.drawn[record.key] = record
            self.fresh.add(record.key)
            self._told.drawn(task, record)

    def close(self) -> None:
        """Tell of what was taken of tasks that come to no end."""
        for index, taken in self._taken.items():
            task = self._tasks[index]
            self._told.advanced(self._plan.images[task.position], task, list(taken.values()))
        self._taken.clear()

    def _settle(self, records: Sequence[VariantRecord]) -> None:
        self._check()
        self._ledger.write(records)
        self.settled.update((record.key, record) for record in records)
        self.fresh.update(record.key for record in records)
