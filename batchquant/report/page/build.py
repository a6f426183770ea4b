"""What the page shows → its files."""

from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined

from batchquant import __version__
from batchquant.report.page.data import PAGE_FOLDER, data_scripts, n_card_pages
from batchquant.report.page.failures import group_failures
from batchquant.report.page.records import Shown
from batchquant.report.page.statistics import Spread, compare_starts, psnr_by_k

INDEX = "index.html"
STATIC = ("page.css", "page.js", "gallery.js", "compare.js", "curves.js", "viewer.js")
MAX_LISTED = 50  # failures of a class on the page itself; the gallery shows them all


def build_page(shown: Shown) -> dict[str, bytes]:
    """Make the page: content by path relative to the output folder, the same in every run.

    ``index.html`` is the last: a page is never there before its data. What the clock says is
    loaded.
    """
    static = files("batchquant.report.page") / "static"
    pages = {f"{PAGE_FOLDER}/{name}": (static / name).read_bytes() for name in STATIC}
    pages.update(data_scripts(shown))
    pages[INDEX] = _index(shown)
    return pages


def _index(shown: Shown) -> bytes:
    environment = Environment(
        loader=PackageLoader("batchquant.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent_of"] = percent_of
    images = shown.images
    text = environment.get_template("index.html.jinja").render(
        version=__version__,
        shown=shown,
        images=images,
        counts=Counter(variant.status for image in images for variant in image.variants),
        failures=group_failures(shown),
        max_listed=MAX_LISTED,
        n_failed_images=sum(image.error is not None for image in images),
        folders=list(dict.fromkeys(image.folder for image in images)),
        psnr_by_k=psnr_by_k,
        compare_starts=compare_starts,
        range_of=range_of,
        n_card_pages=n_card_pages(images),
        page_folder=PAGE_FOLDER,
        scripts=[name for name in STATIC if PurePosixPath(name).suffix == ".js"],
    )
    return text.encode()


def range_of(spreads: Iterable[Spread | None]) -> tuple[float, float]:
    """Return the ends of an axis that all of them lie on."""
    known = [spread for spread in spreads if spread is not None]
    low = min((spread.low for spread in known), default=0.0)
    return low, max((spread.high for spread in known), default=1.0)


def percent_of(value: float, ends: tuple[float, float]) -> float:
    """Return where a value lies between the ends of an axis, 0 to 100."""
    low, high = ends
    return round(100 * (value - low) / (high - low), 2) if high > low else 50.0
