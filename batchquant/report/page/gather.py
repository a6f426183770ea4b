"""Plan and records → what the page shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from batchquant.files.names import printable
from batchquant.images.read.formats import tell_suffixes
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Plan, Variant
from batchquant.plan.wording import UNSAID, Wording
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.report.last_run import LastRun
from batchquant.report.page.chunks import Chunk
from batchquant.report.page.failures import Failure, FailureClass, group_failures
from batchquant.report.page.records import OutputFile, ShownImage, ShownVariant
from batchquant.report.page.statistics import JobFigures
from batchquant.report.summary import find_undrawn
from batchquant.steps.result import DrawnKey
from batchquant.store import OverviewRecord, VariantRecord
from batchquant.store.reading import ImageState
from batchquant.store.totals import totals_of


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job as a whole."""

    figures: JobFigures
    book: str | None = None  # path, relative to the output folder


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the page beside images."""

    jobs: tuple[ShownJob, ...]  # in plan order
    failures: tuple[FailureClass, ...] = ()
    n_absent: int = 0  # inputs that are not there
    n_undrawn: int = 0  # overviews and books
    wording: Wording = UNSAID  # what the job file says
    left_out: str = ""  # how many files are no images, by their endings; may be empty
    warnings: tuple[str, ...] = ()  # sentences about what a person may not expect
    reports: tuple[str, ...] = ()  # names of those beside the page
    last_run: LastRun | None = None  # None where nothing is known of it

    @property
    def n_images(self) -> int:
        """Those of all jobs."""
        return sum(job.figures.n_images for job in self.jobs)


def gather(
    plan: Plan,
    drawn: Mapping[DrawnKey, OverviewRecord],
    chunks: Iterable[Chunk],
    *,
    reports: Sequence[str] = (),
    last_run: LastRun | None = None,
) -> Shown:
    """Bring together what the page shows as a whole.

    Parameters
    ----------
    plan : Plan
        What was to be done.
    drawn : mapping of ImageKey to OverviewRecord
        What is known of overviews and books.
    chunks : iterable of Chunk
        All images, in plan order.
    reports : sequence of str
        Names of the reports that are there.
    last_run : LastRun, optional
        What the clock says.
    """
    figures: dict[str, JobFigures] = {}
    failed: list[Failure] = []
    for chunk in chunks:
        failed += chunk.failures
        for of_job in chunk.jobs:
            figures.setdefault(of_job.name, JobFigures(of_job.name)).merge(of_job)
    absent = tuple(dict.fromkeys((place, reason) for _, place, reason in plan.absent))
    undrawn = find_undrawn(plan, drawn)
    books = {name: drawn.get(book_key(name)) for name in totals_of(plan.images).books}
    return Shown(
        jobs=tuple(
            ShownJob(of_job, path_of_book(books.get(name))) for name, of_job in figures.items()
        ),
        failures=group_failures(failed, absent, undrawn),
        n_absent=len(absent),
        n_undrawn=len(undrawn),
        wording=replace(plan.wording, name=printable(plan.wording.name)),
        left_out=tell_suffixes(plan.left_out_by_kind),
        warnings=plan.notes,
        reports=tuple(reports),
        last_run=last_run,
    )


def path_of_book(book: OverviewRecord | None) -> str | None:
    """Return where a book is, if it is."""
    found = book and book.outputs.get("book")
    return found.path if found else None


def show_image(state: ImageState) -> ShownImage:
    """Bring together what the page shows of an image; a record of other settings counts as none."""
    image, overview = state.image, state.overview
    of_image = [
        record if record and record.recipe == variant.recipe else None
        for variant, record in zip(image.variants, state.records, strict=True)
    ]
    known = [record for record in of_image if record is not None]
    last = known[-1] if known else None
    width, height = image.size or (None, None)
    if last is not None and last.width is not None:
        width, height = last.width, last.height
    target = image.overview.target
    best = best_for_target(known, target)
    notes = (last.notes_beside(image.variants[-1].outputs) if last else None, image.absent)
    paths = {kind: file.path for kind, file in overview.outputs.items()} if overview else {}
    wanted = image.overview.outputs.keys() & paths.keys()
    return ShownImage(
        *image.key,
        width=width,
        height=height,
        distinct_colors=last.distinct_colors if last else None,
        source=" ".join(filter(None, (last.source_format, last.mode))) if last else "",
        notes="; ".join(filter(None, notes)),
        error=image.refusal or next((record.error for record in known if record.error), None),
        variants=tuple(
            _show_variant(variant, record, refused=image.refusal is not None)
            for variant, record in zip(image.variants, of_image, strict=True)
        ),
        knee=knee_of(trace_curves(known)),
        target=target,
        best=(best.k, best.init) if best else None,
        best_path=paths["best"] if "best" in wanted else None,
        sheets=tuple(paths[kind] for kind in ("sheet_png", "sheet_pdf") if kind in wanted),
        pixel_aspect=last.pixel_aspect if last else 1.0,
        thumbnail=paths.get("thumbnail"),
        preview=paths.get("preview"),
        palettes=paths.get("palettes"),
    )


def _show_variant(variant: Variant, record: VariantRecord | None, *, refused: bool) -> ShownVariant:
    if record is None or record.status != "done":
        status = "failed" if refused or record else "pending"
        return ShownVariant(variant.k, variant.init, status)
    return ShownVariant(
        k=variant.k,
        init=variant.init,
        status="done",
        files=tuple(
            OutputFile(kind, record.outputs[kind].path, record.outputs[kind].size_bytes)
            for kind in variant.outputs
            if kind in record.outputs
        ),
        seed=record.seed,
        n_colors=record.n_colors,
        n_iter=record.n_iter,
        converged=record.converged,
        inertia=record.inertia,
        figures=record.figures,
    )
