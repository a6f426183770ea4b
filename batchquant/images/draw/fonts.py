"""A line of text → glyphs in their places, by the fonts of packages and never by the machine's.

Pillow's wheels shape text by the FriBidi that a machine has, or without one: so letters are shaped
and drawn by HarfBuzz, and brought into the order of reading by python-bidi. Both come whole in
their wheels.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

FONTS = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", 0),  # Latin, Greek, Cyrillic
    ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf", 0),
    ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2),  # an extra; 2: Han as China writes it
)
"""Package, file and its number there of each, in the order in which they are asked."""
EXTRA = 2  # which of them need not be installed
PACKAGES = ("fontpkg-noto-sans", "fontpkg-noto-sans-arabic", "noto-cjk-sans-otc")
SHAPERS = ("uharfbuzz", "python-bidi")
VERSION = 1  # raised when the same text is drawn otherwise
BOX = "\u25a1"  # stands for what is drawn in the place of a letter that no font has
MISSING = 0  # the glyph that is drawn there: that of the first font
RIGHT_TO_LEFT = {"R", "AL", "AN"}
CJK = ((0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xD7FF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F))
CJK_BEYOND = (0xFF00, 0xFFEF), (0x1B000, 0x1B2FF), (0x20000, 0x3FFFF)


class Glyph(NamedTuple):
    """A letter, or several that are drawn as one; all lengths in heights of the font."""

    font: int  # which of `FONTS`
    number: int  # in that font
    x: float  # where it begins, from the begin of the line
    y: float  # how far above the base line
    advance: float
    text: str  # what it stands for


class Line(NamedTuple):
    """A line of text as it is drawn."""

    glyphs: tuple[Glyph, ...]  # from left to right
    width: float  # in heights of the font
    missing: str  # letters that no font has, each once


@lru_cache(maxsize=4096)  # "colors", "dB" and the like stand below every tile
def set_line(text: str) -> Line:
    """Lay out a line, which is read from left to right, the Arabic words in it from the right."""
    glyphs, x = [], 0.0
    for is_leftward, letters in _in_places(text):
        runs = list(_by_font(letters))
        for font, run in reversed(runs) if is_leftward else runs:
            for glyph in _shape(font, is_leftward, run):
                glyphs.append(glyph._replace(x=glyph.x + x))
                x += glyph.advance
    lacking = (glyph.text for glyph in glyphs if (glyph.font, glyph.number) == (0, MISSING))
    missing = dict.fromkeys("".join(lacking).replace(BOX, ""))
    return Line(tuple(glyphs), x, "".join(missing))


def as_seen(text: str) -> str:
    """Return the letters of a line from left to right, as readers of PDF expect them."""
    parts = (letters[::-1] if is_leftward else letters for is_leftward, letters in _in_places(text))
    return "".join(parts)


@cache
def version_of_extra() -> str:
    """Return the version of the font that need not be installed; empty where it is not."""
    try:
        return version(PACKAGES[EXTRA])
    except PackageNotFoundError:
        return ""


def is_cjk(text: str) -> bool:
    """Tell whether a text has letters of Chinese, Japanese or Korean."""
    ranges = (*CJK, *CJK_BEYOND)
    return any(first <= ord(letter) <= last for letter in text for first, last in ranges)


@lru_cache(maxsize=4096)
def draw_line(text: str, size: int) -> tuple[tuple[int, int], Image.Image]:
    """Draw a line: where its ink begins beside that of its base line, and how much it takes."""
    import uharfbuzz

    pen = uharfbuzz.RasterDraw()
    for glyph in set_line(text).glyphs:
        font = _font(glyph.font)
        scale = size / font.face.upem
        pen.transform = (scale, 0, 0, scale, glyph.x * size, glyph.y * size)
        pen.draw_glyph(font, glyph.number)
    image = pen.render()
    extents = image.extents
    if not extents.width or not extents.height:
        return (0, 0), Image.new("L", (1, 1))
    at = extents.x_origin, -(extents.y_origin + extents.height)
    inked = extents.width, extents.height
    return at, Image.frombytes("L", inked, bytes(image.buffer), "raw", "L", extents.stride, -1)


def width_of(text: str, size: int) -> int:
    """Return how wide a line is, in pixels."""
    return math.ceil(set_line(text).width * size)


def draw_outline(font: int, number: int, pen: object) -> int:
    """Draw the outline of a glyph by a pen as fontTools has them; return the height of its font."""
    shapes = _font(font)
    shapes.draw_glyph_with_pen(number, pen)
    return int(shapes.face.upem)


def subset(font: int, glyphs: set[int]) -> bytes:
    """Return a font file that has some glyphs of a font, under their numbers, and no others."""
    import uharfbuzz

    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS
    face = _font(font).face
    if face.has_var_data:
        wanted.pin_all_axes_to_default(face)
    for tag in (b"GSUB", b"GPOS", b"GDEF", b"STAT", b"name"):  # text is laid out already
        wanted.drop_table_tag_set.add(int.from_bytes(tag, "big"))
    return bytes(uharfbuzz.subset(face, wanted).blob.data)


@cache
def _font(number: int) -> Any:
    """Open a font, once and only when it is needed; None where its package is not installed."""
    import uharfbuzz

    package, name, index = FONTS[number]
    try:
        folder = Path(str(import_module(package).__file__)).parent
    except ImportError:
        return None
    blob = uharfbuzz.Blob.from_file_path(str(folder / name))  # mapped: what is drawn is read
    return uharfbuzz.Font(uharfbuzz.Face(blob, index))


def _has(number: int, letter: str) -> bool:
    font = _font(number)
    return font is not None and font.get_nominal_glyph(ord(letter)) is not None


def _font_of(letter: str, before: int) -> int:
    """Choose the font of a letter; marks go with the letter before, where its font has them."""
    if letter == BOX:
        return 0
    is_mark = unicodedata.combining(letter) != 0
    order = (before, *range(len(FONTS))) if is_mark else range(len(FONTS))
    return next((number for number in order if _has(number, letter)), 0)


def _by_font(letters: str) -> Iterator[tuple[int, str]]:
    """Yield what is shaped at one go, in the order of reading."""
    fonts: list[int] = []
    for letter in letters:
        fonts.append(_font_of(letter, fonts[-1] if fonts else 0))
    for font, pairs in groupby(zip(fonts, letters, strict=True), key=lambda pair: pair[0]):
        yield font, "".join(letter for _, letter in pairs)


def _in_places(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a line from left to right: whether each is read from the right, and it.

    The order is that of the Unicode Bidirectional Algorithm (UAX #9, rule L2).
    """
    # macOS names files by letters and marks apart; a file name may hold what breaks lines.
    text = unicodedata.normalize("NFC", " ".join(text.splitlines()))
    runs = [
        (level, "".join(letter for _, letter in pairs))
        for level, pairs in groupby(zip(_levels(text), text, strict=True), key=lambda pair: pair[0])
    ]
    for least in range(max((level for level, _ in runs), default=0), 0, -1):
        turned: list[tuple[int, str]] = []
        for is_turned, part in groupby(runs, key=lambda run: run[0] >= least):
            turned += list(part)[:: -1 if is_turned else 1]
        runs = turned
    return [(level % 2 == 1, letters) for level, letters in runs]


