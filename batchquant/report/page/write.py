"""The page → the output folder."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files import withdraw
from batchquant.files.outputs import publish_copied, read_output
from batchquant.report.identity import identify
from batchquant.report.last_run import read_last_run
from batchquant.report.own import is_ours, publish_own, refuse_what_is_in_the_way
from batchquant.report.page.build import INDEX, build_page
from batchquant.report.page.chunks import keep_chunk, kept_chunk, make_chunk
from batchquant.report.page.data import CARDS, DATA_FOLDER, PAGE_FOLDER, n_chunks
from batchquant.report.page.gather import gather, show_images
from batchquant.report.table import REPORTS
from batchquant.store.kept_plan import open_kept
from batchquant.store.reading import Known
from batchquant.store.reported import Reported


def write_page(
    output: Path,
    known: Known,
    reported: Reported,
    *,
    may_replace: bool = False,
    check: Callable[[], None] = lambda: None,
) -> Path:
    """Write the page as far as it has changed; returns its path.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    known : Known
        What the page shows.
    reported : Reported
        What was written last; what is now is added to it.
    may_replace : bool
        Whether an ``index.html`` that is not ours may be replaced.
    check : callable
        Called again and again; may raise.

    Raises
    ------
    ImageError
        ``blocked`` if there is an ``index.html`` that is not ours and may not be replaced.
    StorageError
        If the output folder cannot be written to, or a link in it leads out of it.
    """
    n_images, chunks = len(known.plan.images), []
    for number in range(n_chunks(n_images)):
        positions = slice(number * CARDS, min(n_images, (number + 1) * CARDS))
        chunk = kept_chunk(reported, number, positions.stop - positions.start, output)
        if chunk is None:
            check()
            images = list(show_images(known, positions))
            chunk, scripts = make_chunk(number, images, partial(read_output, output))
            for path, content in scripts.items():
                publish_copied(output, path, content, may_replace=True, is_ours=True)
            keep_chunk(reported, number, chunk)
        chunks.append(chunk)
    for number in [number for number in reported.chunks if number >= len(chunks)]:
        del reported.chunks[number]  # of a longer page
    shown = gather(
        known.plan,
        known.drawn,
        chunks,
        reports=[name for name in REPORTS if is_ours(output / name)],
        last_run=read_last_run(output),
        identity=identify(output),
    )
    pages = build_page(shown)
    for path, content in pages.items():
        if path == INDEX:
            publish_own(output, path, content, may_replace=may_replace)
        else:
            publish_copied(output, path, content, may_replace=True, is_ours=True)
    _withdraw_others(output, {*pages, *chain.from_iterable(chunk.scripts for chunk in chunks)})
    return output / INDEX


def _withdraw_others(output: Path, files: set[str]) -> None:
    """Remove data of a longer page before this one, and files of an older version's page."""
    for folder in (PAGE_FOLDER, DATA_FOLDER):
        try:
            found = [
                path for ending in ("js", "css") for path in (output / folder).glob(f"*.{ending}")
            ]
        except OSError as error:
            raise StorageError.of(f"{output / folder}: cannot be listed", error) from error
        for path in (f"{folder}/{file.name}" for file in found):
            if path not in files:
                withdraw(output, path)


def write_page_again(output: Path) -> Path:
    """Write the page from an output folder alone: while a run goes on, or from a copy of it."""
    with open_kept(output) as kept:
        refuse_what_is_in_the_way(output, [INDEX])
        return write_page(output, kept.known, kept.reported(CARDS))
