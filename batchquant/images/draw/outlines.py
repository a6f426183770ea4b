"""Words → shapes on the pages of a PDF: sharp at any size, and no font that a reader could lack."""

import zlib
from collections.abc import Sequence
from typing import Any

import pikepdf

from batchquant.images.draw.canvas import Ink, Text
from batchquant.images.draw.fonts import draw_outline, set_line


class Pen:
    """Takes the outline of a glyph, and writes it as content of a PDF."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at = 0.0, 0.0

    @property
    def content(self) -> bytes:
        """What fills the outline."""
        return " ".join([*self._parts, "f"]).encode("ascii")

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - HarfBuzz calls these
        """Begin a contour."""
        self._add("m", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        """Go on straight."""
        self._add("l", point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        """Go on by a cubic curve."""
        self._add("c", *points)

    def qCurveTo(  # noqa: N802
        self, control: tuple[float, float], end: tuple[float, float]
    ) -> None:
        """Go on by a quadratic curve, of which PDF knows none: the same as a cubic one."""
        begin = self._at
        first, second = (
            tuple(
                edge + 2 / 3 * (middle - edge) for edge, middle in zip(side, control, strict=True)
            )
            for side in (begin, end)
        )
        self._add("c", first, second, end)

    def closePath(self) -> None:  # noqa: N802
        """End a contour."""
        self._parts.append("h")

    def _add(self, operator: str, *points: Sequence[float]) -> None:
        self._parts += [f"{value:.6g}" for point in points for value in point]
        self._parts.append(operator)
        self._at = points[-1][0], points[-1][1]


class Letters:
    """The shapes of letters in a PDF, each stored once, whatever pages it stands on."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._shapes: dict[tuple[int, int], Any] = {}

    def write(self, page: pikepdf.Page, texts: Sequence[tuple[Text, Ink]], height: float) -> str:
        """Return the content that writes texts, told in points from the top of a page."""
        lines = []
        for text, ink in texts:
            lines.append(" ".join(f"{value / 255:.3f}" for value in ink) + " rg")
            for glyph in set_line(text.text).glyphs:
                name = f"/L{glyph.font}_{glyph.number}"
                shape = self._shape(glyph.font, glyph.number)
                page.add_resource(shape, pikepdf.Name.XObject, pikepdf.Name(name))
                x, y = text.x + glyph.x * text.size, height - text.y + glyph.y * text.size
                size = f"{text.size:.2f}"
                lines.append(f"q {size} 0 0 {size} {x:.2f} {y:.2f} cm {name} Do Q")
        return "\n".join(lines)

    def _shape(self, font: int, number: int) -> Any:
        if (font, number) not in self._shapes:
            pen = Pen()
            upem = draw_outline(font, number, pen)
            form = pikepdf.Stream(
                self._pdf,
                zlib.compress(pen.content),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Form,
                BBox=[-upem, -upem, 3 * upem, 2 * upem],
                Matrix=[1 / upem, 0, 0, 1 / upem, 0, 0],
                Filter=pikepdf.Name.FlateDecode,
            )
            self._shapes[font, number] = self._pdf.make_indirect(form)
        return self._shapes[font, number]
