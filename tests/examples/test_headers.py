"""What pictures say of themselves is read once, and again when they are not what they were."""

import os
import sqlite3

import pytest

from batchquant.images.read.header import Header
from batchquant.sources.local import LocalFolder
from batchquant.sources.source import ImageFile
from batchquant.store import LEDGER, Ledger
from batchquant.store import headers as module
from batchquant.store.headers import Headers


@pytest.fixture
def file(tmp_path, photo):
    photo(tmp_path / "a.png")
    return lambda: image_file(tmp_path / "a.png")


def image_file(path):
    status = path.stat()
    return ImageFile(str(path), path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / LEDGER


@pytest.fixture
def opened(monkeypatch):
    """Which files were opened for their headers."""
    opened = []
    header = LocalFolder.header

    def read(source, file):
        opened.append(file.relative)
        return header(source, file)

    monkeypatch.setattr(LocalFolder, "header", read)
    return opened


def ask(ledger, file):
    headers = Headers(ledger.parents[1])
    found = headers.probe(file)
    headers.close()
    with Ledger(ledger) as written:
        written.remember_headers(headers.new)
    return found


def test_a_header_is_read_once(ledger, file, opened):
    first = ask(ledger, file())
    assert isinstance(first, Header)
    assert ask(ledger, file()) == first
    assert opened == ["a.png"]


def test_a_file_that_was_changed_is_opened_again(ledger, file, opened):
    ask(ledger, file())
    os.utime(file().place, ns=(7, 7))
    ask(ledger, file())
    assert opened == ["a.png"] * 2


def test_another_set_of_readers_reads_again(ledger, file, opened, monkeypatch):
    ask(ledger, file())
    monkeypatch.setattr(module, "is_installed", lambda reader: False)
    ask(ledger, file())
    assert opened == ["a.png"] * 2


def test_a_header_that_cannot_be_read_is_tried_again(ledger, tmp_path, opened):
    (tmp_path / "a.png").write_bytes(b"not yet whole")
    assert ask(ledger, image_file(tmp_path / "a.png")) is None
    assert ask(ledger, image_file(tmp_path / "a.png")) is None
    assert opened == ["a.png"] * 2


@pytest.mark.parametrize(
    "answer", ["", "7", "[]", "[[], 1, 1]", '[[["x", 1]], 1, 1]', "[[[1, 1]], -1, 1]", "[" * 9999]
)
def test_a_damaged_answer_is_not_believed(ledger, file, opened, answer):
    first = ask(ledger, file())
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE headers SET answer = ?", (answer,))
    connection.close()
    assert ask(ledger, file()) == first
    assert opened == ["a.png"] * 2


@pytest.mark.parametrize("content", [b"", b"no database at all, of some length" * 100])
def test_without_a_ledger_that_can_be_read_files_are_opened(tmp_path, file, opened, content):
    (tmp_path / LEDGER).parent.mkdir()
    (tmp_path / LEDGER).write_bytes(content)
    headers = Headers(tmp_path)
    assert headers.probe(file()) is not None
    assert opened == ["a.png"]


def test_whether_a_file_without_ending_is_a_picture_is_remembered(ledger, tmp_path, photo):
    photo(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a")
    gone = ImageFile(str(tmp_path / "gone"), "gone", 7)
    headers = Headers(ledger.parents[1])
    assert headers.is_picture(image_file(tmp_path / "a"))
    assert not headers.is_picture(gone)
    with Ledger(ledger) as written:
        written.remember_headers(headers.new)
    again = Headers(ledger.parents[1])
    assert again.is_picture(image_file(tmp_path / "a"))
    assert again.new == []


@pytest.mark.parametrize("n_ahead", [4, 5, 7, 512])
def test_what_is_remembered_is_found_in_any_order(ledger, opened, monkeypatch, n_ahead):
    monkeypatch.setattr(module, "MAX_AHEAD", n_ahead)
    files = [
        ImageFile(f"/{name}", name, 7)
        for name in ("a", "b", "b2", "c", "caf\xe9", "d", "\U0001f600")
    ]
    known = [file for file in files if file.relative != "c"]
    with Ledger(ledger) as written:
        headers = Headers(ledger.parents[1])
        assert not any(headers.is_picture(file) for file in known)
        written.remember_headers(headers.new)
        written.remember_headers(
            told._replace(question="header", answer=f"[[[{width}, 1]], 1, 1]")
            for width, told in enumerate(headers.new, start=1)
        )
    widths = {file.relative: width for width, file in enumerate(known, start=1)}
    for order in (files, files[::-1], files[::2] + files[1::2], [files[2]] * 3 + files):
        headers = Headers(ledger.parents[1])
        for file in order:
            found = headers.probe(file)
            assert (found and found.sizes[0][0]) == widths.get(file.relative)
            assert not headers.is_picture(file)
        headers.close()
    assert set(opened) == {"c"}
