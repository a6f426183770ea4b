"""Which overviews and books are due, as a run gets on."""

from collections import Counter
from collections.abc import Iterable, Mapping

from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.run.drawings import book_task, overview_task
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.task import Task
from batchquant.store import Key, OverviewRecord, VariantRecord


class Overviews:
    """Which overviews and books are due, as a run gets on.

    An overview is due when no task of the run is at its image any more, a book when none is at its
    job.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    chosen : Plan
        The part of it that is worked on. Overviews of its images show all their variants.
    tasks : iterable of Task
        What the run makes.
    records : mapping of Key to VariantRecord
        What is settled. Read again whenever something is finished.
    drawn : mapping of ImageKey to OverviewRecord
        What is drawn. Read again as well.
    verify : bool
        Whether files are compared with their digests, not with their sizes only.

    Attributes
    ----------
    under_way : dict of ImageKey to OverviewTask or BookTask
        What was due and is not finished.
    n_due : int
        How many were due so far.
    """

    def __init__(
        self,
        plan: Plan,
        chosen: Plan,
        tasks: Iterable[Task],
        records: Mapping[Key, VariantRecord],
        drawn: Mapping[ImageKey, OverviewRecord],
        *,
        verify: bool = False,
    ) -> None:
        self._plan, self._chosen = plan, {image.key for image in chosen.images}
        self._records, self._drawn, self._verify = records, drawn, verify
        self.under_way: dict[ImageKey, OverviewTask | BookTask] = {}
        self.n_due = 0
        self._at_image = Counter(task.position for task in tasks)
        self._at_job = Counter[str]()
        for position, n in self._at_image.items():
            self._at_job[plan.images[position].job] += n

    def at_start(self) -> list[OverviewTask | BookTask]:
        """Return what is due before anything is made."""
        due: list[OverviewTask | BookTask] = []
        for position, image in enumerate(self._plan.images):
            if image.key in self._chosen and not self._at_image[position]:
                due += self._begin_overview(image)
        for job in sorted({job for job, *_ in self._chosen}):
            due += self._begin_book(job)
        return due

    def after(self, task: AnyTask) -> list[OverviewTask | BookTask]:
        """Return what is due now that a task is finished and what came of it is known."""
        begun: list[OverviewTask | BookTask] = []
        match task:
            case BookTask(key=key):
                del self.under_way[key]
                return []
            case OverviewTask(key=(job, *_) as key):
                del self.under_way[key]
            case Task(position=position):
                image = self._plan.images[position]
                job = image.job
                self._at_image[position] -= 1
                if not self._at_image[position]:
                    begun += self._begin_overview(image)
        self._at_job[job] -= 1
        return begun + self._begin_book(job)

    def _begin_overview(self, image: PlannedImage) -> list[OverviewTask]:
        task = overview_task(
            image, self._plan.output, self._records, self._drawn, verify=self._verify
        )
        if task is None:
            return []
        self._at_job[image.job] += 1
        self._begin(task)
        return [task]

    def _begin_book(self, job: str) -> list[BookTask]:
        if self._at_job[job]:
            return []
        task = book_task(self._plan, job, self._records, self._drawn, verify=self._verify)
        if task is None:
            return []
        self._begin(task)
        return [task]

    def _begin(self, task: OverviewTask | BookTask) -> None:
        self.under_way[task.key] = task
        self.n_due += 1