def _levels(text: str) -> list[int]:
    """Tell how deep each letter is embedded: odd levels are read from right to left."""
    if not any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text):
        return [0] * len(text)
    from bidi import get_display

    told = str(get_display(text, base_dir="L", debug=True))  # as Rust writes a record
    of_bytes = re.findall(r"Level\(\s*(\d+)", told.partition("\n    levels: [")[2])
    ends = accumulate(len(letter.encode()) for letter in text)
    return [int(of_bytes[end - 1]) for end in ends]


def _shape(number: int, is_leftward: bool, letters: str) -> Iterator[Glyph]:
    """Yield the glyphs of a run, from left to right; `Glyph.x` from where each stands."""
    import uharfbuzz

    font = _font(number)
    upem = font.face.upem
    run = uharfbuzz.Buffer()
    run.add_str(letters)
    run.language = "en"  # else that of the machine, and some letters differ by language
    run.guess_segment_properties()
    run.direction = "rtl" if is_leftward else "ltr"
    uharfbuzz.shape(font, run)
    starts = sorted({info.cluster for info in run.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(letters)], strict=True))
    told = set()
    for info, place in zip(run.glyph_infos, run.glyph_positions, strict=True):
        begin = info.cluster
        text = "" if begin in told else letters[begin : ends[begin]]
        told.add(begin)
        yield Glyph(
            number,
            info.codepoint,
            place.x_offset / upem,
            place.y_offset / upem,
            place.x_advance / upem,
            text,
        )
