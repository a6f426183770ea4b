"""What shows an image as a whole, beside its variants, and where it goes."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath

from batchquant.files.layout import RUN_FOLDER
from batchquant.images.draw.sizes import SMALL
from batchquant.images.read.version import FIRST
from batchquant.metrics.target import Target
from batchquant.plan.groups import ANIMATION, SHARED_PALETTE, Group, name_of, spread
from batchquant.plan.picture_step import SHEET_VARY
from batchquant.plan.records import ImageKey, Overview, PlannedImage, PlannedStep

THUMBNAILS = f"{RUN_FOLDER}/thumbs"
PREVIEWS = f"{RUN_FOLDER}/previews"
PALETTES = f"{RUN_FOLDER}/palettes"
SPREAD = re.compile(rf"^((?:{THUMBNAILS}|{PREVIEWS}|{PALETTES})/)[0-9a-f]{{2}}/")
LOSSY = re.compile(rf"^({PREVIEWS}/.*)\.png$")
BOOK_PAGES = f"{RUN_FOLDER}/book"
BOOK = "book.pdf"
BEFORE_AFTER = "_before_after.webp"
OF_ALL = "_sheet_vary"  # no longer than what names of variants end with: it refuses no picture
SHEETS = {"png": ("png",), "pdf": ("pdf",), "both": ("png", "pdf"), "none": ()}


def plan_overview(
    key: ImageKey,
    base: PurePosixPath,
    *,
    sheet: str,
    book: bool | str,
    target: Target | None,
    before_after: str = "none",
    since: int = FIRST,
    size: tuple[int, int] | None = None,
) -> Overview:
    """Plan what shows an image as a whole.

    What a person takes stands beside the variants, ``FILE_sheet.png`` and ``FILE_best.png``. What
    only the page and the book need lies in the folder ``_run``, under a digest and not under the
    image's path: so it can be named whatever the length of that, and no two share a file where
    letter case does not count. Of a picture that is small, by its header, the preview is lossless:
    each of its pixels is looked at.
    """
    kinds = SHEETS[sheet]
    is_small = size is not None and max(size) <= SMALL
    files = [
        ("thumbnail", spread(THUMBNAILS, key, "jpg")),
        ("preview", spread(PREVIEWS, key, "png" if is_small else "jpg")),
        ("palettes", spread(PALETTES, key, "js")),
        *((f"sheet_{kind}", f"{base}_sheet.{kind}") for kind in kinds),
    ]
    if book and "pdf" not in kinds:
        files.append(("page", f"{BOOK_PAGES}/{name_of(key)}.pdf"))
    if before_after != "none":
        files.append(("before_after", f"{base}{BEFORE_AFTER}"))
    if target is not None:
        files.append(("best", f"{base}_best.png"))
    paper = book if isinstance(book, str) else "fit"  # once true was all that could be said
    return Overview(tuple(files), target, bool(book), since, paper)


def sheet_of_all(base: PurePosixPath, sheet: str) -> PlannedStep:
    """Plan the sheet that has all combinations of varied keys as rows, beside the first of them."""
    files = tuple((f"{SHEET_VARY}_{kind}", f"{base}{OF_ALL}.{kind}") for kind in SHEETS[sheet])
    return PlannedStep(SHEET_VARY, files)


def as_before(
    files: Iterable[tuple[str, str]],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return kinds and paths of an overview as older versions had them, the latest first.

    Before there were lossless previews, and before there were folders of 256.
    """
    lossy = tuple((kind, LOSSY.sub(r"\1.jpg", path)) for kind, path in files)
    return lossy, tuple((kind, SPREAD.sub(r"\1", path)) for kind, path in lossy)


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
        As in `Variant.outputs` and `Overview.outputs`, of steps, or ``book``.
    path : str
        Relative to the output folder: of each image variants, then its overview and what steps of
        packages make; behind the images of a job its book.
    """
    for job, of_job in groupby(images, lambda image: image.job):
        has_book, groups = False, set[Group]()
        for image in of_job:
            for variant in image.variants:
                yield from variant.outputs.items()
            yield from image.overview.files
            for step in image.steps:
                if step.name not in (SHARED_PALETTE, ANIMATION) or image.group not in groups:
                    yield from step.files
            groups |= {image.group} if image.group else set()
            has_book |= image.overview.is_in_book
        if has_book:
            yield "book", book_path(job)
