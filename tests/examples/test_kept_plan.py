"""What runs left in an output folder, read by those who have nothing else."""

import contextlib
import dataclasses
import shutil
import sqlite3
from pathlib import Path

import pytest
from builders import decibels, drafted, row_of, sweep_of
from older_ledgers import write_as
from test_ledger import RESULT

from batchquant.errors import NoRunError, StorageError
from batchquant.files.stored import as_json, entries
from batchquant.metrics.target import Target
from batchquant.plan.records import Plan
from batchquant.plan.wording import Wording
from batchquant.store import LEDGER, Ledger, Output, OverviewRecord, records_of
from batchquant.store.cells import read_cells
from batchquant.store.kept_plan import PLAN_FILE, open_kept, plan_json, read_plan
from batchquant.store.reading import overviews_of

NOT_UTF_8 = "caf\udce9.jpg"  # what the operating system gives for a byte 0xe9
BY_PALETTE = sweep_of(
    *("png", "gpl", "hex"),
    k=(3,),
    book=True,
    target=decibels(32.0),
    n_init=2,
    tol=0.1,
    dpi="source",
    reduce=9,
    palette=((1, 2, 3),),
)
IMAGES = (
    (sweep_of("png", "pdf"), row_of("a.jpg", job="day")),
    (sweep_of("png", "pdf"), row_of("A.jpg", job="day")),
    (sweep_of("png", "pdf"), row_of("late.jpg", job="day", mtime_ns=2**63, ctime_ns=-(2**70))),
    (
        BY_PALETTE,
        row_of(
            r"caf\xe9.jpg",
            job="night",
            place=f"/photos/{NOT_UTF_8}",
            relative=NOT_UTF_8,
            width=None,
            height=None,
            refusal="bad_name: x",
        ),
    ),
    *((BY_PALETTE, row_of("a.gif", job="night", frame=n, takes_all=True)) for n in range(3)),
    (sweep_of(), row_of("gone.jpg", job="night", absent="source not looked at: x", ctime_ns=None)),
    (sweep_of(), row_of("new.psd", job="night", since=3, drawn_since=2)),
)
WORDING = Wording("odd\udce9.yaml", (("seed", "7"),), (("night", (("k", "3"),)), ("day", ())))
WHAT_ELSE = {
    "left_out": (("night", "/a.txt"), ("day", f"/photos/{NOT_UTF_8}")),
    "warnings": (("night", "odd"),),
    "wording": WORDING,
    "absent": (("night", "/gone", "it holds no file"),),
}


def plan_in(output):
    return dataclasses.replace(drafted(*IMAGES, output=output), **WHAT_ELSE)


def kept_in(output):
    """What a run leaves: plan and ledger, in which one variant is done and one has failed."""
    plan = plan_in(output)
    image = plan.images[0]
    made = dataclasses.replace(RESULT, error="unreadable: x")
    drawn = OverviewRecord(
        *(*image.key, "fingerprint", None, 0.5),
        {"thumbnail": Output("_run/a.jpg", 3, b"1")},
    )
    with Ledger(output / LEDGER) as ledger:
        ledger.take_plan(plan.images)
        ledger.write(records_of(image, image.variants, made))
        ledger.write_overview(drawn)
    (output / "_run" / "plan.json").write_bytes(plan_json(plan))
    return plan


def as_list(plan):
    return dataclasses.replace(plan, images=tuple(plan.images))


def test_a_plan_comes_back_as_it_was(tmp_path):
    plan = kept_in(tmp_path)
    with open_kept(tmp_path) as kept:
        assert as_list(kept.known.plan) == as_list(plan)
        assert len(kept.known.plan.images) == len(IMAGES)
        assert kept.known.plan.images[3].file.place == f"/photos/{NOT_UTF_8}"


def test_what_is_settled_and_drawn_comes_with_it(tmp_path):
    plan = kept_in(tmp_path)
    image = plan.images[0]
    with open_kept(tmp_path) as kept:
        assert [record.status for record in kept.known.settled.values()] == ["done", "failed"]
        assert list(kept.known.drawn) == [image.key]
        keys = [image.key for image in plan.images]
        assert overviews_of(kept.known.drawn, keys) == [
            kept.known.drawn[image.key], *[None] * (len(keys) - 1)
        ]  # fmt: skip


