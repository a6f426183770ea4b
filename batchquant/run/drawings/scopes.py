"""What comes next to an image or a job, once all before is there."""

from collections.abc import Mapping

from batchquant.plan.picture_step import (
    BOOK,
    OVERVIEW,
    SHEET_VARY,
    VARIANTS,
    order_of_steps,
)
from batchquant.plan.records import ImageKey, Plan
from batchquant.run.drawings.book import book_task
from batchquant.run.drawings.overview import overview_task
from batchquant.run.drawings.picture_step import step_task
from batchquant.steps.drawings import Drawing
from batchquant.steps.result import DrawnKey
from batchquant.store import Key, OverviewRecord, VariantRecord
from batchquant.store.planned import find_image


class Drawings:
    """What is to be drawn of an image, or bound of a job, of which nothing is to be made any more.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    records, drawn, verify
        As in `overview_task`. Read again each time.
    books : bool
        Whether books are bound.
    """

    def __init__(
        self,
        plan: Plan,
        records: Mapping[Key, VariantRecord],
        drawn: Mapping[DrawnKey, OverviewRecord],
        *,
        verify: bool = False,
        books: bool = True,
    ) -> None:
        self._plan, self._records, self._drawn, self._verify = plan, records, drawn, verify
        self._books = books

    def of(self, scope: ImageKey, behind: str = VARIANTS) -> Drawing | None:
        """Return what comes next to an image, or to a job alone, behind a step; None for nothing.

        What failed behind the step is tried again, the step itself is not.
        """
        job, *image = scope
        if behind == SHEET_VARY:  # the last of all, by `VariedSheets`
            return None
        if not any(image):
            if behind == BOOK or not self._books:
                return None
            return book_task(self._plan, job, self._records, self._drawn, verify=self._verify)
        planned = find_image(self._plan.images, scope)
        known = self._plan.output, self._records, self._drawn
        order = order_of_steps()
        for name in order if behind == VARIANTS else order[order.index(behind) + 1 :]:
            task: Drawing | None
            if name == OVERVIEW:
                task = overview_task(
                    planned, *known, verify=self._verify, varied=self._plan.wording.varied_in(job)
                )
            else:
                task = step_task(name, planned, *known, verify=self._verify)
            if task is not None:
                return task
        return None
