"""Colors → text: hex, GIMP palettes (.gpl), plain lists of hex colors (.hex), JSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from types import MappingProxyType

from batchquant.quantization.color import Color

HEX_PATTERN = "#?[0-9a-fA-F]{6}"

GPL_MAGIC = "GIMP Palette"


def parse_hex(text: str) -> Color:
    """Read a color.

    Parameters
    ----------
    text : str
        ``#rrggbb`` or ``rrggbb``, in either case of letters.

    Returns
    -------
    Color
        The color.

    Raises
    ------
    ValueError
        If `text` is anything else.

    Examples
    --------
    >>> parse_hex("#FF8800"), parse_hex("00000a")
    ((255, 136, 0), (0, 0, 10))
    """
    if not re.fullmatch(HEX_PATTERN, text):
        raise ValueError(f"no color: {text!r}")
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def format_hex(color: Iterable[int]) -> str:
    """Write a color as ``#rrggbb``.

    Examples
    --------
    >>> format_hex((255, 136, 0))
    '#ff8800'
    """
    return f"#{bytes(color).hex()}"


def to_gpl(name: str, colors: Iterable[Sequence[int]], names: Iterable[str] = ()) -> str:
    r"""Write a GIMP palette, which Inkscape, Krita and many others read too.

    Parameters
    ----------
    name : str
        Of the palette; what breaks lines becomes a space.
    colors : iterable of sequence of int
        Each three numbers, 0 to 255.
    names : iterable of str
        Of the colors, each in one line; one that is empty or missing has its hex code.

    Returns
    -------
    str
        The whole file.

    References
    ----------
    GIMP, app/core/gimppalette-load.c and gimppalette-save.c.

    Examples
    --------
    >>> to_gpl("Sunset", [(255, 136, 0)]).split("\n")
    ['GIMP Palette', 'Name: Sunset', 'Columns: 0', '#', '255 136   0\t#ff8800', '']
    """
    head = f"{GPL_MAGIC}\nName: {' '.join(name.split())}\nColumns: 0\n#\n"
    return head + "".join(
        f"{red:3d} {green:3d} {blue:3d}\t{called or format_hex((red, green, blue))}\n"
        for (red, green, blue), called in zip(colors, chain(names, repeat("")), strict=False)
    )


def to_hex(colors: Iterable[Sequence[int]]) -> str:
    r"""Write a color as ``rrggbb`` in each line, as Lospec exports palettes.

    Examples
    --------
    >>> to_hex([(255, 136, 0), (0, 0, 10)])
    'ff8800\n00000a\n'
    """
    return "".join(f"{format_hex(color).removeprefix('#')}\n" for color in colors)


def to_json(
    colors: Iterable[Sequence[int]],
    counts: Sequence[int],
    unit: int = 1,
    stored: Sequence[Sequence[int]] | None = None,
    names: Sequence[str] = (),
) -> str:
    """Write colors and how often each occurs.

    Parameters
    ----------
    colors : iterable of sequence of int
        Each three numbers, 0 to 255.
    counts : sequence of int
        Pixels of each color, >= 0, or the sum of their alpha.
    unit : int
        What an opaque pixel counts.
    stored : sequence of sequence of int or None
        Values of each color in a picture with a color profile, 0 to 255.
    names : sequence of str
        Of the colors; empty where one has none, or where none have.

    Returns
    -------
    str
        A list of objects with ``color`` as ``#rrggbb``, perhaps ``name``, perhaps ``stored`` in the
        form of the color, ``pixels`` and ``share`` of all pixels; ASCII, one color a line. Equal
        arguments give equal text.

    Examples
    --------
    >>> print(to_json([(255, 136, 0), (0, 0, 10)], [1, 3]), end="")
    [
    {"color": "#ff8800", "pixels": 1, "share": 0.25},
    {"color": "#00000a", "pixels": 3, "share": 0.75}
    ]
    """
    total = max(1, sum(counts))  # of no pixels, each color has no share
    lines = []
    for number, (color, count) in enumerate(zip(colors, counts, strict=True)):
        values = {"name": names[number]} if names and names[number] else {}
        values |= {} if stored is None else {"stored": format_hex(stored[number])}
        pixels = count if unit == 1 else count / unit
        told = {"color": format_hex(color), **values, "pixels": pixels, "share": count / total}
        lines.append(json.dumps(told))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def to_script(
    name: str,
    palettes: Mapping[tuple[int, str], Iterable[tuple[Color, int]]],
    names: Mapping[Color, str] = MappingProxyType({}),
    card: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Write the palettes of an image as a script, which is all that a page from the disk may load.

    Parameters
    ----------
    name : str
        What the page knows the image by.
    palettes : mapping
        For K and start of each variant its colors, each with its number of pixels, or the sum of
        their alpha.
    names : mapping
        Of colors that have one.
    card : mapping
        What the page paints on the card of the image, as JSON.

    Returns
    -------
    str
        JavaScript, ASCII: one call of the function that takes the page's data.

    Examples
    --------
    >>> print(to_script("ab", {(2, "random"): [((255, 136, 0), 1), ((0, 0, 10), 3)]}), end="")
    batchquant.take("palettes","ab",{"2 random":[["#ff8800",1],["#00000a",3]]},{});
    """
    content = {
        f"{k} {init}": [
            [format_hex(color), count, *([names[color]] if color in names else [])]
            for color, count in colors
        ]
        for (k, init), colors in palettes.items()
    }
    told = (json.dumps(each, separators=(",", ":")) for each in (name, content, dict(card)))
    return f'batchquant.take("palettes",{",".join(told)});\n'
