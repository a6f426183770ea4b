"""One-page PDFs → one PDF of them all, with title page, contents, page numbers and bookmarks."""

from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import BinaryIO

import pikepdf

from batchquant.errors import ImageError, StorageError
from batchquant.images.draw.front_matter import Front, FrontMatter

AS_IT_IS = "--compress-streams=n", "--decode-level=none", "--deterministic-id"


def bind(
    folder: Path, pages: Sequence[tuple[str, str]], front: Front, scratch: str, stream: BinaryIO
) -> None:
    """Bind pages, each with a title and a path below `folder`, at least one.

    A title is a path, too: its folders become bookmarks, and the bookmarks of what lies in them
    stand below. `front` says what stands before them. `scratch` is a file below `folder` to work
    with, as large as the book; it stays behind. Raises ImageError if a page is damaged or missing
    (``unreadable``), StorageError if `scratch` cannot be written whole. Equal pages give equal
    bytes.

    qpdf's own way of merging opens the files it needs and closes them again; what
    ``pikepdf.Pdf.pages`` is given is copied into memory instead. A thousand pages, 722 MB, took 28
    MB and 722 MB; with contents and numbers 500 pages, 507 MB, took 26 MB. It takes names that are
    UTF-8, and no open files. So the folder, whose own path need not be UTF-8, is the working
    directory for a moment, which the whole process shares: nothing else may be going on in it.
    """
    paths = [f"./{path}" for _, path in pages]  # no option, and no file of arguments
    quietly = "--no-warn", "--empty"
    with chdir(folder):
        try:
            pikepdf.Job(["qpdf", *quietly, *AS_IT_IS, "--pages", *paths, "--", scratch]).run()
        except pikepdf.PikepdfError as error:
            told = "unreadable: a contact sheet, which run --verify draws again"
            raise ImageError(f"{told}: {error}") from error
    with (folder / scratch).open("rb") as merged, _opened(merged) as book:
        titles = [title for title, _ in pages]
        matter = FrontMatter(book, front, titles)
        matter.add()
        with book.open_outline() as outline:
            _add_bookmarks(outline, titles, matter.n_pages)
        book.save(
            stream,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=True,
        )


def _opened(merged: BinaryIO) -> pikepdf.Pdf:
    """Open what was merged; qpdf says nothing where the disk was too full for its end."""
    # Not mapped into memory, where all that was read would count as ours.
    stream = pikepdf.AccessMode.stream
    try:
        return pikepdf.open(merged, access_mode=stream, attempt_recovery=False)
    except (OSError, pikepdf.PdfError) as error:
        raise StorageError(f"{merged.name}: cannot be written whole; is the disk full?") from error


def _add_bookmarks(outline: pikepdf.Outline, titles: Sequence[str], n_before: int) -> None:
    folders: dict[tuple[str, ...], pikepdf.OutlineItem] = {}
    for number, title in enumerate(titles, start=n_before):
        *above, name = title.split("/")
        siblings = outline.root
        for depth, folder in enumerate(above, start=1):
            key = tuple(above[:depth])
            if key not in folders:
                folders[key] = pikepdf.OutlineItem(folder, number)
                siblings.append(folders[key])
            siblings = folders[key].children
        siblings.append(pikepdf.OutlineItem(name, number))
