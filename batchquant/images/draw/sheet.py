"""All variants of an image → one picture of them, with captions: a contact sheet."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchquant.images.draw.preview import shown_at
from batchquant.images.read.picture import Picture

WIDTH, MAX_WIDTH = 320, 720  # pixels of a tile; panoramas are wider
HEIGHT, MAX_HEIGHT = 240, 960
PAGE = 1.6  # width beside height of what sheets are looked at on: between 3:2 and 16:9
GAP, MARGIN = 20, 32
LARGE, MEDIUM, SMALL = 24, 18, 15  # pixels of text
LINE = 1.4  # height of a line of text, beside its size
BLANK = 0.33  # width of a blank beside the size; the font's own lets words run together
HEAD = MARGIN + round(LINE * (LARGE + SMALL)) + GAP  # pixels above the first start
START = round(LINE * MEDIUM) + GAP  # pixels that a start's name takes
PAPER, INK, FAINT, ACCENT = (250, 250, 249), (28, 28, 30), (104, 104, 108), (0, 92, 175)
SHEET_DPI = 144  # on a PDF's page: the smallest text has 7.5 points


class Text(NamedTuple):
    """Words in a picture."""

    x: float  # of the begin of their base line, in pixels from the left
    y: float  # likewise, from the top
    size: float  # height of the font in pixels
    width: float  # in pixels
    text: str


class Original(NamedTuple):
    """The picture that a sheet shows beside what was made of it."""

    picture: Image.Image  # of mode RGB and the size that `tile_size` gives
    size: tuple[int, int]  # width and height of the picture itself, in its own pixels

    @classmethod
    def of(cls, picture: Picture) -> Self:
        """Reduce a picture to a tile."""
        height, width = picture.pixels.shape[:2]
        return cls(shown_at(picture, tile_size(*picture.true_size)), (width, height))


@dataclass(frozen=True, slots=True)
class Tile:
    """One variant on a sheet."""

    k: int
    n_colors: int  # that it contains
    figures: tuple[str, ...]  # how close it is to the original, such as ``31.2 dB``
    size_bytes: int  # of its file
    picture: Image.Image  # of mode RGB and the size that `tile_size` gives
    mark: str = ""  # such as ``knee``; it gets a frame
    shared: str = ""  # what is told of all pictures of its palette
    names: tuple[str, ...] = ()  # of its colors, of those that have one


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawn contact sheet."""

    pixels: NDArray[np.uint8]  # (H, W, 3), sRGB
    texts: tuple[Text, ...]  # the words in it, and where they stand


