"""What comes back while a run goes on → the ledger, and what is known so far."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress

from batchquant.errors import CUT_OFF, StorageError
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.run.events import Advanced, Drawn, Listener, Taken
from batchquant.run.ownership import Ownership
from batchquant.steps.drawings import BookTask, OverviewTask
from batchquant.steps.result import OverviewResult, TaskResult, VariantResult, shorten
from batchquant.steps.task import Task
from batchquant.store import (
    OF_THE_RECORD,
    Key,
    Ledger,
    OverviewRecord,
    VariantRecord,
    key_of,
    records_of,
)


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
    ownership : Ownership
        Told of what was written.
    settled : dict of Key to VariantRecord
        What was settled before.
    drawn : dict of ImageKey to OverviewRecord
        What was drawn before.
    tell : Listener
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
        ownership: Ownership,
        settled: dict[Key, VariantRecord],
        drawn: dict[ImageKey, OverviewRecord],
        tell: Listener,
        check: Callable[[], None],
    ) -> None:
        self._plan, self._tasks, self._ledger, self._ownership = plan, tasks, ledger, ownership
        self._tell, self._check = tell, check
        self.settled, self.drawn = settled, drawn
        self.fresh = set[Key | ImageKey]()
        self._taken: defaultdict[int, dict[Key, VariantRecord]] = defaultdict(dict)

    def take(self, so_far: TaskResult) -> None:
        """Enter the last variant of a result that is not complete: its worker may yet die."""
        task = self._tasks[so_far.index]
        image = self._plan.images[task.position]
        record = records_of(image, task.variants, so_far)[-1]
        (record,) = self._settle(image, [record])
        taken = self._taken[task.index]
        if record.key not in taken:  # else the task is tried again
            self._tell(Taken(task, record))
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
        found = records_of(image, task.variants, result)
        settled = self._settle(image, [each for each in found if each.key not in taken])
        fresh = {record.key: record for record in settled}
        records = [(taken | fresh)[record.key] for record in found]
        if any(isinstance(made, VariantResult) and made.was_there for made in result.variants):
            self._ownership.recognize(image.key)
        if not (result.error or "").startswith(CUT_OFF):  # else a file may be there, unrecorded
            self._ownership.settle(task, _paths_of(records))
        self._tell(Advanced(image, task, records))
        return records

    def enter_drawing(self, task: OverviewTask | BookTask, result: OverviewResult) -> None:
        """Enter what became of an overview or a book; nothing where it was told to stop."""
        if result.files or result.error:
            self._check()
            record = OverviewRecord.of(task, result)
            self._ledger.write_overview(record)
            if not (result.error or "").startswith(CUT_OFF):
                self._ownership.settle(task, _paths_of([record]))
            self.drawn[record.key] = record
            self.fresh.add(record.key)
            self._tell(Drawn(task, record))

    def close(self) -> None:
        """Tell of what was taken of tasks that come to no end."""
        for index, taken in self._taken.items():
            task = self._tasks[index]
            image = self._plan.images[task.position]
            self._tell(Advanced(image, task, list(taken.values())))
        self._taken.clear()

    def _settle(
        self, image: PlannedImage, records: Sequence[VariantRecord]
    ) -> Sequence[VariantRecord]:
        """Write records down; returns them as they could be written."""
        self._check()
        try:
            self._ledger.write(records)
        except StorageError:
            raise
        except Exception as error:  # of one of them; it costs its variant, and not the night
            told = f"internal: cannot be recorded: {type(error).__name__}: {error}"
            records = [self._write_alone(image, record, told) for record in records]
        self.settled.update((record.key, record) for record in records)
        self.fresh.update(record.key for record in records)
        return records

    def _write_alone(self, image: PlannedImage, record: VariantRecord, error: str) -> VariantRecord:
        """Write a record, or else that it failed; what not even that can be said of is pending."""
        (variant,) = (each for each in image.variants if key_of(image, each) == record.key)
        nothing = TaskResult.of_nothing(0, 1, shorten(error))
        for each in (record, *(failed := records_of(image, [variant], nothing))):
            with suppress(OverflowError, ValueError, TypeError, *OF_THE_RECORD):
                self._ledger.write([each])
                return each
        return failed[0]


def _paths_of(records: Sequence[VariantRecord | OverviewRecord]) -> list[str]:
    return [output.path for record in records for output in record.outputs.values()]
