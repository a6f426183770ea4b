"""Who wants to know how a run gets on."""

from collections.abc import Sequence

from batchquant.plan.records import PlannedImage
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.task import Task
from batchquant.store import OverviewRecord, VariantRecord


class Observer:
    """Is told how a run gets on; override what you want to hear."""

    def looking(self, n_looked: int, n_images: int) -> None:
        """Hear how many images were compared with what is known; some have to be read for it."""

    def compiling(self) -> None:
        """Hear that K-Means has to be compiled for this machine first, which takes seconds."""

    def started(self, tasks: Sequence[Task], n_settled: int) -> None:
        """Hear what is to be made, and how many variants need nothing."""

    def begun(self, task: AnyTask) -> None:
        """Hear that a worker has been given a task; again, if it was put back."""

    def put_back(self, task: AnyTask) -> None:
        """Hear that the worker of a task has died, and that another will try it later."""

    def taken(self, task: Task, record: VariantRecord) -> None:
        """Hear what a task has settled so far, a variant at a time; `advanced` tells all again."""

    def advanced(self, image: PlannedImage, task: Task, records: Sequence[VariantRecord]) -> None:
        """Hear that a task is over, and what it settled; nothing where it was told to stop."""

    def drawn(self, task: OverviewTask | BookTask, record: OverviewRecord) -> None:
        """Hear that an overview or a book was made, or failed."""


class Observers(Observer):
    """Tells all that it hears to several.

    Parameters
    ----------
    *observers : Observer
        In this order.
    """

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def looking(self, n_looked: int, n_images: int) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.looking(n_looked, n_images)

    def compiling(self) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.compiling()

    def started(self, tasks: Sequence[Task], n_settled: int) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.started(tasks, n_settled)

    def begun(self, task: AnyTask) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.begun(task)

    def put_back(self, task: AnyTask) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.put_back(task)

    def taken(self, task: Task, record: VariantRecord) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.taken(task, record)

    def advanced(self, image: PlannedImage, task: Task, records: Sequence[VariantRecord]) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.advanced(image, task, records)

    def drawn(self, task: OverviewTask | BookTask, record: OverviewRecord) -> None:
        """Tell it."""
        for observer in self._observers:
            observer.drawn(task, record)
