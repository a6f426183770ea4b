"""What a review finds to be made, by the ledger, and what the ledger holds afterwards."""

import contextlib
import dataclasses
import os
import sqlite3
from typing import NamedTuple

import pytest
from builders import decibels, drafted, output_of, row_of, sweep_of
from test_ledger import MADE, PNG, RESULT

from batchquant.errors import StorageError
from batchquant.files.digests import digest_of
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.records import Plan
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.reasons import Reason
from batchquant.run.review import Review, Unsettled, review_output
from batchquant.sources.reading import sha256_of_source
from batchquant.steps.task import Known, Pending
from batchquant.store import (
    LEDGER,
    Ledger,
    Output,
    OverviewRecord,
    VariantRecord,
    key_of,
    records_of,
)

SMALL, LARGE = ("", "photos", "a.jpg", 0, 3, "random"), ("", "photos", "a.jpg", 0, 5, "random")
PDF, GPL = PNG.replace(".png", ".pdf"), PNG.replace(".png", ".gpl")


class Seen(NamedTuple):
    """What came of a review."""

    plan: Plan
    unsettled: list[Unsettled]
    pending: list[Pending]
    reasons: dict[str, int]
    counts: tuple[int, int]
    records: dict[tuple, VariantRecord]
    settled: dict[tuple, VariantRecord]

    @property
    def why(self):
        return [entry.reason for entry in self.unsettled]


class Workplace:
    """A source with two variants, one done and one failed, and what the ledger knows of them."""

    def __init__(self, output):
        self.output, self.source = output, output / "a.jpg"
        (output / PNG).parent.mkdir(parents=True)
        (output / PNG).write_bytes(b"1234")
        self.source.write_bytes(b"0123456789")
        os.utime(self.source, ns=(20, 20))
        (image,) = self.plan().images
        found = dataclasses.replace(RESULT, source_sha256=sha256_of_source(str(self.source)))
        records = records_of(image, image.variants, found)
        self.known = {record.key: record for record in records}

    def plan(self, *kinds, others=(), **changes):
        """The source as its folder shows it now; `changes` are those of settings and of the row."""
        status = self.source.stat()
        here = {
            "size_bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "place": str(self.source),
        }
        of_row = {name: changes.pop(name) for name in list(changes) if name in row_of()._fields}
        row = row_of("a.jpg", **{**here, **of_row})
        sweep = sweep_of(*kinds, **changes)
        return drafted((sweep, row), *((sweep, other) for other in others), output=self.output)

    def change(self, key, **changes):
        self.known[key] = dataclasses.replace(self.known[key], **changes)

    def add_output(self, key, kind, content=b"1234", **changes):
        """Let a file have been written of a variant, as it would be now."""
        (image,) = self.plan(kind).images
        (variant,) = (each for each in image.variants if key_of(image, each) == key)
        (self.output / variant.outputs[kind]).write_bytes(content)
        output = output_of(variant, kind, content, recipe=variant.files[0].recipe)
        self.known[key].outputs[kind] = output._replace(**changes)

    def write(self):
        """Let the ledger know what is known, and nothing else."""
        for path in (self.output / LEDGER).parent.glob("ledger*"):
            path.unlink()
        with Ledger(self.output / LEDGER) as ledger:
            ledger.write(list(self.known.values()))

    def review(self, *kinds, options=None, **changes):
        """Review the plan as a run does, and again by who only looks: both find the same."""
        plan = self.plan(*kinds, **changes)
        self.write()
        with review_output(plan, **(options or {})) as found:
            looked = self._seen(plan, found)
        with Ledger(self.output / LEDGER) as ledger:
            seen = self._seen(plan, Review(plan, ledger, **(options or {})))
            records, settled = dict(ledger.records), dict(ledger.settled)
        assert looked == seen
        return seen._replace(records=records, settled=settled)

    def _seen(self, plan, found):
        unsettled, pending = list(found.unsettled()), list(found.pending())
        return Seen(plan, unsettled, pending, found.count_reasons(), found.count_settled(), {}, {})


@pytest.fixture
def found(tmp_path):
    return Workplace(tmp_path)


def test_what_is_as_it_was_is_not_read(found):
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    seen = found.review()
    assert (seen.unsettled, seen.pending, seen.reasons) == ([], [], {})
    assert seen.records == seen.settled == found.known
    assert seen.counts == (2, 1)


