"""Titles of pages → the title page and the contents of a book, and the numbers of its pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pikepdf

from batchquant.images.draw.canvas import FAINT, INK, LINE, PAPER, Ink, Text, cut
from batchquant.images.draw.fonts import set_line
from batchquant.images.draw.hidden_text import HiddenFont
from batchquant.images.draw.outlines import Letters

FIT = "fit"
PAPERS = {"a4": (841.89, 595.28), "letter": (792.0, 612.0)}  # points, across: sheets are landscape
EDGE = 48.0  # points around title and contents
MARGIN = 24.0  # points around a sheet that is fitted to paper
NUMBER = 8.0  # points of a page's number
TITLE, LARGE, MEDIUM = 30.0, 18.0, 10.5  # points of text
ROW = 15.0  # points from one line of the contents to the next
COLUMNS, BETWEEN = 2, 36.0
STEP, DEEPEST = 12.0, 8  # points that a folder's entries are set in, and folders that still are


@dataclass(frozen=True, slots=True)
class Front:
    """What the title page says, and what paper a book is for.

    Attributes
    ----------
    title : str
        Of the book.
    lines : tuple of str
        What stands below.
    paper : str
        ``a4`` or ``letter``; ``fit`` leaves each sheet its size, and has A4 for title and contents.
    """

    title: str
    lines: tuple[str, ...] = ()
    paper: str = FIT

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of title and contents, in points."""
        return PAPERS.get(self.paper, PAPERS["a4"])


class Entry(NamedTuple):
    """A line of the contents."""

    depth: int
    text: str
    position: int | None  # of its sheet; None of a folder


def entries_of(titles: Sequence[str]) -> Iterator[Entry]:
    """Yield the lines of the contents: titles are paths, their folders stand once, above them.

    >>> [entry[:2] for entry in entries_of(["a/x.png", "a/b/y.png", "a/b/z.png"])]
    [(0, 'a'), (1, 'x.png'), (1, 'b'), (2, 'y.png'), (2, 'z.png')]
    """
    before: list[str] = []
    for position, title in enumerate(titles):
        *above, name = title.split("/")
        common = 0
        while common < min(len(above), len(before)) and above[common] == before[common]:
            common += 1
        for depth in range(common, len(above)):
            yield Entry(depth, above[depth], None)
        yield Entry(len(above), name, position)
        before = above


class _Words(NamedTuple):
    """A page's words, told in points from its top."""

    texts: list[tuple[Text, Ink]]

    def add(self, x: float, y: float, size: float, text: str, room: float, ink: Ink = INK) -> float:
        """Add a line, cut where it is too long; return its width."""
        text = cut(text, lambda shorter: set_line(shorter).width * size <= room)
        width = set_line(text).width * size
        self.texts.append((Text(x, y, size, width, text), ink))
        return width


