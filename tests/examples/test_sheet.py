import dataclasses
import re
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from programs import need
from test_preview import flat, picture_of

from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_rgb_png
from batchquant.images.draw import fonts
from batchquant.images.draw.canvas import ACCENT, PAPER
from batchquant.images.draw.fonts import BOX
from batchquant.images.draw.sheet import (
    APART,
    GAP,
    LINE,
    MARGIN,
    SHEET_DPI,
    SMALL,
    STRIPE,
    Original,
    Tile,
    choose_columns,
    draw_sheet,
    sheet_size,
    tile_size,
)
from batchquant.steps.need import TILE_BYTES

ORIGINAL = Original.of(picture_of(flat((0, 90, 0), 200, 300)))


def tile(k, color, mark=""):
    picture = Image.new("RGB", tile_size(300, 200), color)
    palette = (((10, k, 0), 30), ((20, k, 0), 10))
    return Tile(k, k, (f"{30 + k:.1f} dB",), 1500 * k, picture, palette, mark)


def as_pdf(sheet):
    return encode_pdf(encode_rgb_png(sheet.pixels), SHEET_DPI, texts=sheet.texts)


@pytest.fixture(scope="module")
def sheet():
    rows = [
        ("start: random", [tile(2, (200, 0, 0)), tile(3, (0, 0, 200), "knee")]),
        ("start: maximin", [tile(2, (90, 90, 0)), tile(3, (0, 90, 90))]),
    ]
    return draw_sheet("photos/a.jpg", "300 x 200", ORIGINAL, rows)


@pytest.mark.parametrize("height", [1, 7, 119, 120, 240, 319, 320, 480, 481, 961, 9000])
def test_no_tile_is_larger_than_memory_is_counted_for(height):
    tiles = [tile_size(width, height) for width in range(1, 2000)]
    assert max(width * height * 4 for width, height in tiles) <= TILE_BYTES


def columns_of(sheet, color):
    return np.flatnonzero((sheet.pixels == color).all(axis=2).any(axis=0))


def rows_of(sheet, color):
    return np.flatnonzero((sheet.pixels == color).all(axis=2).any(axis=1))


def test_the_original_once_and_every_k_in_order_and_a_row_for_each_start(sheet):
    step = tile_size(300, 200)[0] + GAP
    for column, color in enumerate([(0, 90, 0), (200, 0, 0), (0, 0, 200)]):
        found = columns_of(sheet, color)
        assert found[0] == MARGIN + column * step
        assert len(found) == tile_size(300, 200)[0]
    assert columns_of(sheet, (90, 90, 0))[0] == columns_of(sheet, (200, 0, 0))[0]
    assert rows_of(sheet, (90, 90, 0))[0] > rows_of(sheet, (200, 0, 0))[-1]
    original, first = rows_of(sheet, (0, 90, 0)), rows_of(sheet, (200, 0, 0))
    assert (original == first).all()  # beside the first start, and nowhere else
    assert [text.text for text in sheet.texts].count("original") == 1


def test_rows_of_one_name_have_the_original_once_and_a_long_name_is_cut():
    name = "blur 3, " * 60
    sheet = draw_sheet("a", "", ORIGINAL, [(name, [tile(2, (200, 0, 0))])] * 3)
    said = [text.text for text in sheet.texts]
    assert said.count("original") == 1
    names = [text for text in said if text.startswith("blur 3")]
    assert len(names) == 3
    assert all(len(text) < len(name) for text in names)
    assert (sheet.pixels[:, -MARGIN + 5 :] == PAPER).all()


