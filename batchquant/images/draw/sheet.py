"""All variants of an image → one picture of them, with captions: a contact sheet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.images.draw.canvas import ACCENT, FAINT, LINE, Canvas, Ink, Text
from batchquant.images.draw.fonts import BOX, is_cjk, set_line, width_of
from batchquant.images.draw.preview import shown_at
from batchquant.images.read.picture import Picture

WIDTH, MAX_WIDTH = 320, 720  # pixels of a tile; panoramas are wider
HEIGHT, MAX_HEIGHT = 240, 960
PAGE = 1.6  # width beside height of what sheets are looked at on: between 3:2 and 16:9
GAP, MARGIN = 20, 32
LARGE, MEDIUM, SMALL = 24, 18, 15  # pixels of text
STRIPE = 14  # pixels that a palette is high, below its tile
HEAD = MARGIN + round(LINE * (LARGE + SMALL)) + GAP  # pixels above the first row
START = round(LINE * MEDIUM) + GAP  # pixels that the name of a row takes
APART = 8  # pixels between a tile, whose frame reaches 5, and its palette
WORDS = round(LINE * (MEDIUM + SMALL))  # pixels of the two lines below that
BELOW = APART + STRIPE + 6 + WORDS  # pixels that stand below a picture
SHEET_DPI = 144  # on a PDF's page: the smallest text has 7.5 points


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
    palette: tuple[tuple[Ink, int], ...]  # its colors, and how many pixels have each
    mark: str = ""  # such as ``knee``; it gets a frame
    shared: str = ""  # what is told of all pictures of its palette
    names: tuple[str, ...] = ()  # of its colors, of those that have one


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawn contact sheet."""

    pixels: NDArray[np.uint8]  # (H, W, 3), sRGB
    texts: tuple[Text, ...]  # the words in it, and where they stand


def draw_sheet(
    title: str,
    subtitle: str,
    original: Original,
    rows: Sequence[tuple[str, Sequence[Tile]]],
    notes: Sequence[str] = (),
) -> Sheet:
    """Draw an image beside what was made of it, in rows with names, the first with the original.

    In the others its place is empty, so that one K stands below the other. A long row goes on
    below. Title, names, subtitle and notes are cut where they are too long. Letters that no font
    has show as boxes, and a note says so.
    """
    notes = (*notes, *_note_on_letters([title, *_names_in(rows)]))
    tile = original.picture.size
    cell = max(tile[0], WIDTH) + GAP, tile[1] + BELOW + GAP
    counts = [1 + len(tiles) for _, tiles in rows]
    columns = choose_columns(cell, counts)
    width, height = sheet_size(cell, counts, columns)
    lower = round(LINE * SMALL) * len(notes)
    canvas = Canvas(width, height + lower)
    room = canvas.width - 2 * MARGIN
    canvas.write((MARGIN, MARGIN), title, LARGE, room=room)
    for number, line in enumerate([subtitle, *notes]):
        top = MARGIN + round(LINE * LARGE) + round(LINE * SMALL) * number
        canvas.write((MARGIN, top), line, SMALL, FAINT, room=room)
    top = HEAD + lower
    for row, (name, tiles) in enumerate(rows):
        canvas.write((MARGIN, top), name, MEDIUM, FAINT, room=room)
        top += START - GAP // 2
        if row == 0:
            _place_original(canvas, (MARGIN, top), original)
        for number, entry in enumerate(tiles, start=1):
            line_below, column = divmod(number, columns)
            at = MARGIN + column * cell[0], top + line_below * cell[1]
            _place(canvas, at, entry)
        top += -(-(1 + len(tiles)) // columns) * cell[1] + GAP // 2
    return Sheet(np.asarray(canvas.image), tuple(canvas.texts))


def choose_columns(cell: tuple[int, int], counts: Sequence[int]) -> int:
    """Choose how many tiles stand side by side, for the tiles of each row with the original.

    With as many, tiles of that cell, words and gaps included, are largest once the sheet is fitted
    to a landscape page. The longest row has lines of one length, or a last one that is half full.
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


def _place_original(canvas: Canvas, at: tuple[int, int], original: Original) -> None:
    """Place the original; its words stand beside those of the tiles."""
    picture, (width, height) = original
    canvas.image.paste(picture, at)
    below = at[0], at[1] + picture.height + BELOW - WORDS
    room = max(picture.width, WIDTH)
    canvas.write(below, "original", MEDIUM, room=room)
    size = f"{width} x {height} pixels"
    canvas.write((below[0], below[1] + round(LINE * MEDIUM)), size, SMALL, FAINT, room=room)


def _place(canvas: Canvas, at: tuple[int, int], tile: Tile) -> None:
    """Place a variant: below it its palette, K, what stands beside that if there is room."""
    (x, y), picture = at, tile.picture
    room = max(picture.width, WIDTH)
    canvas.image.paste(picture, at)
    canvas.show_palette((x, y + picture.height + APART), (picture.width, STRIPE), tile.palette)
    below = y + picture.height + BELOW - WORDS
    # 10 pixels more: another line in a PDF.
    taken = canvas.write((x, below), f"K {tile.k}", MEDIUM, room=room) + 10
    at_side = below + MEDIUM - SMALL
    if tile.mark:
        canvas.frame(at, picture.size)
        at_mark = x + taken, at_side
        taken += 10 + canvas.write(at_mark, tile.mark, SMALL, ACCENT, room=room - taken)
    beside = (tile.shared,) if tile.shared else tile.names
    if shown := _some_of(beside, room - taken):
        canvas.write((x + taken, at_side), shown, SMALL, FAINT, room=room - taken)
    told = " · ".join((_count(tile.n_colors), *tile.figures, _size(tile.size_bytes)))
    canvas.write((x, below + round(LINE * MEDIUM)), told, SMALL, FAINT, room=room)


def _names_in(rows: Sequence[tuple[str, Sequence[Tile]]]) -> list[str]:
    return [name for _, tiles in rows for tile in tiles for name in tile.names]


def _note_on_letters(texts: Sequence[str]) -> list[str]:
    """Say which letters show as boxes, if any do."""
    missing = "".join(dict.fromkeys("".join(set_line(text).missing for text in texts)))
    if not missing:
        return []
    many = "a letter" if len(missing) == 1 else f"{len(missing)} letters"
    notes = [f"{BOX} stands for {many} that no font here has"]
    if is_cjk(missing):
        notes.append("Chinese, Japanese, Korean: batchquant[cjk]")
    return notes


def _some_of(names: Sequence[str], room: int) -> str:
    """Join as many names as there is room for, the first of them."""
    for n in range(len(names), 0, -1):
        text = ", ".join([*names[:n], *(["…"] if n < len(names) else [])])
        if width_of(text, SMALL) <= room:
            return text
    return ""


def _count(n_colors: int) -> str:
    return "1 color" if n_colors == 1 else f"{n_colors} colors"


def _size(size_bytes: int) -> str:
    """Say a size as file managers do."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 999_500 else f"{size_bytes / 1e6:.1f} MB"
