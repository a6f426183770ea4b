import contextlib
import dataclasses
import math
import os
import shutil
import sqlite3
import sys

import pytest
from builders import MADE, RESULT, beside, figures_of, output_of, variant_of
from older_ledgers import VARIANTS_OF_2, write_as

from batchquant.errors import StorageError, UsageError
from batchquant.files.digests import digest_of
from batchquant.metrics.registry import metrics
from batchquant.plan.records import PlannedImage, Settings
from batchquant.sources.source import ImageFile
from batchquant.steps.result import Written
from batchquant.store import Ledger, Output, key_of, records_of
from batchquant.store.drawn import OverviewRecord
from batchquant.store.headers import Remembered
from batchquant.store.records import result_of
from batchquant.store.tables import VERSION

PNG = "photos/a.jpg/a_k003_random.png"
VARIANT = variant_of(3, "random", "recipe", png=PNG)
OTHER = variant_of(5, "random", "recipe 5", png="photos/a.jpg/a_k005_random.png")
IMAGE = PlannedImage(
    job="",
    folder="photos",
    image="a.jpg",
    frame=0,
    takes_all=False,
    file=ImageFile("/photos/a.jpg", "a.jpg", 10, 20, 30),
    size=(1, 1),
    settings=Settings(0, 1, 1000, 0.0, 150.0),
    variants=(VARIANT, OTHER),
)


def records():
    return records_of(IMAGE, (VARIANT, OTHER), RESULT)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_written_is_read_again_bit_for_bit(tmp_path):
    path = tmp_path / "_run" / "ledger.sqlite"
    with Ledger(path) as ledger:
        assert dict(ledger.records) == {}
        ledger.write(records())
    with Ledger(path) as ledger:
        assert dict(ledger.records) == {record.key: record for record in records()}


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
        assert dict(ledger.records) == {record.key: record}
        assert [file.path for file in ledger.unplanned_outputs([])] == [PNG]
        assert ledger.find_ours([PNG, "a.pdf"]) == {PNG}


def test_notes_on_files_stand_with_those_that_are_wanted():
    outputs = {
        kind: Output(kind, 4, b"", note=note)
        for kind, note in (("png", None), ("pdf", "on white"), ("odd", "cut"))
    }
    made = dataclasses.replace(records()[0], notes="odd", outputs=outputs)
    assert made.notes_beside(["png"]) == "odd"
    assert made.notes_beside(["odd", "pdf"]) == "odd; on white; cut"
    assert dataclasses.replace(made, notes="").notes_beside(["png", "gpl"]) == ""


def test_a_later_result_takes_the_place_of_the_earlier(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(records())
        later = [dataclasses.replace(record, n_colors=2) for record in records()]
        ledger.write(later)
        assert list(ledger.records.values()) == later


def test_a_file_that_shows_something_older_is_known_but_not_current(tmp_path):
    made = records()[0]
    png, pdf = Output("a.png", 4, b"png"), Output("a.pdf", 5, b"pdf")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([dataclasses.replace(made, outputs={"png": png, "pdf": pdf})])
        without = dataclasses.replace(made, outputs={"png": png})
        ledger.write([without])
        assert dict(ledger.records) == {made.key: without}
        assert ledger.unplanned_outputs([]) == [pdf, png]


def test_a_file_belongs_to_the_variant_that_wrote_it_last(tmp_path):
    """Of two jobs, one named like the folder of the other."""
    first = records()[0]
    second = dataclasses.replace(first, job="photos", folder="a.jpg")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([first])
        ledger.write([second])
        outputs = {record.job: record.outputs for record in ledger.records.values()}
    assert outputs == {"": {}, "photos": second.outputs}


def test_what_is_forgotten_is_gone_unless_a_file_remains(tmp_path):
    made, failed = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made, failed])
        assert [file.path for file in ledger.unplanned_outputs([])] == [PNG]
        ledger.forget([])
        assert dict(ledger.records) == {made.key: made}
        assert ledger.unplanned_outputs([IMAGE]) == []  # asked again, of another plan
        ledger.unplanned_outputs([])
        ledger.forget([PNG])
        assert dict(ledger.records) == {}
        assert ledger.unplanned_outputs([]) == []


