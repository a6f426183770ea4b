"""Records of an image or a job → what is to be drawn of it."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from batchquant.images.read.version import FIRST
from batchquant.metrics.registry import metrics
from batchquant.metrics.target import Target
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.overviews import book_key, book_path
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.report.captions import exhibits_of, in_order, shown_file, subtitle_of
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.run.reasons import amiss
from batchquant.steps.drawings import BookTask, OverviewTask
from batchquant.steps.tasks import STOP_FILE
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of
from batchquant.store.planned import find_image

VERSION = 2  # raised when the same records are shown otherwise than before


class Drawings:
    """What is to be drawn of an image, or bound of a job, of which nothing is to be made any more.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    records, drawn, verify
        As in `overview_task`. Read again each time.
    """

    def __init__(
        self,
        plan: Plan,
        records: Mapping[Key, VariantRecord],
        drawn: Mapping[ImageKey, OverviewRecord],
        *,
        verify: bool = False,
    ) -> None:
        self._plan, self._records, self._drawn, self._verify = plan, records, drawn, verify

    def of(self, scope: ImageKey) -> OverviewTask | BookTask | None:
        """Return the task of an image, or of a job alone; None where there is nothing to do."""
        job, *image = scope
        if not any(image):
            return book_task(self._plan, job, self._records, self._drawn, verify=self._verify)
        planned = find_image(self._plan.images, scope)
        return overview_task(
            planned, self._plan.output, self._records, self._drawn, verify=self._verify
        )


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
    target = image.overview.target
    best = best_for_target(done, target)
    wanted = image.overview.outputs
    if best is None:
        wanted.pop("best", None)
    source_sha256 = done[0].source_sha256
    digest_with = partial(
        _digest,
        image.key,
        image.overview.files,
        _as_content(target),
        source_sha256,
        *_version(image.overview.since),
    )
    shown = []
    for record in in_order(done):
        _, file = shown_file(record)
        name = record.k, record.init, record.recipe, file.path, file.size_bytes
        shown.append((*name, *_version(record.decoder), *_figures(record)))
    fingerprint = digest_with(shown, sorted(pending_k))
    if (
        known is not None
        and known.fingerprint != fingerprint
        and known.fingerprint in _old_digests(image, done, digest_with, pending_k)
    ):
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
        subtitle=subtitle_of(distinct_colors, knee, best, target, pending_k),
        files=image.overview.files,
        exhibits=tuple(exhibits_of(done, knee, best, target)),
        # What failed had no files, but the one before it may have had.
        withdraws_best=best is None
        and known is not None
        and ("best" in known.outputs or known.error is not None),
        size_bytes=image.file.size_bytes,
    )


def _old_digests(
    image: PlannedImage,
    done: Sequence[VariantRecord],
    digest_with: Callable[..., str],
    pending_k: Collection[int],
) -> Iterator[str]:
    """Yield how the same exhibits were recognized before there were recipes."""
    for form in range(2):
        shown = [
            (record.k, record.init, names[form], *_version(record.decoder))
            for record in done
            for names in (old_fingerprints(image.settings, image.frame, record.k, record.init),)
        ]
        yield digest_with(shown, sorted(pending_k))


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
        if image.refusal is not None:
            continue
        settled = [record_of(image, variant, records) for variant in image.variants]
        if None in settled:
            return None
        if not any(record is not None and record.status == "done" for record in settled):
            continue  # its sheet, if there is one, shows what was before
        sheet = drawn.get(image.key)
        page = sheet and (sheet.outputs.get("sheet_pdf") or sheet.outputs.get("page"))
        if page and page.digest:
            if amiss(page.path, page, plan.output, verify=False):
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


def _figures(record: VariantRecord) -> list[list[object]]:
    """Return which figures are shown: that stands in a digest but for PSNR, which always is."""
    names = (name for name, metric in metrics().items() if metric.is_told)
    found = [[name, metrics()[name].version] for name in names if name in record.figures]
    return [each for each in found if each != ["psnr_db", 1]]


def _as_content(target: Target | None) -> object:
    """Return what stands in a digest: of decibels their number alone, once the only target."""
    if target is None:
        return None
    return target.value if target.metric == "psnr_db" else [target.metric, target.value]


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
        and not any(
            amiss(path, known.outputs.get(kind), output, verify=verify)
            for kind, path in wanted.items()
        )
    )
