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
    """How a run ended."""

    output: Path
    n_images: int  # planned
    n_done: int  # variants made in this run
    n_skipped: int  # variants made before
    n_failed: int  # variants, in this run or before
    n_pending: int  # variants still to be made
    n_attempted: int  # variants that were worked on in this run, whatever came of it
    n_drawn: int  # overviews and books drawn in this run
    n_undrawn: int  # overviews and books that could not be drawn, and reports
    # name and reason of each absent input, of each image with failed variants, in plan order, and
    # of what could not be drawn
    failures: tuple[tuple[str, str], ...]
    # files that are no images, by ending; warnings tell of those that a package would read
    left_out: Counter[str]
    warnings: tuple[str, ...]  # sentences about what a person may not expect
    elapsed_s: float
    n_absent: int = 0  # inputs that are not there
    # files of others that outputs took the place of, relative to the output folder
    replaced: tuple[str, ...] = ()


def exit_code(summaries: Iterable[Summary]) -> int:
    """Return the exit code after these runs: 0 all done, 1 nothing succeeded, 3 some failed."""
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
    """Count the states of all planned variants, as many as rows of the report, and of overviews.

    `fresh` is what was settled in this run, and what was drawn.
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
    """Tell which overviews and books could not be drawn, and why, in plan order."""
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