def test_the_palette_stands_below_its_tile_each_color_by_its_share(sheet):
    width, height = tile_size(300, 200)
    x, y = columns_of(sheet, (200, 0, 0))[0], rows_of(sheet, (200, 0, 0))[0]
    stripe = sheet.pixels[y + height + APART + STRIPE // 2, x : x + width]
    shown = [tuple(int(value) for value in color) for color in stripe[1:-1]]
    inside = width - 2
    first = 3 + (inside - 6) * 30 // 40  # 3 pixels each, and the rest by share
    assert shown == [(10, 2, 0)] * first + [(20, 2, 0)] * (inside - first)
    assert (sheet.pixels[y + height + APART + STRIPE, x : x + width] == PAPER).all()


@pytest.mark.parametrize("n_colors", [1, 50, 4096])
def test_palettes_of_any_number_of_colors_fill_their_stripe(n_colors):
    palette = tuple(((number % 256, number // 256, 7), number) for number in range(n_colors))
    entry = dataclasses.replace(tile(2, (200, 0, 0)), palette=palette)
    sheet = draw_sheet("a", "", ORIGINAL, [("random", [entry])])
    blue = (sheet.pixels[..., 2] == 7) & (sheet.pixels[..., 1] < 20)
    assert blue.sum() == (tile_size(300, 200)[0] - 2) * (STRIPE - 2)
    assert len(np.unique(sheet.pixels[blue], axis=0)) == min(n_colors, 358) or n_colors > 358


def test_notes_stand_below_the_subtitle_and_all_else_lower():
    rows = [("start: random", [tile(2, (200, 0, 0))])]
    plain = draw_sheet("a", "b", ORIGINAL, rows)
    noted = draw_sheet("a", "b", ORIGINAL, rows, ["varied: blur 3"])
    assert [text.text for text in noted.texts[:4]] == ["a", "b", "varied: blur 3", "start: random"]
    lower = round(LINE * SMALL)
    assert noted.pixels.shape[0] - plain.pixels.shape[0] == lower
    assert noted.texts[2].y - noted.texts[1].y == lower
    assert (noted.pixels[-200:] == plain.pixels[-200:]).all()


def test_the_words_are_large_enough_and_inside(sheet):
    said = [text.text for text in sheet.texts]
    assert said[:5] == [
        "photos/a.jpg",
        "300 x 200",
        "start: random",
        "original",
        "300 x 200 pixels",
    ]
    assert said[5:7] == ["K 2", "2 colors · 32.0 dB · 3 kB"]
    assert min(text.size for text in sheet.texts) == SMALL >= 12
    height, width = sheet.pixels.shape[:2]
    assert all(0 < text.x < width and 0 < text.y < height for text in sheet.texts)
    assert (sheet.pixels[:MARGIN] == PAPER).all()
    assert (sheet.pixels[:, -MARGIN + 5 :] == PAPER).all()


def test_what_is_marked_has_a_frame(sheet):
    framed = columns_of(sheet, ACCENT)
    assert framed[0] == columns_of(sheet, (0, 0, 200))[0] - 5
    assert "knee" in [text.text for text in sheet.texts]


def test_pixels_that_are_not_square_make_a_sheet_of_the_true_shape():
    fax = picture_of(flat((0, 90, 0), 200, 300), dpi=(200, 100))
    sheet = draw_sheet("photos/fax.tif", "", Original.of(fax), [("random", [])])
    shown = len(columns_of(sheet, (0, 90, 0))), len(rows_of(sheet, (0, 90, 0)))
    assert shown == tile_size(300, 400)
    assert "300 x 200 pixels" in [text.text for text in sheet.texts]


@pytest.mark.parametrize(
    ("size", "tile"),
    [
        ((250, 180), (500, 360)),
        ((170, 170), (340, 340)),
        ((319, 100), (638, 200)),
        ((320, 100), (640, 200)),  # by height, as before
        ((40, 30), (320, 240)),
        ((107, 300), (321, 900)),
        ((106, 300), (318, 900)),  # four times as much would be too high
        ((319, 481), (319, 481)),
        ((1000, 9000), (107, 960)),
        ((6000, 4000), (360, 240)),
    ],
)
def test_tiles_are_as_wide_as_can_be_read_unless_they_would_be_too_high(size, tile):
    assert tile_size(*size) == tile


def test_long_rows_go_on_below():
    tiles = [tile(k, (k, 0, 0)) for k in range(1, 7)]
    sheet = draw_sheet("a", "", ORIGINAL, [("random", tiles), ("maximin", tiles[:2])])
    columns = [columns_of(sheet, (k, 0, 0))[0] for k in range(1, 7)]
    pitch = tiles[0].picture.width + GAP
    assert columns == [MARGIN + i * pitch for i in (1, 2, 3, 0, 1, 2)]  # 0: the original
    first, second = (rows_of(sheet, (k, 0, 0))[0] for k in (3, 4))
    lines = [text.y for text in sheet.texts if text.text.startswith(("start", "K 4"))]
    assert lines == sorted(lines)
    assert first < second < lines[-1] < rows_of(sheet, (1, 0, 0))[-1]


@pytest.mark.parametrize(
    ("cell", "counts", "columns"),
    [
        # A sheet is 44 + columns x 340 wide and 119 + starts x 45 + lines x 266 high. Of 7 tiles
        # 4 + 3 give 1404 x 696, on a page of 16 : 10 as high as 1404 / 1.6 = 877; 7 give 1515.
        # 3 + 3 + 1, in which the last line is nearly empty, is not looked at.
        ((340, 266), [7], 4),
        ((340, 266), [4], 2),  # 2 + 2: 724 x 696; 4 are a strip of 1404 x 430, as high as 877
        ((340, 266), [15], 5),  # 1744 x 962, 1090; 8 + 7: 2764 x 696, 1727; 4, 4, 4, 3: 1228
        ((340, 266), [7, 7], 4),  # 1404 x 1273; 7: 2424 x 741, 1515
        ((340, 266), [7, 7, 7, 7], 7),  # 2424 x 1363, 1515; 4 + 3: 1404 x 2427
        ((340, 266), [7, 1], 4),  # the same columns for all
        ((740, 138), [4], 1),  # panoramas: 784 x 716; 2 + 2: 1524 x 440, 952
        ((340, 1026), [7], 7),  # as narrow as can be: 2424 x 1190, 1515; 4 + 3: 1404 x 2216
        ((340, 266), [1], 1),
        ((340, 266), [], 1),
    ],
)
def test_columns_are_chosen_for_a_landscape_page(cell, counts, columns):
    assert choose_columns(cell, counts) == columns


@pytest.mark.parametrize(
    ("counts", "columns", "size"),
    [([7], 4, (1404, 696)), ([7], 7, (2424, 430)), ([7, 4], 4, (1404, 1007)), ([], 1, (384, 119))],
)
def test_the_size_of_a_sheet(counts, columns, size):
    assert sheet_size((340, 266), counts, columns) == size


@pytest.mark.parametrize("title", ["K 9", "met from", "a  b"])
def test_words_stand_apart(title):
    sheet = draw_sheet(title, title, ORIGINAL, [])
    glued = draw_sheet(title.replace(" ", ""), title.replace(" ", ""), ORIGINAL, [])
    for wide, narrow in zip(sheet.texts, glued.texts, strict=True):
        blanks = title.count(" ") * 0.26 * wide.size  # Noto Sans has one of 260 of 1000
        assert wide.width - narrow.width == pytest.approx(blanks, abs=1)
        below = slice(round(wide.y - wide.size), round(wide.y + wide.size / 3))
        inked = np.flatnonzero((sheet.pixels[below] != PAPER).any(axis=(0, 2)))
        assert inked[-1] <= MARGIN + wide.width
        assert np.diff(inked).max() >= wide.size // 4  # between letters there are two at most


@pytest.mark.parametrize(
    ("figures", "n_colors", "size_bytes", "said"),
    [
        (("exact",), 1, 999, "1 color · exact · 999 B"),
        (("20.0 dB", "dE 2.3"), 5, 999_499, "5 colors · 20.0 dB · dE 2.3 · 999 kB"),
        ((), 5, 999_500, "5 colors · 1.0 MB"),
    ],
)
def test_figures(figures, n_colors, size_bytes, said):
    picture = Image.new("RGB", tile_size(300, 200))
    entry = Tile(5, n_colors, figures, size_bytes, picture, (((0, 0, 0), 1),))
    sheet = draw_sheet("a", "", ORIGINAL, [("random", [entry])])
    assert sheet.texts[-1].text == said


@pytest.mark.parametrize("mark", ["", "knee", "meets 32 dB"])
def test_names_of_colors_stand_beside_k_and_its_mark_as_far_as_there_is_room(mark):
    def texts(*names):
        entry = tile(3, (200, 0, 0), mark)
        entry = dataclasses.replace(entry, names=names)
        return draw_sheet("a", "", ORIGINAL, [("palette", [entry])]).texts

    plain, named = texts(), texts("Ink", "Paper white")
    assert named[:-2] == plain[:-1] and named[-1] == plain[-1]
    assert named[-2].text == "Ink, Paper white"
    assert named[-2].x > plain[-2].x + plain[-2].width
    many = texts(*["Ultramarine"] * 60)[-2]
    assert re.fullmatch("(Ultramarine, )+…", many.text)
    assert many.x + many.width <= named[-1].x + ORIGINAL.picture.width
    assert texts("Ultramarine " * 60) == plain


def test_a_long_name_is_cut_in_its_middle():
    name = "folder/" + "very " * 100 + "long.jpg"
    title = draw_sheet(name, "", ORIGINAL, [("random", [])]).texts[0].text
    assert title.startswith("folder/very")
    assert title.endswith("long.jpg")
    assert "…" in title


def test_a_name_with_a_line_break_stays_in_its_line():
    sheet = draw_sheet("new\nline.jpg", "", ORIGINAL, [("random", [])])
    assert sheet.texts[0].text == "new line.jpg"
    assert (sheet.pixels == draw_sheet("new line.jpg", "", ORIGINAL, [("random", [])]).pixels).all()


def test_the_png_holds_the_pixels_and_the_pdf_its_words(sheet, tmp_path, mutool):
    (tmp_path / "sheet.png").write_bytes(encode_rgb_png(sheet.pixels))
    assert (np.asarray(Image.open(tmp_path / "sheet.png")) == sheet.pixels).all()
    path = tmp_path / "sheet.pdf"
    path.write_bytes(as_pdf(sheet))
    assert as_pdf(sheet) == path.read_bytes()
    drawn = subprocess.run(
        [mutool, "draw", "-F", "txt", path], capture_output=True, text=True, check=True
    )
    for said in ("photos/a.jpg", "K 3 knee", "3 colors · 33.0 dB · 4 kB"):
        assert said in drawn.stdout
    picture = tmp_path / "page.png"
    subprocess.run([mutool, "draw", "-q", "-r", "144", "-o", picture, path], check=True)
    shown = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    assert np.abs(shown - sheet.pixels).mean() < 1  # the words are not drawn a second time


def test_blanks_are_found_in_the_pdf(tmp_path):
    tiles = [tile(k, (0, 0, k)) for k in range(1, 11)]
    sheet = draw_sheet("a b c", "K 1 · I l", ORIGINAL, [("random", tiles)])
    (tmp_path / "sheet.pdf").write_bytes(as_pdf(sheet))
    program = need("pdftotext", package="poppler-utils")
    command = [program, "-bbox", "sheet.pdf", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    words = re.findall(r'xMin="([\d.]+)".* xMax="([\d.]+)".*>(.*)</word>', told.stdout)
    assert [word for *_, word in words[:7]] == ["a", "b", "c", "K", "1", "·", "I"]
    shown = [word for *_, word in words]
    numbers = {number for before, number in pairwise(shown) if before == "K"}
    assert numbers == {str(k) for k in range(1, 11)}
    title = sheet.texts[0]
    ends = float(words[0][0]), float(words[2][1])
    assert ends == pytest.approx([title.x / 2, (title.x + title.width) / 2], abs=0.1)  # at 144 dpi


NAMES = ("Ακρόπολη ἀρχή.jpg", "Щука ёж.jpg", "قطة.jpg", "日本 猫.jpg")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_found_in_the_pdf(name, tmp_path):
    (tmp_path / "sheet.pdf").write_bytes(as_pdf(draw_sheet(name, "", ORIGINAL, [])))
    command = [need("pdftotext", package="poppler-utils"), "sheet.pdf", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    # Poppler marks where what is read from right to left begins and ends.
    assert told.translate({0x202B: None, 0x202C: None}).split("\n")[0] == name


def test_letters_that_no_font_has_are_boxes_and_a_note_says_so():
    def texts(*names):
        return [text.text for text in draw_sheet(names[0], "b", ORIGINAL, []).texts]

    assert texts("Ακρόπολη قطة") == ["Ακρόπολη قطة", "b"]
    assert texts("ᚠ") == ["ᚠ", "b", f"{BOX} stands for a letter that no font here has"]
    assert texts("ᚠᚢᚠ")[2] == f"{BOX} stands for 2 letters that no font here has"
    entry = dataclasses.replace(tile(2, (200, 0, 0)), names=("ᚠ",))
    said = [text.text for text in draw_sheet("a", "", ORIGINAL, [("random", [entry])]).texts]
    assert said[2] == f"{BOX} stands for a letter that no font here has"


def test_the_note_says_what_has_letters_of_chinese(monkeypatch):
    monkeypatch.setattr(fonts, "FONTS", fonts.FONTS[: fonts.EXTRA])
    fonts.set_line.cache_clear()
    try:
        said = [text.text for text in draw_sheet("日本.jpg", "", ORIGINAL, []).texts]
    finally:
        fonts.set_line.cache_clear()
        fonts.draw_line.cache_clear()
    assert said[2:] == [
        f"{BOX} stands for 2 letters that no font here has",
        "Chinese, Japanese, Korean: batchquant[cjk]",
    ]
