"""Palette files → colors with their names: of GIMP, Aseprite, JASC, paint.net, Adobe, a swatch."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from batchquant.errors import ImageError
from batchquant.formats.aco import read_aco
from batchquant.formats.ase import MAGIC as ASE_MAGIC
from batchquant.formats.ase import read_ase
from batchquant.formats.named import Named, PaletteError, named_by, quoted
from batchquant.formats.palette_text import GPL_MAGIC, parse_hex
from batchquant.images.read.picture import Reading

PALETTE_KINDS = ("gpl", "hex", "pal", "txt", "ase", "aco", "png", "gif")
"""Kinds of palette files that are read, by their endings."""

JASC_MAGIC, JASC_VERSION = "JASC-PAL", "0100"
PICTURES = (b"\x89PNG", b"GIF8")
MAX_PIXELS, MAX_COLORS = 1 << 20, 4096  # of a swatch
LEVEL = "0*(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
RGB = rf"{LEVEL}[ \t]+{LEVEL}[ \t]+{LEVEL}"
GPL_NOT_A_COLOR = re.compile(r"(#|Name:|Columns:|Channels: RGB$).*|")
GPL_WITH_ALPHA = "Channels: RGBA"  # as Aseprite writes it
GPL_COLOR = re.compile(rf"{RGB}(?:[ \t](.*))?")
GPL_COLOR_WITH_ALPHA = re.compile(rf"{RGB}[ \t]+{LEVEL}(?:[ \t](.*))?")
JASC_COLOR = re.compile(rf"{RGB}(?:[ \t]+{LEVEL})?")
PAINT_NET_COLOR = re.compile("#?([0-9a-fA-F]{2})?([0-9a-fA-F]{6})")


def parse_palette(content: bytes, ending: str) -> tuple[Named, ...]:
    r"""Read the colors of a palette file.

    Parameters
    ----------
    content : bytes
        The whole file. What it begins with says of what kind it is; where that says nothing, its
        ending does.
    ending : str
        Of `PALETTE_KINDS`. ``gpl``: GIMP, and Aseprite's with opacity. ``hex``: a color as
        ``rrggbb`` in each line. ``pal``: JASC, of Paint Shop Pro. ``txt``: paint.net, ``aarrggbb``
        in each line. ``ase``, ``aco``: swatches of Adobe's programs. ``png``, ``gif``: a picture of
        the colors, of up to a megapixel, row by row.

    Returns
    -------
    tuple of Named
        In the order of the file, with repeats; names are empty where it has none. Opacity is not
        heeded, but that colors which are all transparent are left out.

    Raises
    ------
    PaletteError
        For the first thing that is not of its kind.

    Examples
    --------
    >>> parse_palette(b"0a0b0c\nffffff\n", "hex")
    (Named(color=(10, 11, 12), name=''), Named(color=(255, 255, 255), name=''))
    """
    if content.startswith(PICTURES) or ending in ("png", "gif"):
        return tuple(_colors_of_picture(content))
    if content.startswith(ASE_MAGIC) or ending == "ase":
        return tuple(read_ase(content))
    if ending == "aco":
        return tuple(read_aco(content))
    lines = [line.strip() for line in _decoded(content).split("\n")]
    if lines[0].startswith(GPL_MAGIC) or ending == "gpl":
        found = _read_gpl(lines)
    elif lines[0] == JASC_MAGIC or ending == "pal":
        found = _read_jasc(lines)
    else:
        found = _read_hex(lines) if ending == "hex" else _read_paint_net(lines)
    return tuple(found)


def _decoded(content: bytes) -> str:
    """Decode a text of which only names and comments are more than ASCII; old ones are Latin-1."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _read_gpl(lines: Sequence[str]) -> Iterator[Named]:
    if not lines[0].startswith(GPL_MAGIC):
        raise PaletteError("line 1", quoted(lines[0]), repr(GPL_MAGIC))
    has_alpha = GPL_WITH_ALPHA in lines
    pattern = GPL_COLOR_WITH_ALPHA if has_alpha else GPL_COLOR
    for number, line in enumerate(lines[1:], start=2):
        if GPL_NOT_A_COLOR.fullmatch(line) or line == GPL_WITH_ALPHA:
            continue
        match = pattern.fullmatch(line)
        if match is None:
            count = "four" if has_alpha else "three"
            expected = f"{count} numbers from 0 to 255 and a name"
            raise PaletteError(f"line {number}", quoted(line), expected)
        *levels, name = match.groups()
        if not has_alpha or int(levels[3]):
            red, green, blue, *_ = map(int, levels)
            yield named_by((red, green, blue), name or "")


def _read_jasc(lines: Sequence[str]) -> Iterator[Named]:
    head = [*lines[:3], "", "", ""]
    for number, expected in enumerate((JASC_MAGIC, JASC_VERSION)):
        if head[number] != expected:
            raise PaletteError(f"line {number + 1}", quoted(head[number]), repr(expected))
    if not re.fullmatch("[0-9]{1,9}", head[2]):
        raise PaletteError("line 3", quoted(head[2]), "the number of colors")
    colors = [(number, line) for number, line in enumerate(lines[3:], start=4) if line]
    if len(colors) != int(head[2]):
        told = f"{int(head[2])}, as line 3 says"
        raise PaletteError(f"line {3 + len(colors)}", f"the end of {len(colors)} colors", told)
    for number, line in colors:
        match = JASC_COLOR.fullmatch(line)
        if match is None:
            raise PaletteError(f"line {number}", quoted(line), "three numbers from 0 to 255")
        red, green, blue, alpha = match.groups()
        if alpha is None or int(alpha):
            yield Named((int(red), int(green), int(blue)))


def _read_hex(lines: Sequence[str]) -> Iterator[Named]:
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            yield Named(parse_hex(line))
        except ValueError:
            raise PaletteError(f"line {number}", quoted(line), "a color such as ff8800") from None


def _read_paint_net(lines: Sequence[str]) -> Iterator[Named]:
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith(";"):
            continue
        match = PAINT_NET_COLOR.fullmatch(line)
        if match is None:
            raise PaletteError(f"line {number}", quoted(line), "a color such as ffff8800")
        if match[1] != "00":
            yield Named(parse_hex(match[2]))


def _colors_of_picture(content: bytes) -> Iterator[Named]:
    from batchquant.images.read.decode import decode  # few job files name a picture

    try:
        picture = decode(content, Reading(color_profile="srgb", max_pixels=MAX_PIXELS))
    except ImageError as error:
        raise PaletteError("the picture", str(error), "a swatch, PNG or GIF") from None
    pixels = picture.pixels.astype(np.uint32)
    codes = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
    codes = codes.reshape(-1) if picture.alpha is None else codes[picture.alpha > 0]
    distinct, first = np.unique(codes, return_index=True)
    if len(distinct) > MAX_COLORS:
        raise PaletteError("the picture", f"{len(distinct):,} colors", f"at most {MAX_COLORS}")
    for code in distinct[np.argsort(first)].tolist():
        yield Named((code >> 16, code >> 8 & 255, code & 255))
