"""Plan and records → how a run ended, in numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batchquant.plan.overviews import book_key, book_path
from batchquant.plan.records import ImageKey, Plan
from batchquant.report.failed import failures_by_picture, n_failed_pictures, told_once
from batchquant.steps.result import DrawnKey
from batchquant.store import Key, OverviewRecord, VariantRecord
from batchquant.store.totals import n_best_of, n_pictures_of, states_of, totals_of, undrawn_of


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
    n_drawn: int  # overviews and books drawn in this run; `drawn` is what people call them
    n_undrawn: int  # overviews and books that could not be drawn, and reports
    # name and reason of each absent input, of each image with failed variants, in plan order, and
    # of what could not be drawn
    failures: tuple[tuple[str, str], ...]
    # files that are no images, by ending; warnings tell of those that a package would read
    left_out: Counter[str]
    warnings: tuple[str, ...]  # sentences about what a person may not expect
    elapsed_s: float
    n_pictures: int = 0  # planned: what several jobs show is one
    n_failed_pictures: int = 0  # of which a variant failed in any job
    n_asked: int = 0  # pictures that are to reach a target, each once a job
    n_reached: int = 0  # of these, as far as it is known
    targets: tuple[str, ...] = ()  # what is asked of them, as a condition
    drawn: tuple[str, ...] = ("contact sheet",)
    n_absent: int = 0  # inputs that are not there
    n_left_over: int = 0  # files of variants that earlier runs made and none plans now
    # files of others that outputs took the place of, relative to the output folder
    replaced: tuple[str, ...] = ()
    # whether reports and page say all this: a run that is told to stop may not wait for them
    is_reported: bool = True


@dataclass(slots=True)
class Work:
    """What a run has done so far: variants made and failed, overviews and books drawn."""

    n_made: int = 0
    n_failed: int = 0
    n_drawn: int = 0
    # images, and why not even that a variant of it failed can be written down
    unrecorded: list[tuple[ImageKey, str]] = field(default_factory=list)


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
    settled: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
    *,
    work: Work | None = None,
    elapsed_s: float = 0.0,
) -> Summary:
    """Count the states of all planned variants, as many as rows of the report, and of overviews.

    `work` is what was done in this run, of what is planned.
    """
    work = work or Work()
    totals, states = totals_of(plan.images), states_of(plan.images, settled)
    undrawn = find_undrawn(plan, drawn)
    n_failed = states.n_failed + totals.n_refused + len(work.unrecorded)
    failed = list(failures_by_picture(dict(work.unrecorded) | states.failures))
    absent = tuple(dict.fromkeys((label, reason) for _, label, reason in plan.absent))
    return Summary(
        output=plan.output,
        n_images=totals.n_images,
        n_done=work.n_made,
        n_skipped=states.n_done - work.n_made,
        n_failed=n_failed,
        n_pending=totals.n_variants - states.n_done - n_failed,
        n_attempted=work.n_made + work.n_failed,
        n_drawn=work.n_drawn,
        n_undrawn=len(undrawn),
        failures=(
            *absent,
            *((failure.told, failure.reason) for failure in told_once(failed)),
            *((title, reason) for title, reason, _ in undrawn),
        ),
        left_out=plan.left_out_by_kind,
        warnings=(*plan.news, *plan.notes),
        n_pictures=n_pictures_of(plan.images),
        n_failed_pictures=n_failed_pictures(failed),
        n_asked=(n_asked := totals.files["best"]),
        n_reached=n_best_of(drawn) if n_asked else 0,
        targets=tuple(totals.targets),
        drawn=totals.drawn,
        n_absent=len(absent),
        elapsed_s=elapsed_s,
    )


def find_undrawn(
    plan: Plan, drawn: Mapping[DrawnKey, OverviewRecord]
) -> tuple[tuple[str, str, int | None], ...]:
    """Tell which overviews and books could not be drawn, why, and where the image stands.

    In plan order; books are behind all, and stand nowhere.
    """
    errors = undrawn_of(drawn)
    if not errors:
        return ()
    titles: dict[ImageKey, tuple[str, int | None]] = {
        image.key: (image.label, place)
        for place, image in enumerate(plan.images)
        if image.key in errors
    }
    titles |= {book_key(job): (book_path(job), None) for job in totals_of(plan.images).books}
    return tuple(
        (title, f"not drawn: {errors[key]}", place)
        for key, (title, place) in titles.items()
        if key in errors
    )
