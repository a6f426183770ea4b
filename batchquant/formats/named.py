"""Colors that have names, from outside: files of palettes, and job files."""

from typing import NamedTuple

from batchquant.quantization.color import Color

MAX_NAME = 100  # characters
MAX_QUOTED = 60  # characters of what a message quotes


class Named(NamedTuple):
    """A color and its name, empty where it has none."""

    color: Color
    name: str = ""


class PaletteError(ValueError):
    """A palette file that is not of its kind.

    Attributes
    ----------
    place : str
        Where, such as ``line 3`` or ``color 3``.
    found : str
        What is there.
    expected : str
        Completes "expected ...".
    """

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.place = place
        self.found = found
        self.expected = expected


def clean_name(text: str) -> str:
    r"""Make a name of text from outside: one line of what prints, not too long.

    >>> clean_name(" Sky\n\x1b[1mblue\x00 ")
    'Sky [1mblue'
    """
    printed = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printed.split())[:MAX_NAME].rstrip()


def quoted(text: str) -> str:
    """Quote text, the begin of it where it is long."""
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}...")
