"""Every kind of output file, by its name: built in, or from an extension."""

from collections.abc import Iterable
from functools import cache

from batchquant.extensions import load_extensions
from batchquant.formats.aco import Aco
from batchquant.formats.ase import Ase
from batchquant.formats.bmp import Bmp
from batchquant.formats.css import Css
from batchquant.formats.error_map import ErrorMap
from batchquant.formats.format import Format
from batchquant.formats.gif import Gif
from batchquant.formats.gpl import Gpl
from batchquant.formats.hex import Hex
from batchquant.formats.json import Json
from batchquant.formats.pdf import Pdf
from batchquant.formats.png import Png
from batchquant.formats.swatch import Swatch
from batchquant.formats.tiff import Tiff
from batchquant.formats.webp import Webp

BUILT_IN: tuple[type[Format], ...] = (
    *(Png, Pdf, Webp, Gif, Tiff, Bmp),
    *(Gpl, Hex, Json, Swatch, Ase, Aco, Css),
    ErrorMap,
)


@cache
def formats() -> dict[str, Format]:
    """Return all formats by kind, in the order of the report's columns."""
    found = [made() for made in (*BUILT_IN, *load_extensions(Format))]
    return {each.kind: each for each in found}


def is_picture(kind: str) -> bool:
    """Tell whether files of a kind hold the picture, and not its palette alone."""
    return formats()[kind].key == "formats"


@cache
def kinds_of(key: str) -> tuple[str, ...]:
    """Return the kinds that a key of the job file asks for: ``formats``, for one."""
    return tuple(kind for kind, each in formats().items() if each.key == key)


def compare(kinds: Iterable[str]) -> bool:
    """Tell whether files of some kinds show the original, too."""
    return any(formats()[kind].compares for kind in kinds)
