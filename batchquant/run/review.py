"""Plan and records → what is settled, and what is to be made."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from batchquant.plan.records import ImageKey, Plan, PlannedImage, Variant
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.groups import Groups
from batchquant.run.reasons import Reason, reason_to_make
from batchquant.run.recognize import recognize, what_lacks
from batchquant.sources.reading import sha256_of_source
from batchquant.steps.task import Pending, Task
from batchquant.steps.tasks import make_tasks
from batchquant.store.due import Due
from batchquant.store.ledger import Ledger
from batchquant.store.records import VariantRecord, key_of, record_of, result_of
from batchquant.store.store import IN_RUN_FOLDER, Store


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A variant that is to be made.

    Attributes
    ----------
    image : PlannedImage
        Its image.
    variant : Variant
        As it is planned.
    reason : Reason
        Why.
    only_files : bool
        Whether its pixels are known, and only files are to be made of one that is there.
    """

    image: PlannedImage
    variant: Variant
    reason: Reason
    only_files: bool = False


class Review:
    """How far a plan is carried out.

    Sources are read only where size and times do not tell whether they are the same.

    Parameters
    ----------
    plan : Plan
        What is wanted. Images that were refused are neither settled nor to be made; absent ones are
        as settled as they were.
    ledger : Ledger
        What is known; it holds the images of the plan.
    selection : Selection
        What the run is about; of all else nothing is `pending`.
    verify, retry_failed, replace_blocked : bool
        Whether sources and outputs of what is selected are compared with their digests; whether
        what failed is to be made; whether what stands where outputs go is no reason against it.
    looking : callable
        Told again and again how many images of how many were looked at more closely.

    Attributes
    ----------
    shared : Shared
        What is to be found of palettes that pictures share.
    settled, drawn
        As in `Ledger`.
    """

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        *,
        selection: Selection = WHOLE,
        verify: bool = False,
        retry_failed: bool = False,
        replace_blocked: bool = False,
        looking: Callable[[int, int], None] = lambda n_looked, n_images: None,
    ) -> None:
        self._plan, self._ledger, self._selection = plan, ledger, selection
        self._verify, self._retry_failed = verify, retry_failed
        self._replace_blocked, self._looking = replace_blocked, looking
        self._sha256_of = cache(sha256_of_source)  # of many variants, or in several jobs
        groups = Groups(plan, ledger.drawn, verify=verify, retry_failed=retry_failed, may_try=True)
        self.shared = groups.take_over()
        self._due = ledger.take_plan(plan.images)
        self.settled, self.drawn = ledger.settled, ledger.drawn
        self._n_leaving: int | None = None  # where that is not written down
        self._look()

    def count_reasons(self) -> Counter[str]:
        """Count what is to be made of what is selected, by reason, as they first occur."""
        return self._due.count_reasons()

    def count_left_over(self) -> int:
        """Count files of variants that earlier runs made, and that are planned no more."""
        return self._due.count_left_over(str(self._plan.output))

    def count_settled(self) -> tuple[int, int]:
        """Count what is settled of what is selected, and how much of it failed."""
        if self._selection == WHOLE:
            return self._due.count_settled()
        counts = Counter[bool]()
        for image in self._plan.images:
            part = self._selection.part_of(image)
            for variant in part.variants if part else ():
                record = record_of(image, variant, self.settled)
                counts[record is not None and record.error is not None] += record is not None
        return counts.total(), counts[True]

    def count_leaving(self) -> int:
        """Count variants that the last report has, and the next will not: no longer planned."""
        return self._due.count_leaving() if self._n_leaving is None else self._n_leaving

    def unsettled(self) -> Iterator[Unsettled]:
        """Yield what is to be made of what is selected, in the order of the report."""
        for position, rows in groupby(self._due, key=lambda row: row.position):
            image = self._plan.images[position]
            for row in rows:
                variant = image.variants[row.ordinal]
                yield Unsettled(image, variant, Reason(row.reason), row.only_files)

    def amounts(self) -> list[tuple[int, int, int]]:
        """Tell of how many images of so many pixels how many variants are to be made."""
        return self._due.amounts()

    def count_images(self, *, to_draw: bool = False) -> Counter[str]:
        """Count the images of which something is to be made, by job; or those of `undrawn`."""
        return self._due.count_images(to_draw=to_draw)

    def pending(self) -> Iterator[Pending]:
        """Yield what is to be made of what is selected, an image at a time, as `DueTable.line_up`.

        Where only files are missing they stand apart.
        """
        for position in self._due.in_line():
            image = self._plan.images[position]
            for only_files, rows in groupby(
                self._due.of_image(position), key=lambda row: row.only_files
            ):
                variants = tuple(image.variants[row.ordinal] for row in rows)
                yield self._pending(position, image, variants, only_files=only_files)

    def _pending(
        self,
        position: int,
        image: PlannedImage,
        variants: tuple[Variant, ...],
        *,
        only_files: bool,
    ) -> Pending:
        if only_files:
            # As they should be: the ledger holds them as they were, while something is due.
            records = [
                recognize(
                    self._ledger.records[key_of(image, variant)],
                    image,
                    variant,
                    self._sha256_of,
                    self._verify,
                )
                for variant in variants
            ]
            target = image.overview.target
            lacking = [
                what_lacks(record, variant, target, self._plan.output, verify=self._verify)
                for record, variant in zip(records, variants, strict=True)
            ]
            known = [found and found[1] for found in lacking]
            if all(known):  # else a file has gone meanwhile
                there = tuple(each for each in known if each)
                return Pending(position, image, variants, there, result_of(records))
        return Pending(position, image, variants)

    def tasks(self, workers: int) -> Iterator[tuple[ImageKey, list[Task]]]:
        """Yield images with what is to be made of them, by `make_tasks`.

        Those come first of which nothing is, but something may be to be drawn.
        """
        for image in self.undrawn():
            yield image.key, []
        tasks = make_tasks(self._plan.output, self.pending(), workers)
        for key, of_image in groupby(tasks, key=lambda task: task.key):
            yield key, list(of_image)

    def unfinished(self) -> Iterator[PlannedImage]:
        """Yield images of the selection of which something is to be made."""
        return (self._plan.images[position] for position in self._due.in_line())

    def undrawn(self) -> Iterator[PlannedImage]:
        """Yield images of the selection that may have to be drawn, though nothing is to be made."""
        return (self._plan.images[position] for position in self._due.undrawn())

    def is_open(self, position: int) -> bool:
        """Tell whether the image that stands there is of `pending` or `undrawn`."""
        return self._due.is_open(position)

    def _look(self) -> None:
        """Look at what is suspect, and note what is due of it."""
        images = self._plan.images
        verified = (
            position
            for position, image in enumerate(images if self._verify else ())
            if self._selection.part_of(image)
        )
        self._due.find(str(self._plan.output), verify=verified)
        n_suspects = self._due.n_suspects
        for n_looked, (position, ordinals) in enumerate(self._due.suspects(), start=1):
            image = images[position]
            touched = []
            for ordinal in ordinals:
                variant = image.variants[ordinal]
                known = self._ledger.records.get(key_of(image, variant))
                record, entry = self._judge(image, variant, known)
                if entry is not None:
                    self._due.add(Due(position, ordinal, entry.reason.value, entry.only_files))
                elif record is not None and record is not known:
                    touched.append(record)
            if touched and self._ledger.may_write:
                self._ledger.write(touched)
            self._looking(n_looked, n_suspects)
        if self._ledger.may_write:
            self._n_leaving = self._ledger.unsettle(self._due)
        if self._selection != WHOLE:
            self._leave_out()
        self._due.line_up(str(self._plan.output), verify=self._verify)
        if self._selection != WHOLE:
            for position in self._due.undrawn():
                if not self._selection.part_of(self._plan.images[position]):
                    self._due.leave_undrawn(position)

    def _leave_out(self) -> None:
        """Take what is not selected out of what is due."""
        for position, rows in groupby(list(self._due), key=lambda row: row.position):
            image = self._plan.images[position]
            part = self._selection.part_of(image)
            meant = part.variants if part else ()
            self._due.leave_out(
                position, (row.ordinal for row in rows if image.variants[row.ordinal] not in meant)
            )

    def _judge(
        self, image: PlannedImage, variant: Variant, known: VariantRecord | None
    ) -> tuple[VariantRecord | None, Unsettled | None]:
        """Return the record as it should be, and what is to be made."""
        verify = self._verify and self._selection.part_of(image) is not None
        record = known and recognize(known, image, variant, self._sha256_of, verify)
        reason = reason_to_make(
            record,
            image,
            variant,
            self._plan.output,
            retry_failed=self._retry_failed,
            replace_blocked=self._replace_blocked,
        )
        if reason is not None:
            return record, Unsettled(image, variant, reason)
        assert record is not None
        if record.error is None:
            found = what_lacks(
                record, variant, image.overview.target, self._plan.output, verify=verify
            )
            if found is not None:
                return record, Unsettled(image, variant, found[0], found[1] is not None)
        if not record.is_settled:
            record = replace(record, is_settled=True)
        return record, None


@contextmanager
def review_output(
    plan: Plan,
    *,
    selection: Selection = WHOLE,
    verify: bool = False,
    retry_failed: bool = False,
    replace_blocked: bool = False,
    store: Store = IN_RUN_FOLDER,
) -> Iterator[Review]:
    """Review a plan by the ledger of its output folder, which may be missing. Creates nothing.

    Raises
    ------
    StorageError
        If the ledger cannot be read.
    """
    with store.look(plan.output) as ledger:
        yield Review(
            plan,
            ledger,
            selection=selection,
            verify=verify,
            retry_failed=retry_failed,
            replace_blocked=replace_blocked,
        )
