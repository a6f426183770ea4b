"""Frames of animations, laid one onto the other as browsers do."""

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

KEEP, CLEAR, RESTORE = 0, 1, 2
"""What becomes of the area of a frame before the next one: it stays, becomes transparent, or what
was there before it comes back."""


@dataclass(frozen=True, slots=True)
class Part:
    """A frame as it is stored."""

    source: bytes  # it alone, as a file
    x: int
    y: int
    width: int
    height: int
    disposal: int  # `KEEP`, `CLEAR` or `RESTORE`
    replaces: bool  # what is there, its transparency too, or is laid onto it


def lay(size: tuple[int, int], frames: Iterable[tuple[Part, Image.Image]]) -> Image.Image:
    """Show the last of several frames, RGBA; the first begins on nothing.

    Soft alpha is laid by the operator "over" (Porter and Duff, 1984, doi:10.1145/800031.808606).
    """
    canvas = Image.new("RGBA", size)
    below: Image.Image | None = None  # what comes back before the next
    place = (0, 0)
    for part, image in frames:
        if below is not None:
            canvas.paste(below, place)
        place = (part.x, part.y)
        area = (*place, part.x + part.width, part.y + part.height)
        drawn = image.convert("RGBA")
        below = canvas.crop(area) if part.disposal == RESTORE else None
        if part.disposal == CLEAR:
            below = Image.new("RGBA", drawn.size)
        if part.replaces:
            canvas.paste(drawn, place)
        else:
            canvas.alpha_composite(drawn, place)
    return canvas
