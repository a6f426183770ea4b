"""Color swatches of Photoshop."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from batchquant.formats.adobe import MEND, from_hsb, from_lab, read_text, to_color, write_text
from batchquant.formats.format import Format, Painted
from batchquant.formats.named import Named, PaletteError, named_by, named_colors
from batchquant.formats.palette_text import format_hex
from batchquant.quantization.color import Color

HEAD, ENTRY, LENGTH = struct.Struct(">HH"), struct.Struct(">H4H"), struct.Struct(">I")
RGB, HSB, LAB = 0, 1, 7
OTHERS = {2: "CMYK", 8: "Gray"}  # programs read gray as ink, or as light
FULL = 65535


class Aco(Format):
    """Photoshop's color swatches, in sRGB."""

    kind, suffix, noun, key = "aco", ".aco", "Photoshop swatches", "palette_files"
    settings = ("color_names",)

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """List the colors."""
        return write_aco(named_colors(painted, settings))


def write_aco(colors: Sequence[Named]) -> bytes:
    """Write colors twice, as programs expect: without names, then with them, or hex codes."""
    plain, named = [], []
    for color, name in colors:
        entry = ENTRY.pack(RGB, *(level * (FULL // 255) for level in color), 0)
        length, text = write_text(name or format_hex(color))
        plain.append(entry)
        named.append(entry + LENGTH.pack(length) + text)
    parts = ((1, plain), (2, named))
    return b"".join(
        HEAD.pack(version, len(colors)) + b"".join(entries) for version, entries in parts
    )


def read_aco(content: bytes) -> list[Named]:
    """Return the colors of a Photoshop swatch file, with names where it has its second part.

    HSB and Lab are converted, all others refused. Raises PaletteError.

    References
    ----------
    Adobe Photoshop File Formats Specification, Color swatches,
    https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/.
    """
    found: list[Named] = []
    at = 0
    for version in (1, 2):
        if len(content) < at + HEAD.size:
            break
        told, n_colors = HEAD.unpack_from(content, at)
        if told != version and not (told == 2 and not found):  # some write the second part alone
            break
        at += HEAD.size
        found = []
        for number in range(1, n_colors + 1):
            color, at = _read_entry(content, at, told, f"color {number}")
            found.append(color)
        if told == 2:
            return found
    if not at:
        raise PaletteError("the header", content[:4].hex(" ") or "nothing", "version 1 or 2")
    return found


def _read_entry(content: bytes, at: int, version: int, place: str) -> tuple[Named, int]:
    """Read a color; returns it, and where the next begins."""
    size = ENTRY.size + (LENGTH.size if version == 2 else 0)
    if len(content) < at + size:
        raise PaletteError(place, "the end of the file", f"{size} bytes")
    model, *values = ENTRY.unpack_from(content, at)
    color = _to_srgb(model, values, place)
    if version == 1:
        return Named(color), at + size
    (length,) = LENGTH.unpack_from(content, at + ENTRY.size)
    end = at + size + 2 * length
    if len(content) < end:
        raise PaletteError(place, "the end of the file", f"a name of {length} characters")
    return named_by(color, read_text(content[at + size : end])), end


def _to_srgb(model: int, values: list[int], place: str) -> Color:
    first, second, third, _ = (value / FULL for value in values)
    if model == RGB:
        return to_color((first, second, third), place)
    if model == HSB:
        return from_hsb(first, second, third, place)
    if model == LAB:
        lightness, a, b, _ = struct.unpack(">H3h", struct.pack(">4H", *values))
        return from_lab(lightness / 100, a / 100, b / 100, place)
    found = OTHERS.get(model, f"color space {model}")
    raise PaletteError(place, found, f"RGB, HSB or Lab. {MEND}")
