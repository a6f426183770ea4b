"""Pictures, words and palettes → one picture, which remembers its words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from batchquant.images.draw.fonts import draw_line, width_of

LINE = 1.4  # height of a line of text, beside its size
PAPER, INK, FAINT, ACCENT = (250, 250, 249), (28, 28, 30), (104, 104, 108), (0, 92, 175)
EDGE = (200, 200, 202)  # around a palette, which may have the color of paper
LEAST = 3  # pixels that each color of a palette has, as long as half of the room is enough for that

Ink = tuple[int, int, int]


class Text(NamedTuple):
    """Words in a picture."""

    x: float  # of the begin of their base line, in pixels from the left
    y: float  # likewise, from the top
    size: float  # height of the font in pixels
    width: float  # in pixels
    text: str


@dataclass(slots=True)
class Canvas:
    """An image that remembers the words written on it."""

    width: int
    height: int
    image: Image.Image = field(init=False)
    texts: list[Text] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), PAPER)

    def write(self, at: tuple[int, int], text: str, size: int, ink: Ink = INK, *, room: int) -> int:
        """Write a line, cut in its middle where it is too long; return its width.

        `at` is the left end of the line, and the top of letters as high as the font.
        """
        text = " ".join(text.splitlines())  # file names may hold what breaks lines
        text = cut(text, lambda shorter: width_of(shorter, size) <= room)
        x, y = at[0], at[1] + size
        (left, top), mask = draw_line(text, size)
        self.image.paste(ink, (x + left, y + top), mask)
        width = width_of(text, size)
        self.texts.append(Text(x, y, size, width, text))
        return width

    def frame(self, at: tuple[int, int], size: tuple[int, int]) -> None:
        """Draw a frame around a picture, two pixels away from it."""
        (x, y), (width, height) = at, size
        edges = (x - 5, y - 5, x + width + 4, y + height + 4)
        ImageDraw.Draw(self.image).rectangle(edges, outline=ACCENT, width=3)

    def show_palette(
        self, at: tuple[int, int], size: tuple[int, int], palette: Sequence[tuple[Ink, int]]
    ) -> None:
        """Draw the colors of a palette side by side, each as wide as its share of the pixels."""
        (x, y), (width, height) = at, size
        edges = (x, y, x + width - 1, y + height - 1)
        ImageDraw.Draw(self.image).rectangle(edges, outline=EDGE)
        colors = np.array([color for color, _ in palette], np.uint8)
        row = colors[share_out(width - 2, [count for _, count in palette])]
        stripe = np.repeat(row[np.newaxis], height - 2, axis=0)
        self.image.paste(Image.fromarray(stripe), (x + 1, y + 1))


def share_out(width: int, counts: Sequence[int]) -> NDArray[np.intp]:
    """Tell for each pixel of a width which color stands there, by the counts of colors.

    >>> share_out(10, [1, 3]).tolist(), share_out(12, [1, 99]).tolist()
    ([0, 0, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    """
    shares = np.maximum(np.array(counts, np.int64), 1)
    is_roomy = 2 * LEAST * len(counts) <= width
    least = LEAST if is_roomy else 0
    spare = width - least * len(counts)
    # Beyond the least of each, what is left goes by share: whole numbers, the same everywhere.
    ends = np.cumsum(shares) * spare // int(shares.sum()) + least * np.arange(1, len(counts) + 1)
    return np.searchsorted(ends, np.arange(width), side="right")


def cut(text: str, fits: Callable[[str], bool]) -> str:
    """Shorten a text in its middle: paths are told apart by both of their ends."""
    shown, left = text, len(text)
    while left > 2 and not fits(shown):
        left -= 1
        shown = f"{text[: left // 2]}…{text[len(text) - (left - left // 2) :]}"
    return shown
