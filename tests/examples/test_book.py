import io
import os
import resource
import shutil
import subprocess
import sys

import numpy as np
import pikepdf
import pytest
from PIL import Image
from programs import need

from batchquant.errors import StorageError
from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_rgb_png
from batchquant.images.draw.book import bind
from batchquant.images.draw.canvas import Text
from batchquant.images.draw.front_matter import Front

TITLES = ["day/a.jpg", "day/trip/b.jpg", "day/c.jpg", "night/Zürich ~ 日本.jpg"]


@pytest.fixture
def pages(tmp_path):
    made = []
    for number, title in enumerate(TITLES):
        png = encode_rgb_png(np.full((30 + number, 40, 3), 50 * number, np.uint8))
        path = tmp_path / f"-{number} @.pdf"  # no option, and no file of arguments
        path.write_bytes(encode_pdf(png, 72, texts=[Text(5, 20, 12, 30, f"page {number}")]))
        made.append((title, path.name))
    return made


FRONT = Front("Σκίτσα", ("4 pictures", "K 2, 3 · start random"))


def bound(pages, folder, front=FRONT):
    stream = io.BytesIO()
    bind(folder, pages, front, "scratch", stream)
    return stream.getvalue()


def words_of(content, folder):
    """Return the text of each page; marks of where Arabic begins and ends are left out."""
    (folder / "read.pdf").write_bytes(content)
    command = [need("pdftotext", package="poppler-utils"), "-layout", folder / "read.pdf", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.translate({0x202B: None, 0x202C: None}).split("\f")[:-1]


def nested(items):
    return [(item.title, nested(item.children)) for item in items]


def test_every_page_is_there_in_order_as_it_was(pages, tmp_path):
    with pikepdf.open(io.BytesIO(bound(pages, tmp_path))) as book:
        heights = [float(page.mediabox[3]) for page in book.pages]
        assert heights == [595.28, 595.28, 30, 31, 32, 33]  # title and contents on A4
        for (_, name), page in zip(pages, list(book.pages)[2:], strict=True):
            with pikepdf.open(tmp_path / name) as alone:
                before = alone.pages[0].Resources.XObject.Picture
                assert page.Resources.XObject.Picture.read_raw_bytes() == before.read_raw_bytes()


def test_bookmarks_nest_by_folder(pages, tmp_path):
    with (
        pikepdf.open(io.BytesIO(bound(pages, tmp_path))) as book,
        book.open_outline() as outline,
    ):
        assert nested(outline.root) == [
            ("day", [("a.jpg", []), ("trip", [("b.jpg", [])]), ("c.jpg", [])]),
            ("night", [("Zürich ~ 日本.jpg", [])]),
        ]
        last = outline.root[1].children[0]
        assert book.pages.index(pikepdf.Page(last.destination[0])) == 2 + 3


def test_the_title_page_and_the_contents_can_be_read(pages, tmp_path):
    pages = [*pages[:-1], ("night/قطة.jpg", pages[-1][1])]
    title, contents, *sheets = words_of(bound(pages, tmp_path), tmp_path)
    assert title.splitlines()[0].strip() == "Σκίτσα"
    assert "4 pictures" in title and "K 2, 3 · start random" in title
    told = [line.split() for line in contents.splitlines() if line.strip()]
    assert told == [
        ["Contents"],
        ["day"],
        ["a.jpg", "3"],
        ["trip"],
        ["b.jpg", "4"],
        ["c.jpg", "5"],
        ["night"],
        ["قطة.jpg", "6"],
        ["2"],
    ]
    for number, sheet in enumerate(sheets):
        # Pages are so small here that one stands above the other.
        assert sorted("".join(sheet.split())) == sorted(f"page{number}{number + 3}")


def test_lines_of_the_contents_are_links(pages, tmp_path):
    with pikepdf.open(io.BytesIO(bound(pages, tmp_path))) as book:
        links = list(book.pages[1].Annots)
        aims = [book.pages.index(pikepdf.Page(link.Dest[0])) for link in links]
        assert aims == [2, 3, 4, 5]
        tops = [float(link.Rect[3]) for link in links]
        assert tops == sorted(tops, reverse=True)


@pytest.mark.parametrize("count", [1, 59, 60, 61, 130])
def test_long_contents_take_as_many_pages_as_they_need(count, pages, tmp_path):
    many = [(f"{number:03d}.png", pages[0][1]) for number in range(count)]
    content = bound(many, tmp_path)
    told = words_of(content, tmp_path)
    before = len(told) - count
    listed = " ".join(" ".join(told[1:before]).split())
    for number in range(count):
        assert f"{number:03d}.png {before + number + 1}" in listed
    with pikepdf.open(io.BytesIO(content)) as book:
        assert sum(len(page.get("/Annots", [])) for page in book.pages) == count


@pytest.mark.parametrize(("paper", "size"), [("a4", (841.89, 595.28)), ("letter", (792, 612))])
def test_sheets_stand_in_the_middle_of_their_paper(paper, size, tmp_path, mutool):
    made = []
    for name, shape in (("wide", (600, 1800)), ("high", (1800, 600)), ("small", (40, 60))):
        png = encode_rgb_png(np.full((*shape, 3), (0, 90, 0), np.uint8))
        (tmp_path / f"{name}.pdf").write_bytes(encode_pdf(png, 72))
        made.append((name, f"{name}.pdf"))
    (tmp_path / "book.pdf").write_bytes(bound(made, tmp_path, Front("a", (), paper)))
    with pikepdf.open(tmp_path / "book.pdf") as book:
        sizes = [tuple(float(value) for value in page.mediabox[2:]) for page in book.pages]
    assert sizes == [size, size, size, size[::-1], size]
    command = [mutool, "draw", "-q", "-r", "72", "-o", tmp_path / "%d.png", tmp_path / "book.pdf"]
    subprocess.run(command, check=True)
    for number, wanted in ((3, (size[0] - 48, None)), (4, (None, size[0] - 48)), (5, (60, 40))):
        shown = np.asarray(Image.open(tmp_path / f"{number}.png").convert("RGB")).astype(int)
        green = np.abs(shown - (0, 90, 0)).sum(axis=2) < 30
        rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
        for found, edges, length in zip(
            (columns, rows), (shown.shape[1], shown.shape[0]), wanted, strict=True
        ):
            assert found[0] == pytest.approx(edges - 1 - found[-1], abs=2)
            assert length is None or len(found) == pytest.approx(length, abs=2)


def test_page_numbers_are_seen(pages, tmp_path, mutool):
    (tmp_path / "book.pdf").write_bytes(bound(pages, tmp_path, Front("a", (), "a4")))
    command = [mutool, "draw", "-q", "-r", "144", "-o", tmp_path / "%d.png", tmp_path / "book.pdf"]
    subprocess.run(command, check=True)
    corners = []
    for number in (1, 2, 3, 4):
        shown = np.asarray(Image.open(tmp_path / f"{number}.png").convert("L"))
        corners.append(shown[-30:, -90:])
    assert corners[0].min() > 240  # the title page has none
    assert all(corner.min() < 150 for corner in corners[1:])
    assert (corners[2] != corners[3]).any()


@pytest.mark.skipif(sys.platform != "linux", reason="no names here that are not UTF-8")
def test_the_folder_need_not_be_utf_8(pages, tmp_path):
    folder = tmp_path / os.fsdecode(b"out\xff")
    shutil.copytree(tmp_path, folder)
    assert bound(pages, folder) == bound(pages, tmp_path)


def test_equal_pages_give_equal_bytes(pages, tmp_path):
    first = bound(pages, tmp_path)
    assert bound(pages, tmp_path) == first
    assert bound(pages[:3], tmp_path) != first
    assert bound(pages, tmp_path, Front("another")) != first


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_disk_that_is_too_full_is_told_and_no_half_book_is_bound(pages, tmp_path, share):
    bind(tmp_path, pages, FRONT, "scratch", io.BytesIO())
    size = (tmp_path / "scratch").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    stream = io.BytesIO()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * size), before[1]))
    try:
        with pytest.raises(StorageError, match="other: cannot be written whole"):
            bind(tmp_path, pages, FRONT, "other", stream)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert stream.getvalue() == b""
