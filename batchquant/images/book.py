"""One-page PDFs → one PDF of them all, with bookmarks."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pikepdf

from batchquant.errors import ImageError, StorageError

AS_IT_IS = "--compress-streams=n", "--decode-level=none", "--deterministic-id"


def bind(pages: Sequence[tuple[str, Path]], scratch: Path, stream: BinaryIO) -> None:
    """Bind pages.

    Parameters
    ----------
    pages : sequence of tuple of str and pathlib.Path
        Title and file of each page, at least one. A title is a path: its folders become bookmarks,
        and the bookmarks of what lies in them stand below.
    scratch : pathlib.Path
        A file to work with, as large as the book. It stays behind.
    stream : binary file
        Where the book is written to.

    Raises
    ------
    ImageError
        If a page is damaged or missing; begins with ``unreadable``.
    StorageError
        If `scratch` cannot be written whole.

    Notes
    -----
    qpdf's own way of merging opens the files it needs and closes them again; what
    ``pikepdf.Pdf.pages`` is given is copied into memory instead. A thousand pages, 722 MB, took 28
    MB and 722 MB. Equal pages give equal bytes.
    """
    paths = [str(path.absolute()) for _, path in pages]
    quietly = "--no-warn", "--empty"
    try:
        pikepdf.Job(["qpdf", *quietly, *AS_IT_IS, "--pages", *paths, "--", str(scratch)]).run()
    except pikepdf.PikepdfError as error:
        told = "unreadable: a contact sheet, which run --verify draws again"
        raise ImageError(f"{told}: {error}") from error
    # Not mapped into memory, where all that was read would count as ours.
    with _opened(scratch) as book:
        with book.open_outline() as outline:
            _add_bookmarks(outline, [title for title, _ in pages])
        book.save(
            stream,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=True,
        )


def _opened(scratch: Path) -> pikepdf.Pdf:
    """Open what was merged; qpdf says nothing where the disk was too full for its end."""
    stream = pikepdf.AccessMode.stream
    try:
        return pikepdf.open(scratch, access_mode=stream, attempt_recovery=False)
    except (OSError, pikepdf.PdfError) as error:
        raise StorageError(f"{scratch}: cannot be written whole; is the disk full?") from error


def _add_bookmarks(outline: pikepdf.Outline, titles: Sequence[str]) -> None:
    folders: dict[tuple[str, ...], pikepdf.OutlineItem] = {}
    for number, title in enumerate(titles):
        *above, name = title.split("/")
        siblings = outline.root
        for depth, folder in enumerate(above, start=1):
            key = tuple(above[:depth])
            if key not in folders:
                folders[key] = pikepdf.OutlineItem(folder, number)
                siblings.append(folders[key])
            siblings = folders[key].children
        siblings.append(pikepdf.OutlineItem(name, number))
