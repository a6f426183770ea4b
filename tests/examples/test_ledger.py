import dataclasses
import sqlite3
from pathlib import Path

import pytest

from batchquant.discovery import ImageFile
from batchquant.errors import StorageError
from batchquant.ledger import Ledger, is_settled, key_of, records_of
from batchquant.outcome import TaskResult, VariantResult
from batchquant.plan.records import PlannedImage, Settings, Variant

MADE = VariantResult(
    seed=1,
    n_iter=2,
    converged=True,
    inertia=0.1 + 0.2,
    mse=float("1e-300"),
    max_error=1.5,
    n_colors=3,
    png_bytes=4,
    pdf_bytes=None,
    cluster_s=0.5,
    encode_s=0.25,
)
VARIANT = Variant(3, "random", "fingerprint", "photos/a.jpg/a_k003_random.png", None)
OTHER = Variant(5, "random", "fingerprint 5", "photos/a.jpg/a_k005_random.png", None)
IMAGE = PlannedImage(
    job="",
    folder="photos",
    image="a.jpg",
    frame=0,
    file=ImageFile(Path("/photos/a.jpg"), "a.jpg", 10, 20),
    size=(1, 1),
    settings=Settings(0, 1, 1000, 0.0, 150.0),
    variants=(VARIANT, OTHER),
)
RESULT = TaskResult(
    index=0,
    size_bytes=10,
    mtime_ns=20,
    source_sha256="ab",
    width=1,
    height=1,
    distinct_colors=1,
    source_format="JPEG",
    mode="RGB",
    notes="",
    decode_s=0.125,
    peak_memory_bytes=7,
    error="unreadable: x",
    variants=(MADE, None),
)


def records():
    return records_of(IMAGE, (VARIANT, OTHER), RESULT)


@pytest.fixture
def output(tmp_path):
    path = tmp_path / VARIANT.png
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1234")
    return tmp_path


def test_what_is_written_is_read_again_bit_for_bit(tmp_path):
    path = tmp_path / "_run" / "ledger.sqlite"
    with Ledger(path) as ledger:
        assert ledger.read() == {}
        ledger.write(records())
    with Ledger(path) as ledger:
        assert ledger.read() == {record.key: record for record in records()}


def test_made_and_failed_variants_are_told_apart():
    made, failed = records()
    assert (made.status, made.error, made.inertia) == ("done", None, 0.1 + 0.2)
    assert (failed.status, failed.error, failed.inertia) == ("failed", "unreadable: x", None)
    assert made.key == key_of(IMAGE, VARIANT) == ("", "photos", "a.jpg", 0, 3, "random")


def test_a_later_result_takes_the_place_of_the_earlier(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(records())
        later = [dataclasses.replace(record, n_colors=2) for record in records()]
        ledger.write(later)
        assert list(ledger.read().values()) == later


def test_a_variant_with_its_output_is_settled(output):
    assert is_settled(records()[0], IMAGE, VARIANT, output)


def test_a_failure_is_settled_until_something_changes(output):
    failed = records()[1]
    assert is_settled(failed, IMAGE, OTHER, output)
    newer = dataclasses.replace(IMAGE, file=dataclasses.replace(IMAGE.file, mtime_ns=21))
    assert not is_settled(failed, newer, OTHER, output)


@pytest.mark.parametrize(
    "change", [{"size_bytes": 11}, {"mtime_ns": 21}, {"path": Path("/other/a.jpg")}]
)
def test_a_changed_source_is_not_settled(change, output):
    image = dataclasses.replace(IMAGE, file=dataclasses.replace(IMAGE.file, **change))
    assert not is_settled(records()[0], image, VARIANT, output)


@pytest.mark.parametrize(
    "change",
    [
        {"source_sha256": None, "error": "unreadable: Permission denied"},
        {"error": "too_large: not enough memory to decode it"},
        {"error": "internal: KeyError: 3"},
    ],
)
def test_a_failure_that_may_pass_is_tried_again(change, output):
    failed = dataclasses.replace(records()[1], **change)
    assert not is_settled(failed, IMAGE, OTHER, output)


@pytest.mark.parametrize("change", [{"fingerprint": "other"}, {"pdf": "photos/a.jpg/a.pdf"}])
def test_a_changed_wish_is_not_settled(change, output):
    variant = dataclasses.replace(VARIANT, **change)
    assert not is_settled(records()[0], IMAGE, variant, output)


def test_a_missing_or_cut_output_is_not_settled(output):
    (output / VARIANT.png).write_bytes(b"123")
    assert not is_settled(records()[0], IMAGE, VARIANT, output)
    (output / VARIANT.png).unlink()
    assert not is_settled(records()[0], IMAGE, VARIANT, output)
    assert not is_settled(None, IMAGE, VARIANT, output)


def test_a_ledger_of_another_version_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="found a ledger of version 99, expected 2"):
        Ledger(path)


def test_a_ledger_of_version_1_begins_anew(tmp_path):
    """It knew no frames, and what it speaks of was made by other rules."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE variants (job TEXT, k INTEGER)")
        connection.execute("INSERT INTO variants VALUES ('', 3)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with Ledger(path) as ledger:
        assert ledger.read() == {}
        ledger.write(records())
    with Ledger(path) as ledger:
        assert len(ledger.read()) == 2


def test_a_damaged_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    content = bytearray(path.read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)
    path.write_bytes(content)
    with Ledger(path) as ledger, pytest.raises(StorageError, match="cannot be read"):
        ledger.read()


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match="cannot be opened"):
        Ledger(path)