def test_a_touched_source_is_recognized(found):
    os.utime(found.source, ns=(33, 33))
    seen = found.review()
    assert seen.unsettled == []
    assert seen.settled == seen.records
    assert seen.records == {
        key: dataclasses.replace(record, source_mtime_ns=33) for key, record in found.known.items()
    }


def test_a_moved_source_is_recognized(found):
    found.source = found.source.rename(found.output / "b.jpg")
    seen = found.review()
    assert seen.unsettled == []
    assert {record.source_path for record in seen.settled.values()} == {str(found.source)}
    assert seen.counts == (2, 1)


def test_one_changed_byte_is_noticed(found):
    found.source.write_bytes(b"0123456780")
    seen = found.review()
    assert seen.why == [Reason.INPUT_CHANGED] * 2
    assert (seen.settled, seen.counts) == ({}, (0, 0))
    assert seen.records == {
        key: dataclasses.replace(record, is_settled=False) for key, record in found.known.items()
    }


def test_a_touched_source_without_its_output_is_told_by_the_output(found):
    os.utime(found.source, ns=(33, 33))
    (found.output / PNG).unlink()
    assert found.review().why == [Reason.OUTPUT_MISSING]


def test_where_only_files_are_missing_the_figures_stay(found):
    seen = found.review("png", "pdf", "gpl")
    assert seen.why == [Reason.OUTPUT_MISSING]
    (pending,) = seen.pending
    (image,) = seen.plan.images
    assert (pending.position, pending.image, pending.variants) == (0, image, image.variants[:1])
    known = Known(MADE, frozenset({"pdf", "gpl"}), "png", PNG, 4, digest_of(b"1234"))
    assert pending.known == (known,)
    assert pending.earlier.source_sha256 == found.known[SMALL].source_sha256
    elsewhere = row_of("b.jpg", place=str(found.source))
    only = {"selection": Selection(only=("b.jpg",))}
    assert [p.image.image for p in found.review(others=[elsewhere], options=only).pending] == [
        "b.jpg"
    ]


def test_of_a_touched_source_files_are_made_as_of_now(found):
    os.utime(found.source, ns=(33, 33))
    (pending,) = found.review("png", "pdf").pending
    assert pending.known[0].kinds == {"pdf"}
    assert pending.earlier.mtime_ns == 33


def test_a_pdf_in_place_of_the_png_is_made_of_it_too(found):
    (pending,) = found.review("pdf").pending
    (known,) = pending.known
    assert (known.kinds, known.kind, known.made.files) == ({"pdf"}, "png", {})


def test_a_png_is_made_of_a_pdf_that_is_exact(found):
    (found.output / PNG).unlink()
    for is_exact in (True, False):
        found.add_output(SMALL, "pdf", b"12345", is_exact=is_exact)
        (pending,) = found.review("png", "pdf").pending
        told = [(known.kinds, known.path, known.made.files.keys()) for known in pending.known]
        assert told == ([({"png"}, PDF, {"pdf"})] if is_exact else [])


def test_what_has_to_be_made_again_stands_apart(found):
    found.change(LARGE, recipe="0" * 32)
    seen = found.review("png", "pdf")
    small, large = seen.plan.images[0].variants
    told = sorted((p.variants[0].k, p.variants, p.earlier is None) for p in seen.pending)
    assert told == [(3, (small,), False), (5, (large,), True)]
    assert seen.reasons == {"output missing": 1, "setting changed": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: (found.output / PNG).write_bytes(b"123"),
        lambda found: (found.output / PNG).unlink(),
        lambda found: found.add_output(SMALL, "png", digest=None),
        lambda found: found.add_output(SMALL, "png", is_exact=False),
    ],
)
def test_without_the_png_that_was_written_it_is_made_again(spoil, found):
    spoil(found)
    assert [(p.earlier, p.known) for p in found.review("png", "pdf").pending] == [(None, ())]


def test_a_file_that_goes_while_a_run_begins_is_painted_anew(found):
    plan = found.plan("png", "pdf")
    found.write()
    with review_output(plan) as reviewed:
        (found.output / PNG).unlink()
        (pending,) = reviewed.pending()
    assert (pending.earlier, pending.known) == (None, ())
    assert pending.variants == plan.images[0].variants[:1]


def test_what_has_no_size_comes_first_and_then_the_most_work(found):
    sizes = {"small.jpg": (10, 10), "large.jpg": (99, 99), "odd.jpg": (None, None)}
    others = [row_of(name, width=w, height=h) for name, (w, h) in sizes.items()]
    names = [pending.image.image for pending in found.review(others=others).pending]
    assert names == ["odd.jpg", "large.jpg", "small.jpg"]


