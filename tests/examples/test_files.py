"""Names that may stand for anything by now."""

import errno
import os
from pathlib import Path

import pytest

from batchquant.files import opening
from batchquant.files.names import escape, printable
from batchquant.files.opening import open_regular, read_regular, rename_if_free


def test_a_file_is_read_as_a_whole_or_in_part(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    assert read_regular(tmp_path / "a") == b"content"
    assert read_regular(tmp_path / "a", 3) == b"con"


def n_open():
    return len(list(Path("/dev/fd").iterdir()))


@pytest.mark.parametrize(
    ("make", "code", "told"),
    [
        (os.mkfifo, errno.EINVAL, "Is a pipe, no regular file"),
        (os.mkdir, errno.EISDIR, "Is a folder, no regular file"),
        (lambda path: path.symlink_to("/dev/null"), errno.EINVAL, "Is a device, no regular file"),
        (lambda path: None, errno.ENOENT, "No such file or directory"),
    ],
)
def test_nobody_waits_for_what_is_no_file(make, code, told, tmp_path):
    make(tmp_path / "a")
    before = n_open()
    with pytest.raises(OSError, match=told) as raised:
        open_regular(tmp_path / "a")
    assert raised.value.errno == code
    assert n_open() == before


@pytest.fixture(params=["by the system", "by hand"])
def rename(request, monkeypatch):
    """Rename where the system can do it in one step, and where it cannot."""
    if request.param == "by hand":

        class Library:
            def __init__(self, *arguments, **options):
                pass

        monkeypatch.setattr(opening.ctypes, "CDLL", Library)
    return rename_if_free


def test_a_free_name_is_given(rename, tmp_path):
    (tmp_path / "a").write_text("a")
    rename(tmp_path / "a", tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("nothing")])
def test_a_name_that_is_taken_stays(rename, make, tmp_path):
    (tmp_path / "a").write_text("a")
    make(tmp_path / "b")
    before = (tmp_path / "b").lstat()
    with pytest.raises(FileExistsError):
        rename(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").lstat() == before
    assert (tmp_path / "a").read_text() == "a"


def test_what_cannot_be_renamed_is_told(rename, tmp_path):
    with pytest.raises(FileNotFoundError):
        rename(tmp_path / "missing", tmp_path / "b")


def test_names_are_told_in_one_line_and_in_unicode():
    assert escape("Grüße\n\x1b]0;title\x07.png") == r"Grüße\n\x1b]0;title\x07.png"
    assert escape("wide\u3000 space") == "wide\u3000 space"
    assert printable("caf\udce9 写真.png") == r"caf\xe9 写真.png"
