"""Records of a job → what is to be bound of it."""

from collections.abc import Mapping

from batchquant.files.stored import entries
from batchquant.images.draw.front_matter import Front
from batchquant.plan.overviews import book_key, book_path
from batchquant.plan.records import Plan
from batchquant.plan.wording import tell_varied
from batchquant.run.drawings.current import digest, is_current
from batchquant.run.reasons import what_is_wrong_with
from batchquant.steps.drawings import BookTask
from batchquant.steps.result import DrawnKey
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of
from batchquant.store.totals import totals_of

VERSION = 2  # raised when books are bound otherwise: they are bound anew


def book_task(
    plan: Plan,
    job: str,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
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
    if job not in totals_of(plan.images).books:
        return None
    pages, digests = [], []
    for image in plan.images:
        if image.job != job or not image.overview.is_in_book or image.refusal is not None:
            continue
        settled = [record_of(image, variant, records) for variant in image.variants]
        if None in settled:
            return None
        if not any(record is not None and record.status == "done" for record in settled):
            continue  # its sheet, if there is one, shows what was before
        sheet = drawn.get(image.key)
        page = sheet and (sheet.outputs.get("sheet_pdf") or sheet.outputs.get("page"))
        if page and page.digest:
            if what_is_wrong_with(page.path, page, plan.output, verify=False):
                return None
            pages.append((image.label, page.path))
            digests.append(page.digest.hex())
    if not pages:
        return None
    key = book_key(job)
    files = (("book", book_path(job)),)
    front = _front_of(plan, job, len(pages))
    fingerprint = digest(key, pages, digests, VERSION, entries(front))
    if is_current(drawn.get(key), fingerprint, dict(files), plan.output, verify=verify):
        return None
    return BookTask(key, fingerprint, plan.output, files, tuple(pages), front)


def _front_of(plan: Plan, job: str, n_sheets: int) -> Front:
    """Say what the title page says: nothing that has a clock or this machine in it."""
    first = next(image for image in plan.images if image.job == job and image.overview.is_in_book)
    target = first.overview.target
    varied = plan.wording.varied_in(job)
    starts = dict.fromkeys(variant.init for variant in first.variants)
    numbers = dict.fromkeys(variant.k for variant in first.variants)
    lines = [
        "1 picture" if n_sheets == 1 else f"{n_sheets:,} pictures",
        f"K {', '.join(map(str, numbers))} · start {', '.join(starts)}",
        *([f"target {target.phrase}"] if target else []),
        *([f"varied: {tell_varied(varied)}"] if varied else []),
    ]
    return Front(job or "Contact sheets", tuple(lines), first.overview.paper)
