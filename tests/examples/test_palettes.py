import json

import pytest
from builders import palette_in
from hypothesis import given
from hypothesis import strategies as st

from batchquant.formats.aco import write_aco
from batchquant.formats.ase import write_ase
from batchquant.formats.css import to_css
from batchquant.formats.named import Named, PaletteError
from batchquant.formats.palette_reading import parse_palette
from batchquant.formats.palette_text import (
    format_hex,
    parse_hex,
    to_gpl,
    to_hex,
    to_json,
)

COLORS = ((0, 0, 0), (7, 80, 255), (255, 255, 255), (7, 80, 255))

# As GIMP 2.10 writes its "Plasma" palette, shortened; colors may go without a name.
BY_GIMP = """\
GIMP Palette
Name: Plasma
Columns: 16
#
240 240   0\tUntitled
240 224   0\tIndex 1
# a comment among colors

  0   7  80
"""


@pytest.mark.parametrize("color", [(0, 0, 0), (1, 2, 3), (255, 136, 0), (255, 255, 255)])
def test_a_color_is_the_same_after_writing_and_reading(color):
    assert parse_hex(format_hex(color)) == color


def test_hex_is_read_with_or_without_its_sign_in_either_case():
    assert [parse_hex(text) for text in ("#aabbcc", "aabbcc", "#AAbbCC")] == [(170, 187, 204)] * 3


@pytest.mark.parametrize(
    "text", ["", "#", "#fff", "#ff880", "#ff88000", "##ff8800", "#gg8800", " #ff8800", "\u0660" * 6]
)
def test_what_is_no_hex_color_is_refused(text):
    with pytest.raises(ValueError, match="no color"):
        parse_hex(text)


def test_a_palette_by_gimp_is_read():
    expected = ((240, 240, 0), (240, 224, 0), (0, 7, 80))
    assert palette_in(BY_GIMP.encode(), "gpl") == expected
    assert palette_in(BY_GIMP.replace("\n", "\r\n").encode(), "gpl") == expected


def test_a_gimp_palette_of_the_old_format_has_no_name():
    assert palette_in(b"GIMP Palette\n1 2 003\n", "gpl") == ((1, 2, 3),)


def test_a_palette_by_lospec_is_read():
    expected = ((26, 28, 44), (93, 39, 93))
    assert palette_in(b"1a1c2c\r\n5d275d\r\n", "hex") == expected
    assert palette_in(b"\n#1a1c2c\n\n#5d275d", "hex") == expected


@pytest.mark.parametrize("kind", ["gpl", "hex"])
def test_a_palette_is_the_same_after_writing_and_reading(kind):
    text = to_gpl("any", COLORS) if kind == "gpl" else to_hex(COLORS)
    assert palette_in(text.encode(), kind) == COLORS


NAMED = [Named((26, 28, 44), "Ink"), Named((244, 244, 244)), Named((255, 0, 0), "Röd 🖍")]


@pytest.mark.parametrize("kind", ["gpl", "ase", "aco"])
def test_names_are_the_same_after_writing_and_reading(kind):
    colors, names = [color for color, _ in NAMED], [name for _, name in NAMED]
    content = {
        "gpl": to_gpl("any", colors, names).encode(),
        "ase": write_ase("any", NAMED),
        "aco": write_aco(NAMED),
    }
    assert list(parse_palette(content[kind], kind)) == NAMED


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), max_size=9), st.sampled_from(["ase", "aco"]))
def test_swatches_of_adobe_give_back_all_colors(colors, kind):
    named = [Named(color) for color in colors]
    content = write_ase("any", named) if kind == "ase" else write_aco(named)
    assert palette_in(content, kind) == tuple(colors)


def test_the_file_of_photoshop_is_as_its_specification_says():
    assert write_aco([Named((255, 0, 1), "A")]).hex(" ", 2) == (
        "0001 0001 0000 ffff 0000 0101 0000 0002 0001 0000 ffff 0000 0101 0000 0000 0002 0041 0000"
    )


