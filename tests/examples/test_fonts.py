import os
import subprocess
import sys

import numpy as np
import pytest
import uharfbuzz

from batchquant.images.draw.fonts import as_seen, draw_line, is_cjk, set_line, subset, width_of


def glyphs(text):
    return [(glyph.font, glyph.number) for glyph in set_line(text).glyphs]


@pytest.mark.parametrize(
    "text",
    ["Wäßjgy 31.2 dB · K…", "Ακρόπολη ἀρχή", "Щука ёж Ђурђевдан", "صورة القطة پژوهش", "١٢ 12"],
)
def test_every_letter_of_latin_greek_cyrillic_and_arabic_is_there(text):
    assert set_line(text).missing == ""
    assert (0, 0) not in glyphs(text)


def test_each_letter_that_no_font_has_is_a_box_and_told_once():
    line = set_line("aᚠᚢᚠ")
    assert line.missing == "ᚠᚢ"
    assert glyphs("aᚠᚢᚠ")[1:] == [(0, 0)] * 3
    assert set_line("□").missing == ""  # what a note shows of them


def test_arabic_letters_are_joined_and_stand_from_right_to_left():
    alone, joined = glyphs("ب"), glyphs("ببب")
    assert len({*alone, *joined}) > 1  # a letter has other shapes within a word
    (lam,), (alef,), both = glyphs("ل"), glyphs("\u0627"), glyphs("لا")
    assert both not in ([lam, alef], [alef, lam])  # one shape for both
    assert [glyph.text for glyph in set_line("قطة").glyphs if glyph.text] == ["ة", "ط", "ق"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("photos/a.jpg", "photos/a.jpg"),
        ("photos/قطة.jpg", "photos/ةطق.jpg"),
        ("صورة (1).jpg", ")1( ةروص.jpg"),  # a pair of brackets belongs to what is before it
        ("قطة 12 كلب", "بلك 12 ةطق"),
        ("שלום", "םולש"),
        ("", ""),
    ],
)
def test_the_order_is_that_of_the_bidirectional_algorithm(text, seen):
    assert as_seen(text) == seen


def test_brackets_are_mirrored_among_arabic_words():
    (opening,), (closing,) = glyphs("("), glyphs(")")
    assert opening != closing
    shown = glyphs("صورة (1).jpg")
    assert shown[0] == opening and closing in shown


def test_a_letter_and_its_mark_are_drawn_as_the_letter_that_has_it():
    assert set_line("e\u0301") == set_line("é")
    assert width_of("q\u0301", 24) == width_of("q", 24)


def test_ink_lies_where_the_line_is():
    (left, top), mask = draw_line("xHg", 24)
    inked = np.asarray(mask)
    assert all(inked[edge].max() > 0 and inked[:, edge].max() > 0 for edge in (0, -1))
    height = 0.714 * 24  # of capitals
    assert -top == pytest.approx(height, abs=1.5)
    assert top + mask.height == pytest.approx(0.24 * 24, abs=1.5)  # g goes below
    assert left >= 0 and left + mask.width <= width_of("xHg", 24)
    assert draw_line(" ", 24)[1].size == (1, 1) == draw_line("", 24)[1].size


def test_a_subset_has_the_glyphs_that_are_wanted_and_no_layout():
    ((_, number),) = glyphs("Ω")
    face = uharfbuzz.Face(subset(0, {number}))
    font = uharfbuzz.Font(face)
    assert font.get_glyph_extents(number).width > 0
    assert font.get_glyph_extents(number - 1).width == 0
    assert not {"GSUB", "GPOS", "fvar"} & set(face.table_tags)
    assert len(subset(0, {0})) < 1000


def test_letters_are_the_same_whatever_the_machine_speaks():
    code = (
        "import locale; locale.setlocale(locale.LC_ALL, '');"
        "from batchquant.images.draw.fonts import set_line; print(set_line('бгдпт i'))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "LC_ALL": name},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in ("C", "C.UTF-8")
    }
    assert len(told) == 1 and "Glyph" in told.pop()


@pytest.mark.parametrize(
    ("text", "told"),
    [("日本", True), ("かな", True), ("한국", True), ("𠀀", True), ("Ωقa…", False)],
)
def test_chinese_japanese_and_korean_are_told_by_their_letters(text, told):
    assert is_cjk(text) == told


def test_fonts_are_loaded_by_what_draws_letters_and_nothing_else():
    code = (
        "import sys, batchquant.cli.main, batchquant.steps.overview, batchquant.formats.registry;"
        "print({'uharfbuzz', 'bidi', 'fontpkg_noto_sans'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == "set()\n"
