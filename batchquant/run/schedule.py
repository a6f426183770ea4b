"""Records → the overviews and books that are to be made."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from batchquant.images.read.version import FIRST
from batchquant.plan.outputs import earlier_fingerprint
from batchquant.plan.overviews import book_key, book_path
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.report.captions import exhibits_of, subtitle_of
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.run.reasons import amiss
from batchquant.steps.drawings import AnyTask, BookTask, OverviewTask
from batchquant.steps.task import Task
from batchquant.steps.tasks import STOP_FILE
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of

VERSION = 2  # raised when the same records are shown otherwise than before


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


def overview_task(
    image: PlannedImage,
    output: Path,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
    *,
    verify: bool = False,
) -> OverviewTask | None:
    """Tell what is to be drawn of an image.

    Parameters
    ----------
    image : PlannedImage
        The image.
    output : pathlib.Path
        The output folder.
    records : mapping of Key to VariantRecord
        What is settled: only what is done is shown.
    drawn : mapping of ImageKey to OverviewRecord
        What is drawn.
    verify : bool
        Whether files are compared with their digests, not with their sizes only.

    Returns
    -------
    OverviewTask or None
        None where nothing is done, all is drawn and there as it was, or the image is absent. What
        failed is tried again.
    """
    if image.absent is not None:
        return None
    settled = [record_of(image, variant, records) for variant in image.variants]
    done = [record for record in settled if record is not None and record.status == "done"]
    pending_k = {
        variant.k for variant, found in zip(image.variants, settled, strict=True) if found is None
    }
    if not done:
        return None
    known = drawn.get(image.key)
    target_db = image.overview.target_db
    best = best_for_target(done, target_db)
    wanted = image.overview.outputs
    if best is None:
        wanted.pop("best", None)
    shown = [
        (record.k, record.init, record.fingerprint, *_version(record.decoder)) for record in done
    ]
    source_sha256 = done[0].source_sha256
    since = _version(image.overview.since)
    digest_with = partial(
        _digest, image.key, image.overview.files, target_db, source_sha256, *since
    )
    fingerprint = digest_with(shown, sorted(pending_k))
    if known is not None and known.fingerprint != fingerprint:
        earlier = [
            (k, init, earlier_fingerprint(image.settings, image.frame, k, init), *version)
            for k, init, _, *version in shown
        ]
        if known.fingerprint == digest_with(earlier, sorted(pending_k)):
            fingerprint = known.fingerprint
    if _is_current(known, fingerprint, wanted, output, verify=verify):
        return None
    knee = knee_of(trace_curves(done))
    distinct_colors = done[0].distinct_colors
    assert source_sha256 is not None
    assert distinct_colors is not None
    return OverviewTask(
        key=image.key,
        fingerprint=fingerprint,
        source=image.file.path,
        source_sha256=source_sha256,
        frame=image.frame,
        takes_all=image.takes_all,
        pixels=image.pixels,
        output=output,
        settings=image.settings,
        stop_file=output / STOP_FILE,
        title=image.label,
        subtitle=subtitle_of(distinct_colors, knee, best, target_db, pending_k),
        files=image.overview.files,
        exhibits=tuple(exhibits_of(done, knee, best, target_db)),
        # What failed had no files, but the one before it may have had.
        withdraws_best=best is None
        and known is not None
        and ("best" in known.outputs or known.error is not None),
        size_bytes=image.file.size_bytes,
    )


def book_task(
    plan: Plan,
    job: str,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
    *,
    verify: bool = False,
) -> BookTask | None:
    """Tell what is to be bound of a job.

    Parameters
    ----------
    plan, job : Plan and str
        The job.
    records, drawn, verify
        As in `overview_task`.

    Returns
    -------
    BookTask or None
        None where no book is wanted, something of the job is still to be made, there is no sheet,
        one is not there as it was drawn, or the book is there as it was.
    """
    images = [image for image in plan.images if image.job == job and image.overview.is_in_book]
    pages, digests = [], []
    for image in images:
        if image.refusal is None and any(
            record_of(image, variant, records) is None for variant in image.variants
        ):
            return None
        sheet = drawn.get(image.key)
        page = sheet and (sheet.outputs.get("sheet_pdf") or sheet.outputs.get("page"))
        if page and page.digest:
            if amiss({"page": page.path}, {"page": page}, plan.output, verify=False):
                return None
            pages.append((image.label, page.path))
            digests.append(page.digest.hex())
    if not pages:
        return None
    key = book_key(job)
    files = (("book", book_path(job)),)
    fingerprint = _digest(key, pages, digests)
    if _is_current(drawn.get(key), fingerprint, dict(files), plan.output, verify=verify):
        return None
    return BookTask(key, fingerprint, plan.output, files, tuple(pages))


def _version(decoder: int | None) -> tuple[int, ...]:
    """Return what stands in a digest: nothing of the first version, which knew of none."""
    return () if decoder in (None, FIRST) else (decoder,)


def _digest(*content: object) -> str:
    canonical = json.dumps([VERSION, *content], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _is_current(
    known: OverviewRecord | None,
    fingerprint: str,
    wanted: Mapping[str, str],
    output: Path,
    *,
    verify: bool,
) -> bool:
    return (
        known is not None
        and known.error is None
        and known.fingerprint == fingerprint
        and amiss(wanted, known.outputs, output, verify=verify) is None
    )
