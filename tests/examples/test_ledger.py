import contextlib
import dataclasses
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from builders import beside, output_of, variant_of, write_as_6

from batchquant.errors import StorageError
from batchquant.files.digests import digest_of
from batchquant.plan.records import PlannedImage, Settings
from batchquant.sources.local import ImageFile
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.store import Ledger, Output, key_of, records_of
from batchquant.store.records import result_of
from batchquant.store.tables import COLUMNS_OF_2, VERSION

MADE = VariantResult(
    seed=1,
    n_iter=2,
    converged=True,
    inertia=0.1 + 0.2,
    mse=float("1e-300"),
    max_error=1.5,
    n_colors=3,
    files={"png": Written(4, digest_of(b"1234"), is_exact=True)},
    cluster_s=0.5,
    encode_s=0.25,
)
PNG = "photos/a.jpg/a_k003_random.png"
VARIANT = variant_of(3, "random", "recipe", png=PNG)
OTHER = variant_of(5, "random", "recipe 5", png="photos/a.jpg/a_k005_random.png")
IMAGE = PlannedImage(
    job="",
    folder="photos",
    image="a.jpg",
    frame=0,
    takes_all=False,
    file=ImageFile(Path("/photos/a.jpg"), "a.jpg", 10, 20, 30),
    size=(1, 1),
    settings=Settings(0, 1, 1000, 0.0, 150.0),
    variants=(VARIANT, OTHER),
)
RESULT = TaskResult(
    index=0,
    size_bytes=10,
    mtime_ns=20,
    ctime_ns=30,
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
    pixel_aspect=98 / 204,
)


def records():
    return records_of(IMAGE, (VARIANT, OTHER), RESULT)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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
    assert made.outputs == {"png": output_of(VARIANT, "png")}
    assert (failed.status, failed.error, failed.inertia) == ("failed", "unreadable: x", None)
    assert failed.outputs == {}
    assert made.key == key_of(IMAGE, VARIANT) == ("", "photos", "a.jpg", 0, 3, "random")


def test_a_result_comes_out_of_its_records_again():
    done = dataclasses.replace(RESULT, error=None, variants=(MADE,))
    assert result_of(records_of(IMAGE, (VARIANT,), done)) == dataclasses.replace(done, index=0)


def test_what_a_format_could_not_hold_is_known_and_is_no_file(tmp_path):
    variant = beside(VARIANT, pdf="a.pdf")
    left_out = Written(-1, None, note="too_large: x")
    files = {"png": Written(4, digest_of(b"1234"), is_exact=True), "pdf": left_out}
    result = dataclasses.replace(RESULT, error=None, variants=(MADE._replace(files=files),))
    (record,) = records_of(IMAGE, (variant,), result)
    assert record.outputs == {"png": output_of(variant, "png")}
    assert record.left_out == {"pdf": Output("a.pdf", *left_out, recipe="recipe pdf")}
    assert result_of([record]) == result
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([record])
        assert ledger.read() == {record.key: record}
        assert [file.path for file in ledger.read_outputs()] == [PNG]
        assert ledger.find_ours([PNG, "a.pdf"]) == {PNG}


def test_notes_on_files_stand_with_those_that_are_wanted():
    outputs = {
        kind: Output(kind, 4, b"", note=note)
        for kind, note in (("png", None), ("pdf", "on white"), ("odd", "cut"))
    }
    made = dataclasses.replace(records()[0], notes="odd", outputs=outputs)
    assert made.notes_beside(["png"]) == "odd"
    assert made.notes_beside(["odd", "pdf"]) == "odd; cut; on white"
    assert dataclasses.replace(made, notes="").notes_beside(["png", "gpl"]) == ""


