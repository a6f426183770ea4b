"""Palette files of other programs, written by hand byte for byte."""

import io
import struct

import numpy as np
import pytest
from builders import palette_in
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from batchquant.formats.named import Named, PaletteError, clean_name
from batchquant.formats.palette_reading import PALETTE_KINDS, parse_palette

INK, PAPER, RED = (26, 28, 44), (244, 244, 244), (255, 0, 0)

# As Aseprite 1.3 writes a palette whose first color is the transparent one.
BY_ASEPRITE = b"""\
GIMP Palette
Channels: RGBA
#
  0   0   0   0\tUntitled
 26  28  44 255\tInk
255   0   0 128\tRed, half
"""
BY_JASC = b"JASC-PAL\r\n0100\r\n2\r\n26 28 44\r\n244 244 244\r\n"
BY_PAINT_NET = b"""\
;paint.net Palette File
;Colors are written as hexadecimal: AARRGGBB
FF1A1C2C
fff4f4f4

00FF0000
"""


def ase(*blocks):
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def block(kind, content):
    return struct.pack(">HI", kind, len(content)) + content


def name_of(text):
    return struct.pack(">H", len(text) + 1) + f"{text}\0".encode("utf-16-be")


def swatch(name, model, *values):
    return block(1, name_of(name) + model + struct.pack(f">{len(values)}f", *values) + b"\0\2")


def aco(version, *entries):
    return struct.pack(">HH", version, len(entries)) + b"".join(entries)


def entry(model, *values, name=None):
    numbers = struct.pack(">H4H", model, *(value % 65536 for value in values))
    return numbers if name is None else numbers + b"\0\0" + name_of(name)


def test_a_palette_by_aseprite_has_opacity_and_names():
    assert parse_palette(BY_ASEPRITE, "gpl") == (Named(INK, "Ink"), Named(RED, "Red, half"))


def test_a_gimp_palette_of_aseprite_without_opacity_is_read():
    content = b"GIMP Palette\nChannels: RGB\n#\n26 28 44 255 steps\n"
    assert parse_palette(content, "gpl") == (Named(INK, "255 steps"),)


def test_names_are_those_that_somebody_gave():
    content = b"GIMP Palette\n26 28 44\tUntitled\n244 244 244 #f4f4f4\n255 0 0  Red \t hot \x1b\n"
    found = parse_palette(content, "gpl")
    assert found == (Named(INK), Named(PAPER), Named(RED, "Red hot"))


def test_old_names_are_latin_1():
    content = "GIMP Palette\n26 28 44 Schwärze\n".encode("latin-1")
    assert parse_palette(content, "gpl") == (Named(INK, "Schwärze"),)


@pytest.mark.parametrize(
    ("content", "ending", "expected"),
    [
        (BY_JASC, "pal", (INK, PAPER)),
        (b"JASC-PAL\n0100\n3\n1 2 3 255\n0 0 0 0\n255 0 0 9\n", "pal", ((1, 2, 3), RED)),
        (b"JASC-PAL\n0100\n0\n", "pal", ()),
        (BY_PAINT_NET, "txt", (INK, PAPER)),
        (b"1a1c2c\n#F4F4F4\n", "txt", (INK, PAPER)),
        (BY_JASC, "txt", (INK, PAPER)),  # by what is inside
        (BY_ASEPRITE, "hex", (INK, RED)),
        (ase(swatch("a", b"RGB ", 1, 0, 0)), "aco", (RED,)),
    ],
)
def test_what_a_file_begins_with_comes_before_its_ending(content, ending, expected):
    assert palette_in(content, ending) == expected


def test_adobe_swatch_exchange_is_read_through_all_its_groups():
    content = ase(
        block(0xC001, name_of("Pencils")),
        swatch("Red", b"RGB ", 1.0, 0.0, 0.0),
        swatch("Half", b"Gray", 0.5),
        swatch("Soft\nwhite", b"LAB ", 1.0, 0.0, 0.0),
        block(0xC002, b""),
        swatch("", b"RGB ", 26 / 255, 28 / 255, 44 / 255),
        swatch("Out", b"RGB ", 1.5, -1, 0),
    )
    assert parse_palette(content, "ase") == (
        Named(RED, "Red"),
        Named((128, 128, 128), "Half"),
        Named((255, 255, 255), "Soft white"),
        Named(INK),
        Named(RED, "Out"),
    )