def test_an_image_that_was_refused_is_neither(found):
    seen = found.review(refusal="bad_name: x", options={"retry_failed": True, "verify": True})
    assert (seen.unsettled, seen.pending, seen.counts) == ([], [], (0, 0))
    assert seen.settled == {}
    assert seen.records == {
        key: dataclasses.replace(record, is_settled=False) for key, record in found.known.items()
    }


def test_without_a_ledger_all_is_new_and_none_is_made(found):
    before = sorted(found.output.rglob("*"))
    with review_output(found.plan()) as seen:
        assert [entry.reason for entry in seen.unsettled()] == [Reason.NEW] * 2
        assert seen.count_reasons() == {"new": 2}
        assert (seen.count_settled(), dict(seen.settled), dict(seen.drawn)) == ((0, 0), {}, {})
    assert sorted(found.output.rglob("*")) == before


def test_it_is_told_how_many_images_were_looked_at_more_closely(found):
    told = []
    options = {"looking": lambda *numbers: told.append(numbers)}
    plan = found.plan(others=[row_of("b.jpg"), row_of("c.jpg", refusal="bad_name: x")])
    for verify, expected in ((False, [(1, 1)]), (True, [(1, 2), (2, 2)])):
        found.write()
        with Ledger(found.output / LEDGER) as ledger:
            Review(plan, ledger, verify=verify, **options)
        assert told == expected  # what failed is looked at in any case
        told.clear()


def test_a_source_that_was_edited_in_place_is_noticed_by_its_time_of_change(found):
    """Size and time of modification are kept, as by exiftool -P."""
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    assert found.review(ctime_ns=31).why == [Reason.INPUT_CHANGED] * 2


def test_another_time_of_change_alone_is_noted(found):
    seen = found.review(ctime_ns=31)
    assert seen.unsettled == []
    assert [record.source_ctime_ns for record in seen.settled.values()] == [31, 31]


def test_a_record_without_a_time_of_change_is_taken_as_it_is(found):
    for key in found.known:
        found.change(key, source_ctime_ns=None)
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    seen = found.review()
    assert seen.unsettled == []
    assert [record.source_ctime_ns for record in seen.settled.values()] == [30, 30]


def test_a_source_is_looked_into_on_demand(found):
    other = row_of("b.jpg", place=str(found.output / "b.jpg"))
    one, all_others = Selection(only=("a.jpg",)), Selection(only=("b.jpg",))
    seen = found.review(options={"verify": True})
    assert (seen.unsettled, seen.records) == ([], found.known)
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    seen = found.review(others=[other], options={"verify": True, "selection": all_others})
    assert [entry.image.image for entry in seen.unsettled] == ["b.jpg"] * 2
    assert seen.settled == found.known
    seen = found.review(others=[other], options={"verify": True, "selection": one})
    assert [(entry.image.image, entry.reason) for entry in seen.unsettled] == [
        ("a.jpg", Reason.INPUT_CHANGED)
    ] * 2
    assert seen.settled == {}


def test_outputs_are_looked_into_on_demand(found):
    (found.output / PNG).write_bytes(b"1235")
    assert found.review().why == []
    assert found.review(options={"verify": True}).why == [Reason.OUTPUT_CHANGED]


def test_what_failed_is_made_on_demand(found):
    assert found.review(options={"retry_failed": True}).why == [Reason.FAILED]
    found.change(LARGE, error="blocked: found a file")
    (found.output / PNG.replace("k003", "k005")).touch()
    assert found.review().why == []
    assert found.review(options={"replace_blocked": True}).why == [Reason.FAILED]


def test_of_what_is_not_selected_nothing_is_made_though_it_is_due(found):
    found.source.write_bytes(b"0123456780")
    seen = found.review(options={"selection": Selection(k=(5,))})
    assert [(entry.variant.k, entry.reason) for entry in seen.unsettled] == [
        (5, Reason.INPUT_CHANGED)
    ]
    assert [[variant.k for variant in pending.variants] for pending in seen.pending] == [[5]]
    assert (seen.reasons, seen.counts) == ({"input changed": 1}, (0, 0))
    assert [record.is_settled for record in seen.records.values()] == [False, False]


def test_what_is_settled_is_counted_of_what_is_selected(found):
    for k, counts in (((3,), (1, 0)), ((5,), (1, 1))):
        assert found.review(options={"selection": Selection(k=k)}).counts == counts
    assert found.review(options={"selection": WHOLE}).counts == (2, 1)