def draw_sheet(
    title: str, subtitle: str, original: Original, rows: Sequence[tuple[str, Sequence[Tile]]]
) -> Sheet:
    """Draw an image beside what was made of it: each start begins a row, with the original.

    A long row goes on below. Title and subtitle are cut where they are too long; characters outside
    Latin scripts show as boxes: the font is the one inside Pillow, so that bytes are the same on
    every machine.
    """
    tile = original.picture.size
    cell = max(tile[0], WIDTH) + GAP, tile[1] + round(LINE * (MEDIUM + SMALL)) + GAP
    counts = [1 + len(tiles) for _, tiles in rows]
    columns = choose_columns(cell, counts)
    canvas = _Canvas(*sheet_size(cell, counts, columns))
    room = canvas.image.width - 2 * MARGIN
    canvas.write((MARGIN, MARGIN), title, LARGE, room=room)
    canvas.write((MARGIN, MARGIN + round(LINE * LARGE)), subtitle, SMALL, FAINT, room=room)
    width, height = original.size
    top = HEAD
    for init, tiles in rows:
        canvas.write((MARGIN, top), f"start: {init}", MEDIUM, FAINT, room=room)
        top += START - GAP // 2
        canvas.place((MARGIN, top), original.picture, "original", "", f"{width} x {height} pixels")
        for number, entry in enumerate(tiles, start=1):
            line, column = divmod(number, columns)
            at = MARGIN + column * cell[0], top + line * cell[1]
            figures = (_count(entry.n_colors), *entry.figures, _size(entry.size_bytes))
            told = " · ".join(figures)
            beside = (entry.shared,) if entry.shared else entry.names
            canvas.place(at, entry.picture, f"K {entry.k}", entry.mark, told, beside)
        top += -(-(1 + len(tiles)) // columns) * cell[1] + GAP // 2
    return Sheet(np.asarray(canvas.image), tuple(canvas.texts))


def choose_columns(cell: tuple[int, int], counts: Sequence[int]) -> int:
    """Choose how many tiles stand side by side, for the tiles of each start with the original.

    With as many, tiles of that cell, words and gaps included, are largest once the sheet is fitted
    to a landscape page. The longest start has lines of one length, or a last one that is half full.
    """
    longest = max(counts, default=1)

    def height_of_page(columns: int) -> float:
        width, height = sheet_size(cell, counts, columns)
        return max(width / PAGE, height)

    even = (columns for columns in range(1, longest + 1) if 2 * (-longest % columns) <= columns)
    return min(even, key=height_of_page)


def sheet_size(cell: tuple[int, int], counts: Sequence[int], columns: int) -> tuple[int, int]:
    """Return width and height of a sheet; see `choose_columns`."""
    n_lines = sum(-(-count // columns) for count in counts)
    return (
        2 * MARGIN + columns * cell[0] - GAP,
        HEAD + len(counts) * START + n_lines * cell[1] + MARGIN - GAP,
    )


def tile_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of tiles, of the same proportions, for pictures of square pixels.

    They are 320 wide or more, panoramas up to 720, and up to 960 high; taller ones are narrower
    than 320. Small pictures are enlarged by a whole number.

    >>> tile_size(6000, 4000), tile_size(32, 24), tile_size(1000, 9000)
    ((360, 240), (320, 240), (107, 960))
    """
    wanted = min(MAX_WIDTH, max(WIDTH, HEIGHT * width / height))
    scale = min(wanted / width, MAX_HEIGHT / height)
    if scale > 1:
        times = min(max(math.floor(scale), math.ceil(WIDTH / width)), MAX_HEIGHT // height)
        return width * times, height * times
    return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(slots=True)
class _Canvas:
    """An image that remembers the words written on it."""

    width: int
    height: int
    image: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)
    texts: list[Text] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def write(
        self,
        at: tuple[int, int],
        text: str,
        size: int,
        color: tuple[int, int, int] = INK,
        *,
        room: int,
    ) -> int:
        """Write a line, cut in its middle where it is too long; return its width."""
        text = " ".join(text.splitlines())  # file names may hold what breaks lines
        text = _cut(text, lambda shorter: _width(shorter, size) <= room)
        x, y = at
        for word in text.split(" "):
            self._stamp((x, y), word, size, color)
            x += _width(word, size) + _blank(size)
        length = _width(text, size)
        self.texts.append(Text(at[0], at[1] + size, size, length, text))
        return length

    def _stamp(
        self, at: tuple[int, int], word: str, size: int, color: tuple[int, int, int]
    ) -> None:
        (left, top), mask = _shape(word, size)
        self.image.paste(color, (at[0] + left, at[1] + top), mask)

    def place(
        self,
        at: tuple[int, int],
        picture: Image.Image,
        name: str,
        mark: str,
        figures: str,
        beside: Sequence[str] = (),
    ) -> None:
        """Place a picture, two lines below it; what stands `beside` its name, if there is room."""
        x, y = at
        room = max(picture.width, WIDTH)
        self.image.paste(picture, at)
        below = y + picture.height + 6
        taken = self.write((x, below), name, MEDIUM, room=room) + 10  # 12: another line in a PDF
        at_side = below + MEDIUM - SMALL
        if mark:
            frame = (x - 5, y - 5, x + picture.width + 4, y + picture.height + 4)
            self.draw.rectangle(frame, outline=ACCENT, width=3)
            at_mark = x + taken, at_side
            taken += 10 + self.write(at_mark, mark, SMALL, ACCENT, room=room - taken)
        if shown := _some_of(beside, room - taken):
            self.write((x + taken, at_side), shown, SMALL, FAINT, room=room - taken)
        self.write((x, below + round(LINE * MEDIUM)), figures, SMALL, FAINT, room=room)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load the font once: Pillow unpacks it each time."""
    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)  # "colors", "dB" and the like stand below every tile
def _length(word: str, size: int) -> float:
    """Return how wide a word is, in pixels."""
    return _font(size).getlength(word)


@lru_cache(maxsize=4096)
def _shape(word: str, size: int) -> tuple[tuple[int, int], Image.Image]:
    """Draw a word: where it begins beside the place of its text, and how much ink it takes."""
    left, top, right, bottom = (round(edge) for edge in _font(size).getbbox(word))
    mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), word, 255, _font(size))
    return (left, top), mask


def _blank(size: int) -> int:
    return round(BLANK * size)


def _width(line: str, size: int) -> int:
    """Return how wide words are with the blanks between them."""
    words = (_length(word, size) for word in line.split(" "))
    return math.ceil(sum(words)) + _blank(size) * line.count(" ")


def _some_of(names: Sequence[str], room: int) -> str:
    """Join as many names as there is room for, the first of them."""
    for n in range(len(names), 0, -1):
        text = ", ".join([*names[:n], *(["…"] if n < len(names) else [])])
        if _width(text, SMALL) <= room:
            return text
    return ""


def _cut(text: str, fits: Callable[[str], bool]) -> str:
    """Shorten a text in its middle: paths are told apart by both of their ends."""
    shown, left = text, len(text)
    while left > 2 and not fits(shown):
        left -= 1
        shown = f"{text[: left // 2]}…{text[len(text) - (left - left // 2) :]}"
    return shown


def _count(n_colors: int) -> str:
    return "1 color" if n_colors == 1 else f"{n_colors} colors"


def _size(size_bytes: int) -> str:
    """Say a size as file managers do."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 999_500 else f"{size_bytes / 1e6:.1f} MB"