def test_cells_are_those_of_records(tmp_path):
    plan = kept_in(tmp_path)
    columns = ("status", "recipe", "psnr_db", "of_nobody")
    with open_kept(tmp_path) as kept:
        images, settled, _ = kept.known
        of_tables = list(read_cells(images, settled, columns))
        of_records = list(read_cells(as_list(plan), dict(settled), columns))
        part = list(read_cells(images, settled, columns, positions=slice(2, 5)))
    assert [told_by(cells) for cells in of_tables] == [told_by(cells) for cells in of_records]
    assert [row and row[0] for row in of_tables[0].rows] == ["done", "failed"]
    assert of_tables[1].rows == [None, None]
    assert part == of_tables[2:5]


def told_by(cells):
    """The same of both, whatever kinds of sequences they come in."""
    head, rows, files = cells
    wanted = [(k, init, list(kinds)) for k, init, kinds in head.wanted]
    return (
        head._replace(wanted=wanted, recipes=list(head.recipes), drawn=set(head.drawn)),
        [row and tuple(row) for row in rows],
        [{kind: tuple(file) for kind, file in of_variant.items()} for of_variant in files],
    )


def test_what_the_last_review_found_to_be_made_is_not_settled(tmp_path):
    kept_in(tmp_path)
    with Ledger(tmp_path / LEDGER) as ledger:
        records = list(ledger.records.values())
        ledger.write([dataclasses.replace(records[0], is_settled=False)])
    with open_kept(tmp_path) as kept:
        assert [record.status for record in kept.known.settled.values()] == ["failed"]


def test_a_later_plan_takes_the_place_of_the_earlier(tmp_path):
    kept_in(tmp_path)
    later = drafted((sweep_of(k=(9,)), row_of("b.jpg")), output=tmp_path)
    with Ledger(tmp_path / LEDGER) as ledger:
        ledger.take_plan(later.images)
    (tmp_path / "_run" / PLAN_FILE).write_bytes(plan_json(later))
    with open_kept(tmp_path) as kept:
        assert as_list(kept.known.plan) == as_list(later)


def test_the_output_folder_may_have_moved(tmp_path):
    plan = kept_in(tmp_path / "out")
    shutil.move(tmp_path / "out", tmp_path / "copy")
    with open_kept(tmp_path / "copy") as kept:
        expected = dataclasses.replace(as_list(plan), output=tmp_path / "copy")
        assert as_list(kept.known.plan) == expected
    assert str(tmp_path).encode() not in plan_json(plan)


def test_nothing_is_written_by_who_reads(tmp_path):
    kept_in(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "_run").iterdir()}
    with open_kept(tmp_path) as kept:
        list(read_cells(kept.known.plan, kept.known.settled, ("status",)))
    assert {path.name: path.read_bytes() for path in (tmp_path / "_run").iterdir()} == before


def test_a_folder_without_a_run_is_told(tmp_path):
    with pytest.raises(NoRunError), open_kept(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b'{"warnings": [{}]}', b'{"left_out": 5}'),
        b'{"warnings": [{"job": 5}]}',
        b"[" * 200_000,
        plan_json(plan_in(Path("/out"))).replace(b'[["night","odd"]]', b'[["night",5]]'),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content):
    with pytest.raises(StorageError, match="Run the job file again"):
        read_plan(content, Path("/out"))


def test_a_target_of_a_metric_that_is_gone_says_what_to_do(tmp_path, extended):
    extended("toy")
    plan = drafted((sweep_of(target=Target("toy", 0.5)), row_of()), output=tmp_path)
    with Ledger(tmp_path / LEDGER) as ledger:
        ledger.take_plan(plan.images)
    (tmp_path / "_run" / PLAN_FILE).write_bytes(plan_json(plan))
    with open_kept(tmp_path) as kept:
        assert as_list(kept.known.plan) == as_list(plan)
    extended()
    with pytest.raises(StorageError, match="Install the extension"), open_kept(tmp_path):
        pass


def as_version_7_wrote_it(plan):
    """The whole plan in JSON, images and all."""
    content = entries(as_list(plan))
    del content["output"]
    return as_json(content)


def test_a_plan_of_version_7_says_what_to_do(tmp_path):
    plan = kept_in(tmp_path)
    (tmp_path / "_run" / PLAN_FILE).write_bytes(as_version_7_wrote_it(plan))
    with contextlib.closing(sqlite3.connect(tmp_path / LEDGER)) as connection, connection:
        write_as(connection, 7)
    with pytest.raises(StorageError, match="Run the job file again"), open_kept(tmp_path):
        pass


def test_what_a_run_is_told_beside_its_images_is_all_that_is_written_down():
    plan = plan_in(Path("/out"))
    assert read_plan(plan_json(plan), Path("/out")) == dataclasses.replace(plan, images=())
    assert read_plan(plan_json(Plan(Path("/out"), (), (), ())), Path("/out")).images == ()
