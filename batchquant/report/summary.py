"""Plan and records → how a run ended, in numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from batchquant.plan.overviews import book_key, book_path
from batchquant.plan.records import ImageKey, Plan
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended.

    Attributes
    ----------
    output : pathlib.Path
        The output folder.
    n_images : int
        Planned images.
    n_done : int
        Variants made in this run.
    n_skipped : int
        Variants that were made before.
    n_failed : int
        Variants that failed, in this run or before.
    n_pending : int
        Variants that are still to be made.
    n_attempted : int
        Variants that were worked on in this run, whatever came of it.
    n_drawn, n_undrawn : int
        Overviews and books that were drawn in this run; those that could not be, and reports.
    failures : tuple of tuple of str
        Name and reason of each input that is not there, of each image with failed variants, in plan
        order, and of what could not be drawn.
    left_out : collections.Counter of str
        Files that are no images, by ending; of those that a package would read, `warnings` tells.
    warnings : tuple of str
        Sentences about what a person may not expect.
    n_absent : int
        Inputs that are not there.
    replaced : tuple of str
        Files of others in the place of outputs that were replaced, relative to the output folder.
    elapsed_s : float
        Seconds from start to end.
    """

    output: Path
    n_images: int
    n_done: int
    n_skipped: int
    n_failed: int
    n_pending: int
    n_attempted: int
    n_drawn: int
    n_undrawn: int
    failures: tuple[tuple[str, str], ...]
    left_out: Counter[str]
    warnings: tuple[str, ...]
    elapsed_s: float
    n_absent: int = 0
    replaced: tuple[str, ...] = ()


def exit_code(summaries: Iterable[Summary]) -> int:
    """Return what a command ends with after these runs.

    Parameters
    ----------
    summaries : iterable of Summary
        Of all runs of the command.

    Returns
    -------
    int
        0 all done or skipped, 1 nothing succeeded, 3 some failed.
    """
    counts = [
        (
            summary.n_failed + summary.n_undrawn + summary.n_absent,
            summary.n_done + summary.n_skipped,
        )
        for summary in summaries
    ]
    if not any(failed for failed, _ in counts):
        return 0
    return 3 if any(succeeded for _, succeeded in counts) else 1


def summarize(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
    fresh: AbstractSet[Key | ImageKey],
    elapsed_s: float,
) -> Summary:
    """Count the states of all planned variants, and of what shows them.

    Parameters
    ----------
    plan : Plan
        What was to be done.
    records : mapping of Key to VariantRecord
        What is settled.
    drawn : mapping of ImageKey to OverviewRecord
        What is known of overviews and books.
    fresh : set of Key and ImageKey
        What was settled in this run, and what was drawn.
    elapsed_s : float
        Its length.

    Returns
    -------
    Summary
        The numbers add up to the rows of the report.
    """
    counts: Counter[str] = Counter()
    failures: dict[str, str] = {}
    undrawn = find_undrawn(plan, drawn)
    absent = tuple(dict.fromkeys((label, reason) for _, label, reason in plan.absent))
    for image in plan.images:
        for variant in image.variants:
            record = record_of(image, variant, records)
            error = image.refusal or (record.error if record else None)
            if error is not None:
                counts["failed"] += 1
                failures.setdefault(image.label, error)
            elif record is None:
                counts["pending"] += 1
            else:
                counts["done" if record.key in fresh else "skipped"] += 1
    return Summary(
        output=plan.output,
        n_images=len(plan.images),
        n_done=counts["done"],
        n_skipped=counts["skipped"],
        n_failed=counts["failed"],
        n_pending=counts["pending"],
        n_attempted=len(fresh & records.keys()),
        n_drawn=sum(record.error is None for key, record in drawn.items() if key in fresh),
        n_undrawn=len(undrawn),
        failures=(*absent, *failures.items(), *undrawn),
        left_out=plan.left_out_by_kind,
        warnings=plan.notes,
        n_absent=len(absent),
        elapsed_s=elapsed_s,
    )


def find_undrawn(
    plan: Plan, drawn: Mapping[ImageKey, OverviewRecord]
) -> tuple[tuple[str, str], ...]:
    """Tell which overviews and books could not be drawn, and why.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    drawn : mapping of ImageKey to OverviewRecord
        What is known of overviews and books.

    Returns
    -------
    tuple of tuple of str
        Name and reason of each, in plan order.
    """
    titles = {image.key: image.label for image in plan.images}
    titles |= {
        book_key(image.job): book_path(image.job)
        for image in plan.images
        if image.overview.is_in_book
    }
    return tuple(
        (title, f"not drawn: {drawn[key].error}")
        for key, title in titles.items()
        if key in drawn and drawn[key].error is not None
    )