def test_a_later_result_takes_the_place_of_the_earlier(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(records())
        later = [dataclasses.replace(record, n_colors=2) for record in records()]
        ledger.write(later)
        assert list(ledger.read().values()) == later


def test_a_file_that_shows_something_older_is_known_but_not_current(tmp_path):
    made = records()[0]
    png, pdf = Output("a.png", 4, b"png"), Output("a.pdf", 5, b"pdf")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([dataclasses.replace(made, outputs={"png": png, "pdf": pdf})])
        without = dataclasses.replace(made, outputs={"png": png})
        ledger.write([without])
        assert ledger.read() == {made.key: without}
        assert ledger.read_outputs() == [pdf, png]


def test_a_file_belongs_to_the_variant_that_wrote_it_last(tmp_path):
    """Of two jobs, one named like the folder of the other."""
    first = records()[0]
    second = dataclasses.replace(first, job="photos", folder="a.jpg")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([first])
        ledger.write([second])
        outputs = {record.job: record.outputs for record in ledger.read().values()}
    assert outputs == {"": {}, "photos": second.outputs}


def test_what_is_forgotten_is_gone_unless_a_file_remains(tmp_path):
    made, failed = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made, failed])
        ledger.forget([], [made.key, failed.key])
        assert ledger.read() == {made.key: made}
        ledger.forget([PNG], [made.key])
        assert (ledger.read(), ledger.read_outputs()) == ({}, [])


def test_a_copy_creates_nothing(tmp_path):
    with Ledger.copy_of(tmp_path / "_run" / "ledger.sqlite") as ledger:
        assert ledger.read() == {}
    assert listing(tmp_path) == {}
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(records())
    before = listing(tmp_path)
    with Ledger.copy_of(tmp_path / "ledger.sqlite") as ledger:
        assert len(ledger.read()) == 2
        ledger.write([dataclasses.replace(record, k=9) for record in records()])
    assert listing(tmp_path) == before
    assert before.keys() == {"ledger.sqlite"}


def test_a_copy_has_what_a_run_has_written_so_far(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as running:
        running.write(records()[:1])
        with Ledger.copy_of(path) as ledger:
            assert len(ledger.read()) == 1
        running.write(records()[1:])
        with Ledger.copy_of(path) as ledger:
            assert len(ledger.read()) == 2


def test_a_copy_of_what_a_killed_run_has_left(tmp_path):
    with Ledger(tmp_path / "running" / "ledger.sqlite") as running:
        running.write(records())
        shutil.copytree(tmp_path / "running", tmp_path / "killed")
    before = listing(tmp_path / "killed")
    assert before.keys() == {"ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"}
    with Ledger.copy_of(tmp_path / "killed" / "ledger.sqlite") as ledger:
        assert len(ledger.read()) == 2
    assert listing(tmp_path / "killed").keys() == before.keys()


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.copy_of])
def test_a_ledger_of_a_newer_version_is_refused(open_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(
        StorageError, match=f"found a ledger of version 99, expected {VERSION} at most"
    ):
        open_ledger(path)


def test_a_ledger_of_version_1_begins_anew(tmp_path):
    """It knew no frames, and what it speaks of was made by other rules."""
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE variants (job TEXT, k INTEGER)")
        connection.execute("INSERT INTO variants VALUES ('', 3)")
        connection.execute("PRAGMA user_version = 1")
    with Ledger(path) as ledger:
        assert ledger.read() == {}
        ledger.write(records())
    with Ledger(path) as ledger:
        assert len(ledger.read()) == 2


TABLE_OF_2 = """
CREATE TABLE variants (
    job TEXT NOT NULL, folder TEXT NOT NULL, image TEXT NOT NULL, frame INTEGER NOT NULL,
    k INTEGER NOT NULL, init TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')), error TEXT,
    fingerprint TEXT NOT NULL, source_path TEXT NOT NULL, source_size_bytes INTEGER NOT NULL,
    source_mtime_ns INTEGER NOT NULL, source_sha256 TEXT, width INTEGER, height INTEGER,
    distinct_colors INTEGER, source_format TEXT, mode TEXT, notes TEXT, seed INTEGER,
    n_iter INTEGER, converged INTEGER, inertia REAL, mse REAL, max_error REAL, n_colors INTEGER,
    png_bytes INTEGER, pdf_bytes INTEGER, decode_s REAL NOT NULL, cluster_s REAL, encode_s REAL,
    peak_memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (job, folder, image, frame, k, init)
)
"""


SOURCE = ("recipe", "/photos/a.jpg", 10, 20, "ab", 1, 1, 1, "JPEG", "RGB", "")
FIGURES = (1, 2, 1, 0.1 + 0.2, 1e-300, 1.5, 3)


@pytest.fixture
def ledger_of_2(tmp_path):
    """Write a ledger as version 2 did: rows of job, image, frame, PNG and PDF size, or error."""

    def write(*rows):
        path = tmp_path / "ledger.sqlite"
        values = [
            (
                *(job, "photos", image, frame, 3, "random", "failed" if error else "done", error),
                *SOURCE,
                *FIGURES,
                *(png, pdf, 0.125, 0.5, 0.25, 7),
            )
            for job, image, frame, png, pdf, error in rows
        ]
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(TABLE_OF_2)
            connection.executemany(f"INSERT INTO variants VALUES ({', '.join('?' * 32)})", values)
            connection.execute("PRAGMA user_version = 2")
        return path

    return write


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.copy_of])
def test_a_ledger_of_version_2_is_taken_over(open_ledger, ledger_of_2):
    path = ledger_of_2(("", "a.jpg", 0, 4, None, None), ("", "b.jpg", 0, None, None, "unreadable"))
    with open_ledger(path) as ledger:
        made, failed = ledger.read().values()
    (expected, _) = records()
    outputs = {"png": Output(PNG, 4, None)}
    assert made == dataclasses.replace(
        expected, source_ctime_ns=None, decoder=None, pixel_aspect=1.0, outputs=outputs
    )
    assert (failed.status, failed.error, failed.outputs) == ("failed", "unreadable", {})