def drawn_of(image, outputs=None):
    files = outputs or {"thumbnail": Output("_run/t.jpg", 4, b"1")}
    return OverviewRecord(*image.key, "fingerprint", None, 0.5, files)


def undrawn_in(plan, found, **options):
    """Names of images that may have to be drawn: for who writes, and for who only looks."""
    with review_output(plan, **options) as looked:
        names = [image.image for image in looked.undrawn()]
    with Ledger(found.output / LEDGER) as ledger:
        assert [image.image for image in Review(plan, ledger, **options).undrawn()] == names
    return names


def test_what_is_made_and_was_not_drawn_since_may_have_to_be_drawn(found):
    found.change(LARGE, error=None, status="done", outputs={})
    found.add_output(LARGE, "png")
    other = row_of("b.jpg", refusal="bad_name: x")
    plan = found.plan(others=[other])
    (image, _) = plan.images
    found.write()
    assert undrawn_in(plan, found) == ["a.jpg"]
    assert undrawn_in(plan, found, selection=Selection(only=("b.jpg",))) == []
    with Ledger(found.output / LEDGER) as ledger:
        ledger.write_overview(drawn_of(image))
        ledger.mark_drawn([image.key])
    (found.output / "_run/t.jpg").write_bytes(b"1234")
    assert undrawn_in(plan, found) == []
    assert undrawn_in(plan, found, verify=True) == ["a.jpg"]
    (found.output / "_run/t.jpg").unlink()
    assert undrawn_in(plan, found) == ["a.jpg"]


def test_what_is_to_be_made_is_drawn_when_it_is_made(found):
    found.source.write_bytes(b"0123456780")
    found.write()
    plan = found.plan()
    assert undrawn_in(plan, found, verify=True) == []
    with review_output(plan) as seen:
        ((key, tasks),) = seen.tasks(1)
        assert key == plan.images[0].key
        assert [variant.k for variant in tasks[0].variants] == [3, 5]
        assert seen.count_images() == {"": 1}
        assert seen.count_images(to_draw=True) == {}


def test_images_that_are_only_to_be_drawn_come_before_those_that_are_to_be_made(found):
    found.change(LARGE, error=None, status="done", outputs={})
    found.add_output(LARGE, "png")
    plan = found.plan(others=[row_of("b.jpg", width=9, height=9), row_of("c.jpg")])
    found.write()
    with review_output(plan) as seen:
        told = [(key[2], [len(task.variants) for task in tasks]) for key, tasks in seen.tasks(1)]
        assert told == [("a.jpg", []), ("b.jpg", [2]), ("c.jpg", [2])]
        assert (seen.count_images(), seen.count_images(to_draw=True)) == ({"": 2}, {"": 1})
        assert sorted(seen.amounts()) == [(1, 2, 1), (81, 2, 1)]


def test_a_drawing_that_failed_is_tried_again(found):
    plan = found.plan()
    (image,) = plan.images
    found.write()
    with Ledger(found.output / LEDGER) as ledger:
        ledger.write_overview(dataclasses.replace(drawn_of(image), error="timeout: x", outputs={}))
    assert undrawn_in(plan, found) == ["a.jpg"]


def test_an_image_that_is_planned_otherwise_may_have_to_be_drawn(found):
    plan = found.plan()
    (image,) = plan.images
    (found.output / "_run").mkdir(exist_ok=True)
    (found.output / "_run/t.jpg").write_bytes(b"1234")
    found.write()
    with Ledger(found.output / LEDGER) as ledger:
        ledger.write_overview(drawn_of(image))
        ledger.take_plan(plan.images)
        ledger.mark_drawn([image.key])
    assert undrawn_in(plan, found) == []
    assert undrawn_in(found.plan(target=decibels(32.0)), found) == ["a.jpg"]


@pytest.mark.parametrize("form", [0, 1])
def test_a_record_of_before_there_were_recipes_holds(form, found):
    (image,) = found.plan(max_pixels=99).images
    variant = image.variants[0]
    earlier = old_fingerprints(image.settings, 0, variant.k, variant.init)
    assert len(set(earlier)) == 2
    for kind in ("png", "pdf", "gpl"):
        found.add_output(SMALL, kind, recipe=None)
    found.change(SMALL, recipe=earlier[form])
    seen = found.review("png", "pdf", max_pixels=99)
    assert (seen.unsettled, seen.settled.keys()) == ([], found.known.keys())
    files = {file.kind: file.recipe for file in seen.plan.images[0].variants[0].files}
    assert seen.records[SMALL].recipe == variant.recipe
    recipes = {kind: file.recipe for kind, file in seen.records[SMALL].outputs.items()}
    assert recipes == {**files, "gpl": None}  # not wanted now
    assert seen.records[LARGE] == found.known[LARGE]
    seen = found.review("png", "pdf", max_pixels=99, dpi=99.0)
    assert seen.why == [Reason.SETTING_CHANGED]


