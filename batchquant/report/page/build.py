"""What the page shows → its files."""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined

from batchquant import __version__
from batchquant.metrics.metric import Metric
from batchquant.metrics.registry import metrics
from batchquant.report.failed import n_failed_pictures
from batchquant.report.page.data import PAGE_FOLDER, n_chunks, run_script
from batchquant.report.page.gather import Shown
from batchquant.report.page.statistics import JobFigures, Spread, compare_starts, psnr_by_k
from batchquant.report.page.words import explain_words

INDEX = "index.html"
STYLES = ("page.css", "picture.css")
SCRIPTS = (
    "page.js",
    "address.js",
    "choice.js",
    "paint.js",
    "ticks.js",
    "picks.js",
    "wall.js",
    "exchange.js",
    "before.js",
    "gallery.js",
    "zoom.js",
    "divider.js",
    "compare.js",
    "grid.js",
    "view.js",
    "curves.js",
    "palette.js",
    "sides.js",
    "controls.js",
    "viewer.js",
    "gestures.js",
    "keys.js",
)
LIVE = ("live.css", "live.js")
"""Further ones of a page that is served while a run goes on."""
MAX_NAMED = 3  # of a class, while it is folded
MAX_LISTED = 50  # failures of a class on the page itself; the gallery shows them all


def build_page(shown: Shown, *, is_live: bool = False) -> dict[str, bytes]:
    """Make the page but for data of images: content by path relative to the output folder.

    ``index.html`` is the last. The same in every run: what the clock says is loaded. A live one
    asks who served it how the run gets on.
    """
    pages = _static(LIVE if is_live else ())
    pages.update([run_script(shown.last_run, shown.identity)])
    pages[INDEX] = _index(shown, is_live)
    return pages


def build_waiting_page() -> dict[str, bytes]:
    """Make the live page of a run that has not planned yet: how it gets on, and nothing else."""
    template = _environment().get_template("waiting.html.jinja")
    text = template.render(version=__version__, page_folder=PAGE_FOLDER)
    return {**_static(LIVE), INDEX: text.encode()}


def _static(further: Iterable[str]) -> dict[str, bytes]:
    """Return style and script as a file each, which open sooner than the many they are made of."""
    joined = {"page.css": STYLES, "page.js": SCRIPTS, **{name: (name,) for name in further}}
    static = files("batchquant.report.page") / "static"
    return {
        f"{PAGE_FOLDER}/{name}": b"".join((static / part).read_bytes() for part in parts)
        for name, parts in joined.items()
    }


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("batchquant.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_bytecode_cache(),
    )
    environment.filters["percent_of"] = percent_of
    return environment


def _index(shown: Shown, is_live: bool) -> bytes:
    figures = [job.figures for job in shown.jobs]
    counts = Counter[str]()
    for of_job in figures:
        counts.update(of_job.statuses)
    text = (
        _environment()
        .get_template("index.html.jinja")
        .render(
            version=__version__,
            is_live=is_live,
            shown=shown,
            n_images=shown.n_images,
            counts=counts,
            targets=targets_of(figures),
            words=explain_words(figures, shown.wording),
            failures=shown.failures,
            max_named=MAX_NAMED,
            max_listed=MAX_LISTED,
            n_pictures=shown.n_images if shown.n_pictures is None else shown.n_pictures,
            n_failed_pictures=n_failed_pictures(
                failure for each in shown.failures for failure in each.failures
            ),
            psnr_by_k=psnr_by_k,
            compare_starts=compare_starts,
            range_of=range_of,
            n_card_pages=n_chunks(shown.n_images),
            page_folder=PAGE_FOLDER,
            metrics=[_describe(metric) for metric in metrics().values()],
        )
    )
    return text.encode()


def targets_of(jobs: Iterable[JobFigures]) -> list[tuple[str, int, int]]:
    """Tell what is asked, how many pictures of all jobs reach it, and of how many it is asked."""
    asked, reached = Counter[str](), Counter[str]()
    for job in jobs:
        asked.update(job.n_asked)
        reached.update(job.n_reached)
    return [(phrase, reached[phrase], n) for phrase, n in asked.items()]


def _bytecode_cache() -> FileSystemBytecodeCache | None:
    """Keep the compiled template where Python keeps modules: it takes a fifth of a second."""
    beside = Path(__file__).parent / "__pycache__"
    if sys.dont_write_bytecode or not os.access(beside, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(beside))


def _describe(metric: Metric) -> dict[str, Any]:
    """Return what the page has to know of a figure."""
    names = ("name", "title", "symbol", "unit", "digits", "better", "is_told")
    return {name: getattr(metric, name) for name in names}


def range_of(spreads: Iterable[Spread | None]) -> tuple[float, float]:
    """Return the ends of an axis that all of them lie on."""
    known = [spread for spread in spreads if spread is not None]
    low = min((spread.low for spread in known), default=0.0)
    return low, max((spread.high for spread in known), default=1.0)


def percent_of(value: float, ends: tuple[float, float]) -> float:
    """Return where a value lies between the ends of an axis, 0 to 100."""
    low, high = ends
    return round(100 * (value - low) / (high - low), 2) if high > low else 50.0
