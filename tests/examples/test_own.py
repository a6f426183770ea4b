"""Which reports and pages are ours."""

import os

import pytest

from batchquant.errors import ImageError, UsageError
from batchquant.report.own import (
    find_in_the_way,
    is_ours,
    publish_own,
    refuse_what_is_in_the_way,
)

PAGE = "<!doctype html>\n<title>1,024 images in few colors \N{EN DASH} batchquant</title>\n"
FOOTER = b"\x18\nbatchquant\x18\x06report\0\x18 made by pyarrow\0\x01\0\0PAR1"
HEADER = b"job,folder,image,frame,k\r\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("report.csv", HEADER, True),
        ("report.csv", b"job,folder,image,source_sha256,width\r\n", True),  # of the first version
        ("report.csv", b"\xef\xbb\xbf" + HEADER, True),  # saved by a spreadsheet
        ("report.csv", b"name,job,folder,image\r\n", False),
        ("report.csv", b"", False),
        ("report.json", b'[\n{"job": "", "folder": "photos", "image": "a.png"', True),
        ("report.json", b'[{"job":"night","folder":"photos"', True),
        ("report.json", b'{"job": "", "folder": "photos"}', False),
        ("report.json", b"[]", False),
        ("report.parquet", b"PAR1" + b"\0" * 20_000 + FOOTER, True),
        ("report.parquet", b"PAR1" + b"\0" * 20_000 + FOOTER[:-4], False),  # it breaks off
        ("report.parquet", FOOTER + b"\0" * 20_000 + b"PAR1", False),
        ("report.parquet", b"PAR1\0PAR1", False),
        ("index.html", PAGE.encode(), True),
        ("index.html", PAGE.replace("in few", "in a few").encode(), True),  # as it is now
        ("index.html", b"<title>batchquant</title>", False),
        ("index.html", b" " * 10_000 + PAGE.encode(), False),
    ],
)
def test_what_is_ours_carries_our_mark(name, content, expected, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert is_ours(tmp_path / name) is expected
    assert find_in_the_way(tmp_path, [name]) == ([] if expected else [name])


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("nothing")])
def test_what_is_no_file_is_not_ours(make, tmp_path):
    make(tmp_path / "report.csv")
    assert find_in_the_way(tmp_path, ["report.csv", "index.html"]) == ["report.csv"]


def test_a_folder_is_never_replaced(tmp_path):
    (tmp_path / "index.html").mkdir()
    for may_replace in (False, True):
        with pytest.raises(UsageError, match="there is a folder that batchquant did not write"):
            refuse_what_is_in_the_way(tmp_path, ["index.html"], may_replace=may_replace)


def test_what_comes_while_a_run_goes_on_stays(tmp_path):
    refuse_what_is_in_the_way(tmp_path, ["report.csv"])
    (tmp_path / "report.csv").write_text("theirs")
    with pytest.raises(ImageError, match=r"^blocked: "):
        publish_own(tmp_path, "report.csv", HEADER)
    assert (tmp_path / "report.csv").read_text() == "theirs"
    publish_own(tmp_path, "report.csv", HEADER, may_replace=True)
    publish_own(tmp_path, "report.csv", HEADER + b"more")  # it is ours by now
    assert (tmp_path / "report.csv").read_bytes() == HEADER + b"more"