def test_of_a_record_of_before_there_were_recipes_only_missing_files_are_made(found):
    (image,) = found.plan().images
    (earlier, _) = old_fingerprints(image.settings, 0, 3, "random")
    for kind in ("png", "gpl"):
        found.add_output(SMALL, kind, recipe=None)
    found.change(SMALL, recipe=earlier)
    (found.output / GPL).unlink()
    (pending,) = found.review("png", "gpl").pending
    assert [known.kinds for known in pending.known] == [{"gpl"}]


def test_what_is_absent_stays_as_it_was(found):
    found.source.write_bytes(b"0123456780")
    (found.output / PNG).unlink()
    absent = {"absent": "source not looked at: x", "options": {"verify": True}}
    seen = found.review(**absent)
    assert (seen.unsettled, seen.counts) == ([], (2, 1))
    assert seen.records == seen.settled == found.known
    for key in found.known:
        found.change(key, recipe="0" * 32)
    seen = found.review(**absent)
    assert (seen.unsettled, seen.counts) == ([], (0, 0))
    assert seen.settled == {}


def test_what_was_not_settled_when_its_source_went_is_not_settled_now(found):
    """Also where as much is settled that no plan has any more: sets are compared, not sizes."""
    found.change(SMALL, is_settled=False)
    found.change(LARGE, recipe="0" * 32)
    seen = found.review(absent="source not looked at: x")
    assert (seen.unsettled, seen.counts, seen.settled) == ([], (0, 0), {})


def test_what_was_settled_and_is_to_be_made_is_doubted_until_it_is_as_it_was(found):
    (found.output / PNG).unlink()
    seen = found.review()
    assert [record.is_settled for record in seen.records.values()] == [False, True]
    assert seen.settled == {LARGE: found.known[LARGE]}
    found.known = seen.records
    assert found.review().records == found.known
    (found.output / PNG).write_bytes(b"1234")
    seen = found.review()
    assert seen.unsettled == []
    assert seen.records[SMALL].is_settled
    assert seen.settled == seen.records


def test_what_is_doubted_is_settled_when_it_is_written_again(found):
    (found.output / PNG).unlink()
    plan, made = found.plan(), found.known[SMALL]
    found.write()
    with Ledger(found.output / LEDGER) as ledger:
        Review(plan, ledger)
        assert SMALL not in ledger.settled
        ledger.write([made])
        assert ledger.settled[SMALL] == ledger.records[SMALL] == made


def test_a_file_that_another_variant_wrote_is_not_its_own(found):
    """Of two jobs, one named like the folder of the other: one place, the same settings."""
    made = found.known[SMALL]
    found.write()
    other = dataclasses.replace(made, job="photos", folder="a.jpg", image="x")
    with Ledger(found.output / LEDGER) as ledger:
        ledger.write([other])
    with review_output(found.plan()) as seen:
        assert [entry.reason for entry in seen.unsettled()] == [Reason.OUTPUT_MISSING]


def test_a_record_whose_time_is_none_is_new(found):
    found.write()
    with contextlib.closing(sqlite3.connect(found.output / LEDGER)) as connection, connection:
        connection.execute("UPDATE variants SET source_mtime_ns = 'yesterday' WHERE k = 3")
    with review_output(found.plan()) as seen:
        assert [entry.reason for entry in seen.unsettled()] == [Reason.NEW]
        assert seen.count_settled() == (1, 1)


@pytest.mark.parametrize("table", ["variants", "outputs", "sqlite_autoindex_variants_1"])
def test_a_damaged_ledger_is_told_with_what_to_do(table, found):
    found.write()
    path, plan = found.output / LEDGER, found.plan()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchone()
    content = bytearray(path.read_bytes())
    content[(root - 1) * page_bytes : root * page_bytes] = b"x" * page_bytes
    path.write_bytes(content)
    told = "away and run again"
    with pytest.raises(StorageError, match=told), review_output(plan) as seen:
        list(seen.unsettled())
    with pytest.raises(StorageError, match=told), Ledger(path) as ledger:
        Review(plan, ledger)
