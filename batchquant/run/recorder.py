"""What comes back while a run goes on → the ledger, and what is known so far."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from batchquant.errors import CUT_OFF, StorageError
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.report.summary import Work
from batchquant.run.events import Advanced, Drawn, Listener, Taken
from batchquant.run.ownership import Ownership
from batchquant.steps.drawings import AnyTask, BookTask, Drawing, OverviewTask
from batchquant.steps.picture_steps import StepTask
from batchquant.steps.result import OverviewResult, TaskResult, VariantResult, shorten
from batchquant.steps.task import Task
from batchquant.steps.varied_sheet import VariedSheetTask
from batchquant.store import (
    OF_THE_RECORD,
    Key,
    Ledger,
    OverviewRecord,
    VariantRecord,
    key_of,
    records_of,
)

MANY = 500  # marks that are written at one go


class Recorder:
    """Writes everything down before anybody is told of it.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    ledger : Ledger
        Written to.
    ownership : Ownership
        Told of what was written.
    tell : Listener
        Told of tasks and drawings that are over.
    check : callable
        Called before each entry; raises if the output folder is not the one it was.

    Attributes
    ----------
    settled, drawn
        As in `Ledger`.
    work : Work
        What this run has done.
    """

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        ownership: Ownership,
        tell: Listener,
        check: Callable[[], None],
    ) -> None:
        self._plan, self._ledger, self._ownership = plan, ledger, ownership
        self._tell, self._check = tell, check
        self.settled, self.drawn = ledger.settled, ledger.drawn
        self.work = Work()
        self._drawn_already: list[ImageKey] = []
        self._taken: dict[int, tuple[Task, dict[Key, VariantRecord]]] = {}  # of tasks that go on

    def take(self, task: Task, so_far: TaskResult) -> None:
        """Enter the last variant of a result that is not complete: its worker may yet die."""
        image = self._plan.images[task.position]
        record = records_of(image, task.variants, so_far)[-1]
        (record,) = self._settle(image, [record])
        _, taken = self._taken.setdefault(task.index, (task, {}))
        if record.key not in taken:  # else the task is tried again
            self._tell(Taken(task, record))
        taken[record.key] = record

    def enter(self, task: AnyTask, result: TaskResult | OverviewResult) -> bool:
        """Enter what became of a task; what was taken of it before stays.

        Returns whether a variant failed.
        """
        match task, result:
            case Task(), TaskResult():
                return any(record.error for record in self._enter_variants(task, result))
            case _, OverviewResult() if not isinstance(task, Task):
                self._enter_drawing(task, result)
        return False

    def _enter_variants(self, task: Task, result: TaskResult) -> list[VariantRecord]:
        image = self._plan.images[task.position]
        _, taken = self._taken.pop(task.index, (task, {}))
        found = records_of(image, task.variants, result)
        settled = self._settle(image, [each for each in found if each.key not in taken])
        fresh = {record.key: record for record in settled}
        records = [(taken | fresh)[record.key] for record in found]
        if any(isinstance(made, VariantResult) and made.was_there for made in result.variants):
            self._ownership.recognize(image.key)
        if not (result.error or "").startswith(CUT_OFF):  # else a file may be there, unrecorded
            self._ownership.settle(task, _paths_of(records))
        self._count(records)
        self._tell(Advanced(image, task, records))
        return records

    def _enter_drawing(self, task: Drawing, result: OverviewResult) -> None:
        """Enter what was made beside variants; nothing where it was told to stop."""
        if result.files or result.error:
            self._check()
            record = OverviewRecord.of(task, result)
            self._ledger.write_overview(record)
            if not (result.error or "").startswith(CUT_OFF):
                self._ownership.settle(task, _paths_of([record]))
            is_shown = isinstance(task, OverviewTask | BookTask | StepTask | VariedSheetTask)
            self.work.n_drawn += is_shown and record.error is None
            self._tell(Drawn(task, record))

    def leave(self, scope: ImageKey) -> None:
        """Take note that nothing more is to be made of an image, as it is now."""
        self._ownership.leave(scope)
        self._drawn_already.append(scope)
        if len(self._drawn_already) >= MANY:
            self._write_drawn_already()

    def _write_drawn_already(self) -> None:
        self._ledger.mark_drawn(self._drawn_already)
        self._drawn_already.clear()

    def close(self) -> None:
        """Tell of what was taken of tasks that come to no end."""
        for task, taken in self._taken.values():
            image = self._plan.images[task.position]
            self._count(taken.values())
            self._tell(Advanced(image, task, list(taken.values())))
        self._taken.clear()
        self._write_drawn_already()

    def _count(self, records: Iterable[VariantRecord]) -> None:
        for record in records:
            self.work.n_made += record.error is None
            self.work.n_failed += record.error is not None

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
            told = f"internal: cannot be recorded ({type(error).__name__}: {error})"
            records = [self._write_alone(image, record, told) for record in records]
        return records

    def _write_alone(self, image: PlannedImage, record: VariantRecord, error: str) -> VariantRecord:
        """Write a record, or else that it failed; what not even that can be said of is pending."""
        (variant,) = (each for each in image.variants if key_of(image, each) == record.key)
        nothing = TaskResult.of_nothing(0, 1, shorten(error))
        for each in (record, *(failed := records_of(image, [variant], nothing))):
            with suppress(OverflowError, ValueError, TypeError, *OF_THE_RECORD):
                self._ledger.write([each])
                return each
        self.work.unrecorded.append((image.key, error))
        return failed[0]


def _paths_of(records: Sequence[VariantRecord | OverviewRecord]) -> list[str]:
    return [output.path for record in records for output in record.outputs.values()]