def test_who_looks_creates_nothing(tmp_path):
    with Ledger.look(tmp_path / "_run" / "ledger.sqlite") as ledger:
        assert dict(ledger.records) == {}
    assert listing(tmp_path) == {}
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(records())
    before = listing(tmp_path)
    with Ledger.look(tmp_path / "ledger.sqlite") as ledger:
        assert len(ledger.records) == 2
        with pytest.raises(StorageError, match="cannot be written"):
            ledger.write(records())
    assert listing(tmp_path) == before
    assert before.keys() == {"ledger.sqlite"}


def test_who_looks_sees_what_a_run_has_written_so_far(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as running:
        running.write(records()[:1])
        with Ledger.look(path) as ledger:
            assert len(ledger.records) == 1
        running.write(records()[1:])
        with Ledger.look(path) as ledger:
            assert len(ledger.records) == 2


def test_who_looks_sees_what_a_killed_run_has_left(tmp_path):
    with Ledger(tmp_path / "running" / "ledger.sqlite") as running:
        running.write(records())
        shutil.copytree(tmp_path / "running", tmp_path / "killed")
    before = listing(tmp_path / "killed")
    assert before.keys() == {"ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"}
    with Ledger.look(tmp_path / "killed" / "ledger.sqlite") as ledger:
        assert len(ledger.records) == 2
    assert listing(tmp_path / "killed").keys() == before.keys()


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_ledger_of_a_newer_version_is_refused(open_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match=f"in version 99, and this one reads {VERSION} at most"):
        open_ledger(path)


def test_a_ledger_of_version_1_begins_anew(tmp_path):
    """It knew no frames, and what it speaks of was made by other rules."""
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE variants (job TEXT, k INTEGER)")
        connection.execute("INSERT INTO variants VALUES ('', 3)")
        connection.execute("PRAGMA user_version = 1")
    with Ledger(path) as ledger:
        assert dict(ledger.records) == {}
        ledger.write(records())
    with Ledger(path) as ledger:
        assert len(ledger.records) == 2


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
            connection.execute(VARIANTS_OF_2)
            connection.executemany(f"INSERT INTO variants VALUES ({', '.join('?' * 32)})", values)
            connection.execute("PRAGMA user_version = 2")
        return path

    return write


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_ledger_of_version_2_is_taken_over(open_ledger, ledger_of_2):
    path = ledger_of_2(("", "a.jpg", 0, 4, None, None), ("", "b.jpg", 0, None, None, "unreadable"))
    with open_ledger(path) as ledger:
        made, failed = ledger.records.values()
    (expected, _) = records()
    outputs = {"png": Output(PNG, 4, None)}
    (expected,) = as_of_7([expected])
    assert made == dataclasses.replace(
        expected, source_ctime_ns=None, decoder=None, pixel_aspect=1.0, outputs=outputs
    )
    assert (failed.status, failed.error, failed.outputs) == ("failed", "unreadable", {})


def schema_of(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
        return sorted(row for row in found if not row[1].startswith("sqlite_"))


def test_a_ledger_that_was_taken_over_is_of_this_version(ledger_of_2, tmp_path):
    path = ledger_of_2(("", "a.jpg", 0, 4, 5, None))
    Ledger(tmp_path / "new.sqlite").__exit__()
    for _ in range(2):
        with Ledger(path) as ledger:
            assert len(ledger.unplanned_outputs([])) == 2
        assert schema_of(path) == schema_of(tmp_path / "new.sqlite")


@pytest.mark.parametrize("version", [4, 5, 6, 7])
def test_nothing_is_left_of_older_tables(version, tmp_path):
    change_done(tmp_path / "old.sqlite", "n_colors = 2", version)
    Ledger(tmp_path / "new.sqlite").__exit__()
    with Ledger(tmp_path / "old.sqlite") as ledger:
        assert [record.n_colors for record in ledger.records.values()] == [2, None]
    assert schema_of(tmp_path / "old.sqlite") == schema_of(tmp_path / "new.sqlite")


@pytest.mark.parametrize("version", [8, 9])
def test_a_ledger_that_knows_no_shared_palettes_goes_on(version, tmp_path):
    change_done(tmp_path / "old.sqlite", "n_colors = 2", version)
    with Ledger.look(tmp_path / "old.sqlite") as ledger:
        assert [record.shared_inertia for record in ledger.records.values()] == [None, None]
    shared = dataclasses.replace(records()[0], shared_inertia=7.5)
    for _ in range(2):
        with Ledger(tmp_path / "old.sqlite") as ledger:
            ledger.write([shared])
            assert ledger.records[shared.key] == shared


def test_the_files_of_version_2_are_known_by_their_names(ledger_of_2):
    path = ledger_of_2(
        ("day", "trip/cat.tar.png", 0, 4, 5, None),
        ("", "a.gif", 0, 6, None, None),
        ("", "a.gif", 1, 7, None, None),
    )
    with Ledger(path) as ledger:
        assert [output.path for output in ledger.unplanned_outputs([])] == [
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
    for open_ledger in (Ledger, Ledger.look):
        for ask in (len, dict, lambda known: known.get(records()[0].key)):
            with (
                pytest.raises(StorageError, match=r"cannot be \w+: .* away and run again"),
                open_ledger(path) as ledger,
            ):
                ask(ledger.records)


@pytest.mark.parametrize("ns", [2**63, 10_413_792_000 * 10**9, -(2**63) - 1, -1, 2**127])
def test_any_time_is_recorded(ns, tmp_path):
    made = dataclasses.replace(records()[0], source_mtime_ns=ns, source_ctime_ns=ns)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made])
        assert dict(ledger.records) == {made.key: made}


NO_TIMES = (
    "source_mtime_ns = 'yesterday'",
    "source_mtime_ns = '1x'",
    "source_ctime_ns = ''",
    "source_ctime_ns = '-5x'",
    "source_ctime_ns = '--5'",
    f"source_ctime_ns = '{'9' * 5000}'",
)
OTHER_TYPES = (
    "k = 'three'",
    "inertia = 'much'",
    "width = 1.5",
    "notes = x'00'",
    "mse = 'much'",
    "max_error = x'00'",
    "is_settled = 'yes'",
)
OF_FIGURES = ("delta_e = 'much'", "delta_e_version = 1.5", "mse_version = 'one'")


def change_done(path, change, version=VERSION):
    """Write a ledger of a version, in which the row of a variant that is done is changed by SQL."""
    with Ledger(path) as ledger:
        ledger.write(records())
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        if version != VERSION:
            write_as(connection, version)
        connection.execute(f"UPDATE variants SET {change} WHERE status = 'done'")


@pytest.mark.parametrize("change", NO_TIMES)
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_row_with_a_time_that_is_none_is_not_known(open_ledger, change, tmp_path):
    path = tmp_path / "ledger.sqlite"
    change_done(path, change)
    made, failed = records()
    with open_ledger(path) as ledger:
        for known in (ledger.records, ledger.settled):
            assert dict(known) == {failed.key: failed}
            assert (len(known), made.key in known, known.get(made.key)) == (1, False, None)


@pytest.mark.parametrize("change", [*OTHER_TYPES, *OF_FIGURES])
def test_no_cell_takes_what_its_column_does_not(change, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(sqlite3.IntegrityError, match="cannot store"):
        change_done(path, change)
    with Ledger.look(path) as ledger:
        assert list(ledger.records.values()) == records()


@pytest.mark.parametrize(
    ("version", "change"),
    [
        *((version, change) for version in (5, 6, 7) for change in (*NO_TIMES, *OTHER_TYPES)),
        *((4, change) for change in (*NO_TIMES[:2], *OTHER_TYPES[:-1])),  # it had no more columns
    ],
)
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_damaged_row_of_an_older_ledger_is_forgotten(open_ledger, version, change, tmp_path):
    path = tmp_path / "ledger.sqlite"
    change_done(path, change, version)
    with open_ledger(path) as ledger:
        assert [record.status for record in ledger.records.values()] == ["failed"]


def test_what_is_wrong_with_a_value_is_told_from_what_is_wrong_with_the_disk(tmp_path):
    made, failed = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for value in (2**63, "\udcff", object()):
            with pytest.raises(Exception, match=r".") as raised:
                ledger.write([failed, dataclasses.replace(made, mode=value, width=value)])
            assert not isinstance(raised.value, StorageError)
        assert dict(ledger.records) == {}


def test_what_is_about_to_be_written_is_ours_until_it_is_given_up(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.intend(["a.png", "b.png", PNG])
        ledger.write(records())
        assert ledger.read_intended() == ["a.png", "b.png"]  # the third is written
        assert ledger.find_ours(["a.png", PNG, "c.png"]) == {"a.png", PNG}
        ledger.forget_intended(["a.png"])
        assert ledger.find_ours(["a.png", "b.png"]) == {"b.png"}


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"])
def test_who_looks_does_not_wait_for_a_pipe(name, tmp_path):
    path = tmp_path / "ledger.sqlite"
    if name != path.name:
        with Ledger(path) as ledger:
            ledger.write(records())
    os.mkfifo(tmp_path / name)
    with pytest.raises(StorageError, match=f"{name} is a pipe, no file. Remove it."):
        Ledger.look(path)


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_file_that_is_no_ledger_is_refused(open_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match=r"cannot be opened: .* Move .*\* away and run again"):
        open_ledger(path)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 there")
def test_a_ledger_of_any_name_can_be_looked_at(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff %?#") / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    with Ledger.look(path) as ledger:
        assert len(ledger.records) == 2


def test_a_ledger_of_version_4_says_which_limits_decided(tmp_path):
    """In the words of its rows only; times were numbers."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write(records())
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as(connection, 4)
        (kind,) = connection.execute("SELECT DISTINCT typeof(source_mtime_ns) FROM variants")
        assert kind == ("integer",)
        connection.execute(
            "UPDATE variants SET notes = 'damaged, shown as far as it could be read: x' WHERE k = 3"
        )
    with Ledger(path) as ledger:
        made, failed = ledger.records.values()
        assert made.outputs == {"png": output_of(VARIANT, "png", recipe=None)}
    assert (made.truncated, failed.truncated) == ("accept", "fail")
    assert (made.source_mtime_ns, made.source_ctime_ns, made.is_settled) == (20, None, True)


def test_a_ledger_of_version_5_is_taken_over_as_it_is(tmp_path):
    path = tmp_path / "ledger.sqlite"
    limited = [dataclasses.replace(record, max_pixels=9, is_settled=False) for record in records()]
    with Ledger(path) as ledger:
        ledger.write(limited)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as(connection, 5)
    with Ledger(path) as ledger:
        found = list(ledger.records.values())
    assert found == [
        dataclasses.replace(record, decoder=None, pixel_aspect=1.0) for record in as_of_6(limited)
    ]


def as_of_7(known):
    """What a ledger of version 7 knew of records, and what follows from that."""
    names = ("mse", "psnr_db", "max_error")
    return [
        dataclasses.replace(
            record, figures={name: record.figures[name] for name in names if record.figures}
        )
        for record in known
    ]


def as_of_6(known):
    """What a ledger of version 6 knew of records."""
    return [
        dataclasses.replace(
            record,
            outputs={kind: file._replace(recipe=None) for kind, file in record.outputs.items()},
        )
        for record in as_of_7(known)
    ]


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_ledger_of_version_7_lacks_figures_of_metrics_that_came_later(open_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    made, failed = records()
    exact = dataclasses.replace(made, k=4, figures=figures_of(0.0), outputs={})
    with Ledger(path) as ledger:
        ledger.write([made, exact, failed])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as(connection, 7)
    for _ in range(2):
        with open_ledger(path) as ledger:
            assert list(ledger.records.values()) == as_of_7([made, exact, failed])
            assert ledger.records[exact.key].figures["psnr_db"] == math.inf


def test_a_figure_of_another_version_of_its_metric_is_not_known(tmp_path, monkeypatch):
    made, _ = records()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([made])
        monkeypatch.setattr(metrics()["delta_e"], "version", 2, raising=False)
        (found,) = ledger.records.values()
        assert found.figures.keys() == made.figures.keys() - {"delta_e"}
        ledger.write([dataclasses.replace(found, figures=made.figures)])
        (found,) = ledger.records.values()
        assert found == made


def test_a_metric_of_an_extension_gets_a_column_and_keeps_it(tmp_path, extended):
    made, _ = records()
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.write([made])
    extended("toy")
    with Ledger.look(path) as ledger:
        assert dict(ledger.records) == {made.key: made}
    with Ledger(path) as ledger:
        assert dict(ledger.records) == {made.key: made}
        further = dataclasses.replace(made, k=9, figures=made.figures | {"toy": 0.5}, outputs={})
        ledger.write([further])
        assert ledger.records[further.key] == further
    with contextlib.closing(sqlite3.connect(path)) as connection:
        told = connection.execute("SELECT toy, toy_version FROM variants ORDER BY k").fetchall()
    assert told == [(None, None), (0.5, 3)]


@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_ledger_goes_on_without_the_extension_that_gave_it_a_column(
    open_ledger, tmp_path, extended
):
    made, _ = records()
    path = tmp_path / "ledger.sqlite"
    extended("toy")
    with Ledger(path) as ledger:
        ledger.write([dataclasses.replace(made, figures=made.figures | {"toy": 0.5})])
    extended()
    with open_ledger(path) as ledger:
        assert dict(ledger.records) == {made.key: made}
    with Ledger(path) as ledger:
        ledger.write([made])
        assert dict(ledger.records) == {made.key: made}


@pytest.mark.parametrize("name", ["seed", "mse_version"])
def test_a_metric_named_as_another_column_is_refused(name, tmp_path, extended):
    extended(name)
    with pytest.raises(UsageError, match=f"found the name '{name}', which another column"):
        Ledger(tmp_path / "ledger.sqlite")


@pytest.mark.parametrize("notes", ["", "2 of 3 frames left out; odd"])
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
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
        write_as(connection, 6)
        (told,) = connection.execute("SELECT notes FROM variants WHERE k = 3").fetchone()
        assert told == (f"{notes}; " if notes else "") + "PDF laid onto #c0ffee"
    with open_ledger(path) as ledger:
        assert list(ledger.records.values()) == as_of_6([made, failed])
        assert [file.path for file in ledger.unplanned_outputs([])] == ["a.gpl", "a.pdf", PNG]
        ledger.write([made])
        assert ledger.records[made.key] == made


@pytest.mark.parametrize("knows_headers", [False, True])
@pytest.mark.parametrize("open_ledger", [Ledger, Ledger.look])
def test_a_ledger_of_version_7_is_taken_over_with_all_that_it_knew(
    open_ledger, knows_headers, tmp_path
):
    path = tmp_path / "ledger.sqlite"
    late = dataclasses.replace(records()[0], source_mtime_ns=2**63, decoder=2, max_pixels=9)
    left_out = {"pdf": output_of(beside(VARIANT, pdf="a.pdf"), "pdf", size_bytes=-1, note="odd")}
    late = dataclasses.replace(late, left_out=left_out, is_settled=False)
    sheet = {"sheet_png": Output("a_sheet.png", 4, b"1")}
    overview = OverviewRecord("", "photos", "a.jpg", 0, "ab", None, 0.5, sheet)
    with Ledger(path) as ledger:
        ledger.write([late, records()[1]])
        ledger.write_overview(overview)
        ledger.intend(["a.png"])
        ledger.remember_headers([Remembered("/a.jpg", "header", "10 20", "[]")])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        write_as(connection, 7)
        if not knows_headers:  # as before its end
            connection.execute("DROP TABLE headers")
    with open_ledger(path) as ledger:
        assert list(ledger.records.values()) == as_of_7([late, records()[1]])
        assert list(ledger.settled.values()) == as_of_7(records()[1:])
        assert dict(ledger.drawn) == {overview.key: overview}
        assert ledger.read_intended() == ["a.png"]
        assert len(ledger.kept_images()) == 0
        (n_headers,) = ledger._connection.execute("SELECT count(*) FROM headers").fetchone()
        assert n_headers == knows_headers