def test_a_ledger_that_was_taken_over_is_of_this_version(ledger_of_2):
    path = ledger_of_2(("", "a.jpg", 0, 4, 5, None))
    for _ in range(2):
        with Ledger(path) as ledger:
            assert len(ledger.read_outputs()) == 2
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        assert sorted(tables) == [
            ("headers",),
            ("intended",),
            ("outputs",),
            ("overviews",),
            ("variants",),
        ]


def test_the_files_of_version_2_are_known_by_their_names(ledger_of_2):
    path = ledger_of_2(
        ("day", "trip/cat.tar.png", 0, 4, 5, None),
        ("", "a.gif", 0, 6, None, None),
        ("", "a.gif", 1, 7, None, None),
    )
    with Ledger(path) as ledger:
        assert [output.path for output in ledger.read_outputs()] == [
            "day/photos/trip/cat.tar.png/cat.tar_k003_random.pdf",
            "day/photos/trip/cat.tar.png/cat.tar_k003_random.png",
            "photos/a.gif/a_f000_k003_random.png",
            "photos/a.gif/a_f001_k003_random.png",
        ]


def test_a_damaged_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    content = bytearray(path.read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)
    path.write_bytes(content)
    for open_ledger in (Ledger, Ledger.copy_of):
        with pytest.raises(StorageError, match=r"cannot be opened: .* away and run again"):
            open_ledger(path)


@pytest.mark.parametrize("ns", [2**63, 10_413_792_000 * 10**9, -(2**63) - 1, -1, 2**127])
def test_any_time_is_recorded(ns, tmp_path):
    made = dataclasses.replace(records()[0], source_mtime_ns=ns, source_ctime_ns=ns)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made])
        assert ledger.read() == {made.key: made}


@pytest.mark.parametrize(
    "change",
    [
        "k = 'three'",
        "inertia = 'much'",
        "width = 1.5",
        "notes = x'00'",
        "source_mtime_ns = 'yesterday'",
        "source_mtime_ns = '1x'",
        "source_ctime_ns = ''",
        "source_ctime_ns = '-5x'",
        "source_ctime_ns = '--5'",
        f"source_ctime_ns = '{'9' * 5000}'",
        "is_settled = 'yes'",
    ],
)
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.copy_of])
def test_a_row_with_a_damaged_cell_is_forgotten(open_ledger, change, tmp_path):
    path = tmp_path / "ledger.sqlite"
    made, failed = records()
    with Ledger(path) as ledger:
        ledger.write([made, failed])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE variants SET {change} WHERE status = 'done'")
    with open_ledger(path) as ledger:
        assert ledger.read() == {failed.key: failed}


def test_what_is_wrong_with_a_value_is_told_from_what_is_wrong_with_the_disk(tmp_path):
    made, failed = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for value in (2**63, "\udcff", object()):
            with pytest.raises(Exception, match=r".") as raised:
                ledger.write([failed, dataclasses.replace(made, mode=value, width=value)])
            assert not isinstance(raised.value, StorageError)
        assert ledger.read() == {}


