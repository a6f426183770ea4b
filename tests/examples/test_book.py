import io
import os
import resource
import shutil
import sys

import numpy as np
import pikepdf
import pytest

from batchquant.errors import StorageError
from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_rgb_png
from batchquant.images.draw.book import bind
from batchquant.images.draw.canvas import Text

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


def bound(pages, folder):
    stream = io.BytesIO()
    bind(folder, pages, "scratch", stream)
    return stream.getvalue()


def nested(items):
    return [(item.title, nested(item.children)) for item in items]


def test_every_page_is_there_in_order_as_it_was(pages, tmp_path):
    with pikepdf.open(io.BytesIO(bound(pages, tmp_path))) as book:
        heights = [float(page.mediabox[3]) for page in book.pages]
        assert heights == [30, 31, 32, 33]
        for (_, name), page in zip(pages, book.pages, strict=True):
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
        assert book.pages.index(pikepdf.Page(last.destination[0])) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="no names here that are not UTF-8")
def test_the_folder_need_not_be_utf_8(pages, tmp_path):
    folder = tmp_path / os.fsdecode(b"out\xff")
    shutil.copytree(tmp_path, folder)
    assert bound(pages, folder) == bound(pages, tmp_path)


def test_equal_pages_give_equal_bytes(pages, tmp_path):
    first = bound(pages, tmp_path)
    assert bound(pages, tmp_path) == first
    assert bound(pages[:3], tmp_path) != first


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_disk_that_is_too_full_is_told_and_no_half_book_is_bound(pages, tmp_path, share):
    bind(tmp_path, pages, "scratch", io.BytesIO())
    size = (tmp_path / "scratch").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    stream = io.BytesIO()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * size), before[1]))
    try:
        with pytest.raises(StorageError, match="other: cannot be written whole"):
            bind(tmp_path, pages, "other", stream)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert stream.getvalue() == b""
