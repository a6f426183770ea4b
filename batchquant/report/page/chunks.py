"""Some images of the page, and what it says of them as a whole: kept until one changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchquant import __version__
from batchquant.files.outputs import is_as_copied
from batchquant.files.stored import as_json, as_record, read_json
from batchquant.metrics.registry import metrics
from batchquant.report.failed import Failure
from batchquant.report.page.data import CARDS, data_scripts, first_palettes
from batchquant.report.page.records import ShownImage
from batchquant.report.page.statistics import JobFigures
from batchquant.store.reported import Reported

FORM = 6  # raised when the same images are shown otherwise


@dataclass(frozen=True, slots=True)
class Chunk:
    """Images of the page that are behind one another, at most `CARDS`.

    Attributes
    ----------
    form : str
        By what it was made.
    n_images : int
        How many there are.
    jobs : list of JobFigures
        What there is to say of them, by job.
    failures : list of Failure
        Of them.
    scripts : list of str
        Paths of their data, relative to the output folder.
    """

    form: str
    n_images: int
    jobs: list[JobFigures]
    failures: list[Failure]
    scripts: list[str]


def current_form() -> str:
    """Tell by what images are shown now: this version, and its figures."""
    figures = (f"{name} {metric.version}" for name, metric in metrics().items())
    return f"{FORM} {__version__} ({', '.join(figures)})"


def make_chunk(
    number: int, images: Sequence[ShownImage], read: Callable[[str], bytes]
) -> tuple[Chunk, dict[str, bytes]]:
    """Sum up images, and write their data: content by path relative to the output folder.

    `read` gives the content of an output, or raises OSError.
    """
    scripts = dict(data_scripts(number, images))
    if number == 0:
        scripts.update([first_palettes(images, read)])
    jobs: dict[str, JobFigures] = {}
    failures = []
    for place, image in enumerate(images, start=number * CARDS):
        jobs.setdefault(image.job, JobFigures(image.job)).add(image)
        if image.error is not None:
            failures.append(Failure(image.label, image.error, place, image.picture))
    return Chunk(current_form(), len(images), list(jobs.values()), failures, list(scripts)), scripts


def kept_chunk(reported: Reported, number: int, n_images: int, output: Path) -> Chunk | None:
    """Return a chunk of so many images that is as it was when its data was written."""
    if number in reported.stale or number not in reported.chunks:
        return None
    try:
        chunk = as_record(Chunk, read_json(reported.chunks[number].encode()))
    except ValueError:
        return None
    is_as_wanted = (chunk.form, chunk.n_images) == (current_form(), n_images)
    is_there = all(
        (output / path).exists() and is_as_copied(output, path) for path in chunk.scripts
    )
    return chunk if is_as_wanted and is_there else None


def keep_chunk(reported: Reported, number: int, chunk: Chunk) -> None:
    """Keep it."""
    reported.chunks[number] = as_json(chunk).decode()
    reported.stale.add(number)
