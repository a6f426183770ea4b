"""Tables and long lines, laid out for the terminal that they are read on."""

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

GAP = "  "
USUAL, LEAST = 100, 40  # columns where no terminal reads; and of those that no layout helps
NO_BREAK = "\xa0"
LEAST_CELL = 12  # columns that a cell is wrapped to at most


def size() -> tuple[int, int]:
    """Return columns and rows of the terminal, 0 where there is none, or it does not say.

    Asked of itself: what stands in the environment may be of another, or of before it was resized.
    """
    try:
        found = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):  # ValueError: of what is no file
        return 0, 0
    return found.columns, found.lines


def columns() -> int:
    """Return how wide a line may be: as the terminal, but no wider than is read with ease."""
    return max(LEAST, min(USUAL, size()[0] or USUAL))


def wrap(text: str, indent: int = len(GAP)) -> str:
    """Wrap a line, what goes on below indented.

    What has no space in it, as a path, is not torn apart: it could not be copied.
    """
    return textwrap.fill(
        text,
        columns(),
        subsequent_indent=" " * indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def fill(text: str, indent: int = len(GAP)) -> str:
    """Wrap a line on a terminal; a pipe gets it whole."""
    return wrap(text, indent) if sys.stdout.isatty() else text


def table_lines(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield the lines of a table; where it is too wide, its widest cells go on below.

    >>> list(table_lines([("kind", "endings"), ("JPEG", ".jpg .jpeg .jpe .jfif")], 24))
    ['kind  endings', 'JPEG  .jpg .jpeg .jpe', '      .jfif']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > width and max(widths) > LEAST_CELL:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = [textwrap.wrap(cell, at) for cell, at in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            told = GAP.join(f"{part:{at}}" for part, at in zip(parts, widths, strict=True))
            yield told.rstrip().replace(NO_BREAK, " ")
