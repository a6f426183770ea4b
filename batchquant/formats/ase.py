"""Swatches that Adobe's programs exchange: Illustrator, InDesign, Photoshop."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from batchquant.formats.adobe import MEND, from_lab, read_text, to_color, write_text
from batchquant.formats.format import Format, Painted
from batchquant.formats.named import Named, PaletteError, named_by, named_colors, quoted
from batchquant.formats.palette_text import format_hex
from batchquant.quantization.color import Color

MAGIC = b"ASEF"
HEAD, BLOCK = struct.Struct(">4sHHI"), struct.Struct(">HI")
BEGIN, END, COLOR = 0xC001, 0xC002, 0x0001  # kinds of blocks: of a group, and in it
NORMAL = 2  # neither global nor a spot color
N_VALUES = {b"RGB ": 3, b"Gray": 1, b"LAB ": 3}


class Ase(Format):
    """Adobe Swatch Exchange, in sRGB."""

    kind, suffix, noun, key = "ase", ".ase", "Adobe Swatch Exchange", "palette_files"
    settings = ("color_names",)

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Make a group of the colors."""
        return write_ase(name, named_colors(painted, settings))


def write_ase(name: str, colors: Iterable[Named]) -> bytes:
    """Write a group of colors; those without a name have their hex code as one."""
    blocks = [_block(BEGIN, _text(name))]
    for color, called in colors:
        shares = (level / 255 for level in color)
        value = struct.pack(">4s3fH", b"RGB ", *shares, NORMAL)
        blocks.append(_block(COLOR, _text(called or format_hex(color)) + value))
    blocks.append(_block(END, b""))
    return HEAD.pack(MAGIC, 1, 0, len(blocks)) + b"".join(blocks)


def _block(kind: int, content: bytes) -> bytes:
    return BLOCK.pack(kind, len(content)) + content


def _text(text: str) -> bytes:
    length, content = write_text(text)
    return struct.pack(">H", length) + content


def read_ase(content: bytes) -> Iterator[Named]:
    """Yield the colors of an Adobe Swatch Exchange file, whatever groups they are in.

    Gray and Lab are converted, CMYK is refused. Raises PaletteError.

    References
    ----------
    The format was never published; O. Barth, http://www.selapa.net/swatches/colors/fileformats.php.
    """
    if not content.startswith(MAGIC):
        raise PaletteError(
            "the header", quoted(content[:4].decode("latin-1")), repr(MAGIC.decode())
        )
    if len(content) < HEAD.size:
        raise PaletteError("the header", "the end of the file", f"{HEAD.size} bytes")
    *_, n_blocks = HEAD.unpack_from(content)
    at, n_colors = HEAD.size, 0
    for number in range(1, n_blocks + 1):
        kind, size = BLOCK.unpack(content[at : at + BLOCK.size].ljust(BLOCK.size, b"\0"))
        block = content[at + BLOCK.size : at + BLOCK.size + size]
        at += BLOCK.size + size
        if at > len(content):
            raise PaletteError(
                f"block {number}",
                "the end of the file",
                f"as many blocks as the header says: {n_blocks}",
            )
        if kind == COLOR:
            n_colors += 1
            yield _read_color(block, f"color {n_colors}")


def _read_color(block: bytes, place: str) -> Named:
    at = 2 + 2 * int.from_bytes(block[:2])
    model = block[at : at + 4]
    n_values = N_VALUES.get(model)
    if n_values is None:
        found = quoted(model.decode("latin-1").strip())
        raise PaletteError(place, found, f"RGB, Gray or LAB. {MEND}")
    values = block[at + 4 : at + 4 + 4 * n_values]
    if len(values) < 4 * n_values:
        raise PaletteError(place, "its end", f"{n_values} numbers")
    color = _to_srgb(model, struct.unpack(f">{n_values}f", values), place)
    return named_by(color, read_text(block[2:at]))


def _to_srgb(model: bytes, values: tuple[float, ...], place: str) -> Color:
    if model == b"LAB ":
        lightness, a, b = values
        return from_lab(100 * lightness, a, b, place)
    return to_color(values * (3 // len(values)), place)