def test_the_file_of_adobe_swatch_exchange_is_a_group():
    assert write_ase("B", [Named((255, 0, 0), "A")]).hex(" ", 2) == (
        "4153 4546 0001 0000 0000 0003"
        " c001 0000 0006 0002 0042 0000"
        " 0001 0000 0018 0002 0041 0000 5247 4220 3f80 0000 0000 0000 0000 0000 0002"
        " c002 0000 0000"
    )


def test_custom_properties_have_names_of_their_own():
    called = ["Ink", "ink!", "", "Crème brûlée", "*/ } x", "color 3", ""]
    text = to_css(Named((0, 0, number), name) for number, name in enumerate(called))
    assert text.splitlines()[1:-1] == [
        "  --ink: #000000;",
        "  --ink-2: #000001;",
        "  --color-3: #000002;",
        "  --crème-brûlée: #000003;",
        "  --x: #000004;",
        "  --color-3-2: #000005;",
        "  --color-7: #000006;",
    ]
    assert to_css([]) == ":root {\n}\n"


def test_a_palette_may_hold_no_color():
    assert palette_in(to_gpl("none", ()).encode(), "gpl") == ()
    assert palette_in(b"\n", "hex") == ()


@pytest.mark.parametrize(
    ("text", "kind", "line", "found", "expected"),
    [
        ("", "gpl", 1, "", "'GIMP Palette'"),
        ("; paint.net\n", "gpl", 1, "; paint.net", "'GIMP Palette'"),
        ("GIMP Palette\n#\n1 2\n", "gpl", 3, "1 2", "three numbers from 0 to 255 and a name"),
        ("GIMP Palette\n1 2 256\n", "gpl", 2, "1 2 256", "three numbers from 0 to 255 and a name"),
        ("GIMP Palette\n1 2 3.5\n", "gpl", 2, "1 2 3.5", "three numbers from 0 to 255 and a name"),
        ("1a1c2c\n\n; dark\n", "hex", 3, "; dark", "a color such as ff8800"),
        ("ff1a1c2c\n", "hex", 1, "ff1a1c2c", "a color such as ff8800"),
    ],
)
def test_a_line_that_is_no_color_is_told(text, kind, line, found, expected):
    with pytest.raises(PaletteError) as caught:
        palette_in(text.encode(), kind)
    error = caught.value
    assert (error.place, error.found, error.expected) == (f"line {line}", repr(found), expected)
    assert str(error) == f"line {line}: found {found!r}, expected {expected}"


def test_the_name_of_a_palette_stays_in_its_line():
    text = to_gpl("two\nlines\u2028\tthree", [(1, 2, 3)])
    assert text.split("\n")[:3] == ["GIMP Palette", "Name: two lines three", "Columns: 0"]


def test_json_tells_pixels_and_share():
    text = to_json([(0, 0, 0), (255, 136, 0), (1, 2, 3)], [1, 2, 0])
    assert json.loads(text) == [
        {"color": "#000000", "pixels": 1, "share": 1 / 3},
        {"color": "#ff8800", "pixels": 2, "share": 2 / 3},
        {"color": "#010203", "pixels": 0, "share": 0.0},
    ]
    assert text.isascii()


def test_json_tells_pixels_of_soft_alpha_by_what_they_count():
    assert json.loads(to_json([(0, 0, 0), (1, 2, 3)], [51, 255], 255)) == [
        {"color": "#000000", "pixels": 0.2, "share": 1 / 6},
        {"color": "#010203", "pixels": 1.0, "share": 5 / 6},
    ]


def test_json_of_no_pixels_has_no_shares():
    assert json.loads(to_json([(1, 2, 3)], [0])) == [
        {"color": "#010203", "pixels": 0, "share": 0.0}
    ]
    assert json.loads(to_json([], [])) == []