@pytest.mark.parametrize(
    ("lab", "expected"),
    # sRGB's primaries and a gray under D50, by Lindbloom's tables.
    [
        ((54.29, 80.81, 69.89), (255, 0, 0)),
        ((87.82, -79.29, 80.99), (0, 255, 0)),
        ((29.57, 68.30, -112.03), (0, 0, 255)),
        ((53.59, 0, 0), (128, 128, 128)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_lab_is_that_of_d50(lab, expected):
    lightness, a, b = lab
    (color,) = palette_in(ase(swatch("", b"LAB ", lightness / 100, a, b)), "ase")
    assert np.abs(np.subtract(color, expected)).max() <= 1
    hundredths = [round(100 * value) for value in lab]
    assert (
        np.abs(np.subtract(palette_in(aco(1, entry(7, *hundredths, 0)), "aco"), color)).max() <= 1
    )


def test_photoshop_swatches_have_names_in_their_second_part():
    colors = ((0, 26 * 257, 28 * 257, 44 * 257, 0), (1, 0, 65535, 65535, 0))
    first = aco(1, *(entry(*color) for color in colors))
    second = aco(2, *(entry(*color, name=f"No. {color[0]}") for color in colors))
    assert parse_palette(first, "aco") == (Named(INK), Named(RED))
    assert parse_palette(first + second, "aco") == (Named(INK, "No. 0"), Named(RED, "No. 1"))
    assert parse_palette(second, "aco") == (Named(INK, "No. 0"), Named(RED, "No. 1"))
    assert parse_palette(first + b"8BIM and more", "aco") == (Named(INK), Named(RED))


@pytest.mark.parametrize("model", [2, 3, 8, 10])
def test_what_depends_on_a_press_is_refused(model):
    with pytest.raises(PaletteError, match=r"expected RGB, HSB or Lab\. Save the swatches as RGB"):
        parse_palette(aco(1, entry(model, 0, 0, 0, 0)), "aco")


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_a_swatch_is_read_row_by_row():
    pixels = np.array([[RED, INK, RED], [PAPER, INK, (0, 0, 0)]], np.uint8)
    expected = (RED, INK, PAPER, (0, 0, 0))
    assert palette_in(encoded(Image.fromarray(pixels)), "png") == expected
    assert palette_in(encoded(Image.fromarray(pixels)), "hex") == expected
    indexed = Image.fromarray(pixels).quantize(4)
    assert palette_in(encoded(indexed, "GIF"), "gif") == expected


def test_of_a_swatch_what_is_not_seen_is_no_color():
    pixels = np.array([[(*RED, 0), (*INK, 255), (*PAPER, 9)]], np.uint8)
    assert palette_in(encoded(Image.fromarray(pixels)), "png") == (INK, PAPER)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (
            Image.new("RGB", (2000, 1000)),
            "too_large: 2000 x 1000 pixels, more than the 1,0",
        ),
        (
            Image.fromarray(
                np.arange(3 * 5000, dtype=np.uint16).view(np.uint8).reshape(100, 100, 3)
            ),
            "10,000 colors, expected at most 4096",
        ),
    ],
)
def test_a_photograph_is_no_swatch(image, expected):
    with pytest.raises(PaletteError, match=f"the picture: found {expected}"):
        parse_palette(encoded(image), "png")


WHOLE = {
    "gpl": BY_ASEPRITE,
    "pal": BY_JASC,
    "txt": BY_PAINT_NET,
    "ase": ase(swatch("Red", b"RGB ", 1, 0, 0), swatch("Gray", b"Gray", 0.5)),
    "aco": aco(1, entry(0, 1, 2, 3, 0)) + aco(2, entry(0, 1, 2, 3, 0, name="Night")),
    "png": encoded(Image.new("RGB", (3, 2))),
}


@given(st.sampled_from(sorted(WHOLE)), st.sampled_from(PALETTE_KINDS), st.data())
def test_damaged_files_are_read_or_refused_and_nothing_else(kind, ending, data):
    content = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = parse_palette(content, ending)
    except PaletteError as error:
        assert error.place and error.found and error.expected
        return
    for color, name in found:
        assert len(color) == 3 and all(0 <= level <= 255 for level in color)
        assert name == clean_name(name)


@given(st.text())
def test_names_are_one_line_that_prints(text):
    name = clean_name(text)
    assert name.isprintable() and len(name) <= 100 and name == name.strip()
