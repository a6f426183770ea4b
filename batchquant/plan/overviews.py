"""What shows an image as a whole, beside its variants: places, and a worker's tasks."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from batchquant.images.read.version import FIRST
from batchquant.layout import RUN_FOLDER
from batchquant.plan.effort import work_of
from batchquant.plan.records import ImageKey, Overview, PlannedImage, Settings
from batchquant.plan.task import Task

if TYPE_CHECKING:  # workers start sooner without what job files need
    from batchquant.images.read.header import Header
    from batchquant.job import Job

THUMBNAILS = f"{RUN_FOLDER}/thumbs"
PREVIEWS = f"{RUN_FOLDER}/previews"
PALETTES = f"{RUN_FOLDER}/palettes"
BOOK_PAGES = f"{RUN_FOLDER}/book"
BOOK = "book.pdf"
SHEETS = {"png": ("png",), "pdf": ("pdf",), "both": ("png", "pdf"), "none": ()}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A variant that is done, as an overview shows it.

    Attributes
    ----------
    k, init : int and str
        The variant.
    n_colors : int
        Colors of its picture.
    psnr_db : float
        In decibels; infinite for an exact copy.
    path : str
        Of its PNG, or else of its PDF, relative to the output folder.
    size_bytes : int
        Of that file.
    mark : str
        What is special about it; empty for most.
    is_best : bool
        Whether it stands as the best picture.
    """

    k: int
    init: str
    n_colors: int
    psnr_db: float
    path: str
    size_bytes: int
    mark: str = ""
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class OverviewTask:
    """One image whose overview is to be drawn, as a worker gets it.

    Attributes
    ----------
    key : tuple of str and int
        Job, folder, image and frame: what names the image, and its result.
    fingerprint : str
        Digest of all that its files depend on.
    source, frame, takes_all, pixels, output, settings, stop_file, size_bytes
        As in `batchquant.plan.task.Task`.
    source_sha256 : str
        Of the source that the exhibits were made from, hexadecimal.
    title, subtitle : str
        Of the contact sheet; the title is how a person knows the image.
    files : tuple of tuple of str
        As in `Overview`.
    exhibits : tuple of Exhibit
        By start, then by K; at least one.
    withdraws_best : bool
        Whether the best picture of an earlier target is to go, since none is good enough.
    ours : frozenset of str
        As in `batchquant.plan.task.Task`.
    """

    key: ImageKey
    fingerprint: str
    source: Path
    source_sha256: str
    frame: int
    takes_all: bool
    pixels: int
    output: Path
    settings: Settings
    stop_file: Path | None
    title: str
    subtitle: str
    files: tuple[tuple[str, str], ...]
    exhibits: tuple[Exhibit, ...]
    withdraws_best: bool = False
    ours: frozenset[str] = frozenset()
    size_bytes: int = 0

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of its files that a person finds, relative to the output folder."""
        paths = (path for _, path in self.files)
        return tuple(path for path in paths if not path.startswith(f"{RUN_FOLDER}/"))

    @property
    def n_steps(self) -> int:
        """How many pictures are looked at."""
        return 1 + len(self.exhibits)

    @property
    def work(self) -> float:
        """How long it takes beside others: to look at each exhibit, and at the source."""
        return work_of(self.pixels, self.n_steps)


@dataclass(frozen=True, slots=True)
class BookTask:
    """All contact sheets of a job, to be bound.

    Attributes
    ----------
    key : tuple of str and int
        The job's name, and nothing else.
    fingerprint : str
        As in `OverviewTask`.
    output : pathlib.Path
        The output folder.
    files : tuple of tuple of str
        The kind ``book``, and where it goes.
    pages : tuple of tuple of str
        Title and path of each page, in order. Titles have ``/``: bookmarks nest by folder.
    ours : frozenset of str
        As in `batchquant.plan.task.Task`.
    """

    key: ImageKey
    fingerprint: str
    output: Path
    files: tuple[tuple[str, str], ...]
    pages: tuple[tuple[str, str], ...]
    ours: frozenset[str] = frozenset()

    @property
    def places(self) -> tuple[str, ...]:
        """The path of the book, relative to the output folder."""
        return tuple(path for _, path in self.files)

    @property
    def title(self) -> str:
        """How a person knows the book."""
        return dict(self.files)["book"]

    @property
    def pixels(self) -> int:
        """None are decoded."""
        return 0

    @property
    def n_steps(self) -> int:
        """How many pages are copied."""
        return len(self.pages)


AnyTask = Task | OverviewTask | BookTask
"""All that a worker may be given."""


def plan_overview(
    job: "Job",
    folder: str,
    image: str,
    frame: int,
    base: PurePosixPath,
    header: "Header | None" = None,
) -> Overview:
    """Plan what shows an image as a whole.

    Parameters
    ----------
    job : Job
        Settings.
    folder, image, frame : str, str and int
        What names the image in the job.
    base : pathlib.PurePosixPath
        As in `batchquant.plan.outputs.plan_variants`.
    header : Header or None
        What the source says of itself.

    Returns
    -------
    Overview
        What a person takes stands beside the variants, ``FILE_sheet.png`` and ``FILE_best.png``.
        What only the page and the book need lies in the folder ``_run``, under a digest and not
        under the image's path: so it can be named whatever the length of that, and no two share a
        file where letter case does not count.
    """
    content = json.dumps([job.name, folder, image, frame])
    name = hashlib.sha256(content.encode()).hexdigest()[:20]
    kinds = SHEETS[job.sheet]
    files = [
        ("thumbnail", f"{THUMBNAILS}/{name}.jpg"),
        ("preview", f"{PREVIEWS}/{name}.jpg"),
        ("palettes", f"{PALETTES}/{name}.js"),
        *((f"sheet_{kind}", f"{base}_sheet.{kind}") for kind in kinds),
    ]
    if job.book and "pdf" not in kinds:
        files.append(("page", f"{BOOK_PAGES}/{name}.pdf"))
    if job.target is not None:
        files.append(("best", f"{base}_best.png"))
    return Overview(
        files=tuple(files),
        target_db=job.target.psnr_db if job.target else None,
        is_in_book=job.book,
        since=FIRST if header is None else header.palettes_since,
    )


def book_key(job: str) -> ImageKey:
    """Return what names the book of a job: a job alone."""
    return job, "", "", 0


def book_path(job: str) -> str:
    """Return where the book of a job goes, relative to the output folder."""
    return str(PurePosixPath(job, BOOK))


def files_of(images: Iterable[PlannedImage]) -> Iterator[tuple[str, str]]:
    """Yield all files that are planned for images.

    Parameters
    ----------
    images : iterable of PlannedImage
        Those of a job stand together.

    Yields
    ------
    kind : str
        As in `Variant.outputs` and `Overview.outputs`, or ``book``.
    path : str
        Relative to the output folder: of each image variants, then its overview; behind the images
        of a job its book.
    """
    for job, of_job in groupby(images, lambda image: image.job):
        has_book = False
        for image in of_job:
            for variant in image.variants:
                yield from variant.outputs.items()
            yield from image.overview.files
            has_book |= image.overview.is_in_book
        if has_book:
            yield "book", book_path(job)
