"""Plan and records → what the page shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from batchquant.files.names import printable
from batchquant.images.read.formats import tell_suffixes
from batchquant.metrics.registry import metrics
from batchquant.plan.groups import ANIMATED, ANIMATION, Group
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Plan
from batchquant.plan.wording import UNSAID, Wording
from batchquant.report.captions import sharing_of
from batchquant.report.curves import knee_at, place_of_best
from batchquant.report.failed import Failure
from batchquant.report.last_run import LastRun
from batchquant.report.page.chunks import Chunk
from batchquant.report.page.failures import FailureClass, group_failures
from batchquant.report.page.records import OutputFile, ShownImage, ShownVariant
from batchquant.report.page.statistics import JobFigures
from batchquant.report.summary import find_undrawn
from batchquant.steps.result import DrawnKey
from batchquant.store import OverviewRecord
from batchquant.store.cells import Cells, Head, read_cells
from batchquant.store.known import MAX_READ, Filed
from batchquant.store.notes import join_notes
from batchquant.store.reading import Known, overviews_of
from batchquant.store.totals import n_pictures_of, totals_of

# What is asked of a variant: slices and places are those of the row, behind which figures come.
COLUMNS = (
    "recipe",
    "status",
    "error",
    "pixel_aspect",
    "width",
    "height",
    "distinct_colors",
    "source_format",
    "mode",
    "notes",
    "seed",
    "n_colors",
    "n_iter",
    "converged",
    "inertia",
    "shared_inertia",
)
RECIPE, STATUS, ERROR, PIXEL_ASPECT = range(4)
PICTURE, MADE = slice(4, 10), slice(10, 16)
INERTIA = COLUMNS.index("inertia")


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job as a whole."""

    figures: JobFigures
    book: str | None = None  # path, relative to the output folder


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the page beside images."""

    jobs: tuple[ShownJob, ...]  # in plan order; each picture is an image of each job that shows it
    failures: tuple[FailureClass, ...] = ()
    n_absent: int = 0  # inputs that are not there
    n_undrawn: int = 0  # overviews and books
    wording: Wording = UNSAID  # what the job file says
    left_out: str = ""  # how many files are no images, by their endings; may be empty
    warnings: tuple[str, ...] = ()  # sentences about what a person may not expect
    reports: tuple[str, ...] = ()  # names of those beside the page
    last_run: LastRun | None = None  # None where nothing is known of it
    n_pictures: int | None = None  # None: as many as images
    identity: str = ""  # of the output folder; empty where it has none yet

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
    identity: str = "",
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
    identity : str
        What tells the output folder from all others.
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
        identity=identity,
        n_pictures=n_pictures_of(plan.images) if len(figures) > 1 else None,
    )


def path_of_book(book: OverviewRecord | None) -> str | None:
    """Return where a book is, if it is."""
    found = book and book.outputs.get("book")
    return found.path if found else None


def show_images(known: Known, positions: slice = slice(None)) -> Iterator[ShownImage]:
    """Bring together what the page shows of images: all, or those at positions."""
    columns = (*COLUMNS, *metrics())
    images = read_cells(known.plan, known.settled, columns, positions=positions)
    while some := list(islice(images, MAX_READ)):
        overviews = overviews_of(known.drawn, [image.head.key for image in some])
        for image, overview in zip(some, overviews, strict=True):
            yield _show_image(image, overview, animations_of(known.drawn, image.head.group))


def _show_image(
    image: Cells, overview: OverviewRecord | None, animated: Mapping[str, int]
) -> ShownImage:
    """Bring together what is shown of an image; a record of other settings counts as none."""
    head = image.head
    variants, known, points, last = [], [], [], None
    error, sharing = head.refusal, sharing_of(head.group)
    told = zip(head.wanted, head.recipes, image.rows, image.files, strict=True)
    for (k, init, kinds), recipe, row, files in told:
        if row is None or row[RECIPE] != recipe:
            status = "pending" if head.refusal is None else "failed"
            variants.append(ShownVariant(k, init, status))
            continue
        last = row, files
        error = error or row[ERROR]
        values = zip(metrics(), row[len(COLUMNS) :], strict=True)
        figures = {name: value for name, value in values if value is not None}
        known.append((k, init, figures))
        if "psnr_db" in figures and row[INERTIA] is not None:
            points.append((k, figures["psnr_db"]))
        if row[STATUS] == "done":
            shown = tuple(
                OutputFile(kind, *files[kind][:2])
                for kind in kinds
                if kind in files and files[kind][1] >= 0  # else its format cannot hold it
            )
            seed, n_colors, n_iter, converged, inertia, shared_inertia = row[MADE]
            if converged is not None:
                converged = bool(converged)
            variants.append(
                ShownVariant(
                    k,
                    init,
                    "done",
                    shown,
                    seed,
                    n_colors,
                    n_iter,
                    converged,
                    inertia,
                    shared_inertia if sharing else None,
                    figures,
                    _animations(head.group, k, init, animated) if animated else (),
                )
            )
        else:
            variants.append(ShownVariant(k, init, "failed"))
    best = None
    if head.target is not None:
        place = place_of_best([(k, figures) for k, _, figures in known], head.target)
        best = None if place is None else known[place][:2]
    paths = {kind: file.path for kind, file in overview.outputs.items()} if overview else {}
    there = head.drawn & paths.keys()
    width, height, distinct_colors, source, notes = _told_of(head, last)
    return ShownImage(
        *head.key,
        width=width,
        height=height,
        distinct_colors=distinct_colors,
        source=source,
        notes=notes,
        error=error,
        variants=tuple(variants),
        knee=knee_at(points),
        sharing=sharing,
        target=head.target,
        best=best,
        best_path=paths["best"] if "best" in there else None,
        sheets=tuple(paths[kind] for kind in ("sheet_png", "sheet_pdf") if kind in there),
        before_after=paths["before_after"] if "before_after" in there else None,
        pixel_aspect=1.0 if last is None else last[0][PIXEL_ASPECT],
        thumbnail=paths.get("thumbnail"),
        preview=paths.get("preview"),
        palettes=paths.get("palettes"),
    )


def animations_of(
    drawn: Mapping[DrawnKey, OverviewRecord], group: Group | None
) -> Mapping[str, int]:
    """Return paths and sizes of what is played of the frames of a file."""
    if group is None or not group.is_of_frames:
        return {}
    record = drawn.get((*group.scope, ANIMATION))
    files = record.outputs.values() if record else ()
    return {file.path: file.size_bytes for file in files if file.size_bytes >= 0}


def _animations(
    group: Group | None, k: int, init: str, animated: Mapping[str, int]
) -> tuple[OutputFile, ...]:
    """Return those of a variant."""
    assert group is not None
    paths = ((kind, group.animation_path(k, init, kind)) for kind in ANIMATED)
    return tuple(OutputFile(kind, path, animated[path]) for kind, path in paths if path in animated)


def _told_of(
    head: Head, last: tuple[Sequence[Any], Mapping[str, Filed]] | None
) -> tuple[int | None, int | None, int | None, str, str]:
    """Return size, colors, source and notes of a picture, by the last that was made of it."""
    width, height = head.size or (None, None)
    if last is None:
        return width, height, None, "", head.absent or ""
    row, files = last
    told_width, told_height, distinct_colors, source_format, mode, of_picture = row[PICTURE]
    if told_width is not None:
        width, height = told_width, told_height
    notes = join_notes(
        of_picture, {kind: note for kind, (_, _, note) in files.items()}, head.wanted[-1][2]
    )
    return (
        width,
        height,
        distinct_colors,
        " ".join(filter(None, (source_format, mode))),
        "; ".join(filter(None, (notes, head.absent))),
    )