def test_what_is_about_to_be_written_is_ours_until_it_is_given_up(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.intend(["a.png", "b.png", PNG])
        ledger.write(records())
        assert ledger.read_intended() == ["a.png", "b.png"]  # the third is written
        assert ledger.find_ours(["a.png", PNG, "c.png"]) == {"a.png", PNG}
        ledger.forget_intended(["a.png"])
        assert ledger.find_ours(["a.png", "b.png"]) == {"b.png"}


def test_what_a_review_doubts_is_not_settled_until_it_is_written_again(tmp_path):
    made, failed = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made, failed])
        ledger.unsettle([made.key])
        assert [record.is_settled for record in ledger.read().values()] == [False, True]
        ledger.write([made])
        assert [record.is_settled for record in ledger.read().values()] == [True, True]


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"])
def test_a_copy_does_not_wait_for_a_pipe(name, tmp_path):
    path = tmp_path / "ledger.sqlite"
    if name != path.name:
        with Ledger(path) as ledger:
            ledger.write(records())
    os.mkfifo(tmp_path / name)
    with pytest.raises(StorageError, match=f"found a pipe as {name}, expected a file. Remove it."):
        Ledger.copy_of(path)


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.copy_of])
def test_a_file_that_is_no_ledger_is_refused(open_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match=r"cannot be opened: .* Move .*\* away and run again"):
        open_ledger(path)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 there")
def test_a_copy_of_a_ledger_of_any_name(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff %?#") / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    with Ledger.copy_of(path) as ledger:
        assert len(ledger.read()) == 2


def test_a_ledger_of_version_4_says_which_limits_decided(tmp_path):
    """In the words of its rows only; times were numbers."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as_6(connection)
        connection.execute(f"CREATE TABLE older AS SELECT {COLUMNS_OF_2} FROM variants")
        connection.execute("DROP TABLE variants")
        connection.execute("DROP TABLE intended")
        connection.execute("ALTER TABLE older RENAME TO variants")
        connection.execute("UPDATE variants SET source_mtime_ns = 20")
        connection.execute(
            "UPDATE variants SET notes = 'damaged, shown as far as it could be read: x' WHERE k = 3"
        )
        connection.execute("PRAGMA user_version = 4")
    with Ledger(path) as ledger:
        made, failed = ledger.read().values()
        assert made.outputs == {"png": output_of(VARIANT, "png", recipe=None)}
    assert (made.truncated, failed.truncated) == ("accept", "fail")
    assert (made.source_mtime_ns, made.source_ctime_ns, made.is_settled) == (20, None, True)


def test_a_ledger_of_version_5_is_taken_over_as_it_is(tmp_path):
    path = tmp_path / "ledger.sqlite"
    limited = [dataclasses.replace(record, max_pixels=9, is_settled=False) for record in records()]
    with Ledger(path) as ledger:
        ledger.write(limited)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as_6(connection)
        for column in ("decoder", "pixel_aspect"):
            connection.execute(f"ALTER TABLE variants DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 5")
    with Ledger(path) as ledger:
        found = list(ledger.read().values())
    assert found == [
        dataclasses.replace(record, decoder=None, pixel_aspect=1.0) for record in as_of_6(limited)
    ]


def as_of_6(known):
    """What a ledger of version 6 knew of records."""
    return [
        dataclasses.replace(
            record,
            outputs={kind: file._replace(recipe=None) for kind, file in record.outputs.items()},
        )
        for record in known
    ]


@pytest.mark.parametrize("notes", ["", "2 of 3 frames left out; odd"])
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.copy_of])
def test_a_ledger_of_version_6_knew_notes_on_pictures_only(open_ledger, notes, tmp_path):
    path = tmp_path / "ledger.sqlite"
    variant = beside(VARIANT, pdf="a.pdf", gpl="a.gpl")
    outputs = {kind: output_of(variant, kind) for kind in variant.outputs}
    outputs["pdf"] = outputs["pdf"]._replace(note="PDF laid onto #c0ffee")
    made, failed = records()
    made = dataclasses.replace(made, notes=notes, outputs=outputs)
    with Ledger(path) as ledger:
        ledger.write([made, failed])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as_6(connection)
        (told,) = connection.execute("SELECT notes FROM variants WHERE k = 3").fetchone()
        assert told == (f"{notes}; " if notes else "") + "PDF laid onto #c0ffee"
    with open_ledger(path) as ledger:
        assert list(ledger.read().values()) == as_of_6([made, failed])
        assert [file.path for file in ledger.read_outputs()] == ["a.gpl", "a.pdf", PNG]
        ledger.write([made])
        assert ledger.read()[made.key] == made