class FrontMatter:
    """Adds title page, contents and page numbers to the sheets of a book.

    Parameters
    ----------
    book : pikepdf.Pdf
        Its sheets, a page each.
    front : Front
        What it is called.
    titles : sequence of str
        Of its sheets: paths.
    """

    def __init__(self, book: pikepdf.Pdf, front: Front, titles: Sequence[str]) -> None:
        self._book, self._front = book, front
        self._entries = list(entries_of(titles))
        _, height = front.size
        self._rows = int((height - 2 * EDGE - 2 * LARGE) // ROW)
        self.n_pages = 1 + -(-len(self._entries) // (COLUMNS * self._rows))
        self._letters = Letters(book)
        texts = ["0123456789…", front.title, *front.lines, "Contents"]
        self._hidden = HiddenFont(book, [*texts, *(entry.text for entry in self._entries)])

    def add(self) -> None:
        """Write numbers on the sheets, and put title page and contents before them."""
        sheets = list(self._book.pages)
        for number, page in enumerate(sheets, start=self.n_pages + 1):
            self._settle(page, number)
        pages = [self._title_page()]
        for at in range(0, len(self._entries), COLUMNS * self._rows):
            some = self._entries[at : at + COLUMNS * self._rows]
            pages.append(self._contents(some, len(pages) + 1, sheets))
        for position, page in enumerate(pages):
            self._book.pages.insert(position, page)
            del self._book.pages[-1]

    def _settle(self, page: pikepdf.Page, number: int) -> None:
        """Put a sheet into the middle of its paper, and its number below."""
        width, height = (float(value) for value in page.mediabox[2:])
        paper, scale, x, y = (width, height), 1.0, 0.0, 0.0
        if self._front.paper != FIT:
            long, short = self._front.size
            paper = (long, short) if width >= height else (short, long)
            room = paper[0] - 2 * MARGIN, paper[1] - 2 * MARGIN
            scale = min(1.0, room[0] / width, room[1] / height)
            x, y = (paper[0] - scale * width) / 2, (paper[1] - scale * height) / 2
            page.mediabox = pikepdf.Array([0, 0, *(f for f in paper)])
            page.cropbox = page.mediabox
        words = _Words([])
        told = str(number)
        at = paper[0] - (MARGIN if self._front.paper != FIT else NUMBER)
        at -= set_line(told).width * NUMBER
        words.add(at, paper[1] - NUMBER / 2, NUMBER, told, MARGIN, FAINT)
        before = f"{_blank(*paper)}\nq {scale:.5f} 0 0 {scale:.5f} {x:.2f} {y:.2f} cm"
        page.contents_add(pikepdf.Stream(self._book, before.encode()), prepend=True)
        self._write(page, words, paper[1], "Q")

    def _write(self, page: pikepdf.Page, words: _Words, height: float, *others: str) -> None:
        """Write words, to be seen and to be found, behind other content."""
        shown = self._letters.write(page, words.texts, height)
        found = self._hidden.write(page, "/Book", [text for text, _ in words.texts], height)
        content = "\n".join([*others, "q", shown, "Q", found])
        page.contents_add(pikepdf.Stream(self._book, content.encode()))

    def _new_page(self) -> pikepdf.Page:
        page = self._book.add_blank_page(page_size=self._front.size)
        page.contents_add(pikepdf.Stream(self._book, _blank(*self._front.size).encode()))
        return page

    def _title_page(self) -> pikepdf.Page:
        page, words = self._new_page(), _Words([])
        width, height = self._front.size
        y, room = 0.4 * height, width - 2 * EDGE
        words.add(EDGE, y, TITLE, self._front.title, room)
        y += 1.2 * LINE * TITLE
        for line in self._front.lines:
            words.add(EDGE, y, MEDIUM, line, room, FAINT)
            y += 1.2 * LINE * MEDIUM
        self._write(page, words, height)
        return page

    def _contents(
        self, entries: Sequence[Entry], number: int, sheets: Sequence[pikepdf.Page]
    ) -> pikepdf.Page:
        """Draw a page of contents, each line a link to its sheet."""
        page, words = self._new_page(), _Words([])
        width, height = self._front.size
        if number == 2:
            words.add(EDGE, EDGE + LARGE / 2, LARGE, "Contents", width)
        column = (width - 2 * EDGE - (COLUMNS - 1) * BETWEEN) / COLUMNS
        leaders, links = ["q 0.7 G 0.5 w 1 J [0 3] 0 d"], []
        for row, entry in enumerate(entries):
            x = EDGE + row // self._rows * (column + BETWEEN)
            y = EDGE + 2 * LARGE + (row % self._rows + 0.5) * ROW
            indent = STEP * min(entry.depth, DEEPEST)
            told = "" if entry.position is None else str(self.n_pages + entry.position + 1)
            taken = set_line(told).width * MEDIUM
            room = column - indent - taken - 12
            ink = FAINT if entry.position is None else INK
            end = x + indent + words.add(x + indent, y, MEDIUM, entry.text, room, ink) + 5
            if entry.position is None:
                continue
            right = x + column
            words.add(right - taken, y, MEDIUM, told, column)
            leaders.append(
                f"{end:.2f} {height - y:.2f} m {right - taken - 4:.2f} {height - y:.2f} l S"
            )
            box = [x + indent, height - y - 4, right, height - y + MEDIUM]
            links.append(_link(box, sheets[entry.position]))
        words.add(width - MARGIN - 8, height - NUMBER, NUMBER, str(number), MARGIN, FAINT)
        self._write(page, words, height, *leaders, "Q")
        page.Annots = self._book.make_indirect(pikepdf.Array(links))
        return page


def _blank(width: float, height: float) -> str:
    """Return the content that gives a page the color of sheets."""
    color = " ".join(f"{value / 255:.3f}" for value in PAPER)
    return f"q {color} rg 0 0 {width} {height} re f Q"


def _link(box: Sequence[float], page: pikepdf.Page) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        Rect=[round(value, 2) for value in box],
        Border=[0, 0, 0],
        Dest=[page.obj, pikepdf.Name.Fit],
    )
