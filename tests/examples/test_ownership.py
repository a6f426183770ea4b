"""Which files a task may replace."""

import pytest
from test_ledger import IMAGE, OTHER, VARIANT, records

from batchquant.images.draw.front_matter import Front
from batchquant.plan.overviews import book_key
from batchquant.run.ownership import Ownership
from batchquant.steps.drawings import BookTask, OverviewTask
from batchquant.steps.task import Task
from batchquant.store import Ledger, OverviewRecord

ONE, TWO = VARIANT.outputs["png"], OTHER.outputs["png"]
BOTH = {ONE, TWO}
SHEET = "photos/a.jpg/a_sheet.png"


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "_run" / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def own(ledger, tmp_path):
    def make(may_replace=False):
        return Ownership(tmp_path, ledger, may_replace=may_replace)

    return make


def put(folder, path):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("somebody's")


def task(output):
    return Task(
        *(0, 0, "a.jpg", "a.jpg", 0, False, 1, output, IMAGE.settings, None),
        variants=(VARIANT, OTHER),
        key=IMAGE.key,
    )


def overview(output):
    return OverviewTask(
        *(IMAGE.key, "", "a.jpg", "", 0, False, 1, output, IMAGE.settings, None, "", ""),
        files=(("thumbnail", "_run/thumbs/a.jpg"), ("sheet_png", SHEET)),
        exhibits=(),
    )


def test_free_places_are_noted_before_they_are_written_to(own, ledger, tmp_path):
    put(tmp_path, TWO)
    assert own().prepare([task(tmp_path)])[0].ours == frozenset()
    assert ledger.read_intended() == [ONE]


def test_what_the_ledger_knows_is_ours_whatever_lies_there(own, ledger, tmp_path):
    ledger.write(records()[:1])
    put(tmp_path, ONE)
    put(tmp_path, TWO)
    assert own().prepare([task(tmp_path)])[0].ours == {ONE}
    assert ledger.read_intended() == []


def test_what_a_killed_run_was_about_to_write_is_ours_if_it_is_there(own, ledger, tmp_path):
    own().prepare([task(tmp_path)])
    assert set(ledger.read_intended()) == BOTH
    put(tmp_path, ONE)
    again = own()
    assert ledger.read_intended() == [ONE]
    assert again.prepare([task(tmp_path)])[0].ours == {ONE}


def test_what_was_not_written_after_all_is_free_again(own, ledger, tmp_path):
    ownership = own()
    ownership.prepare([task(tmp_path)])
    ownership.settle(task(tmp_path), [ONE])
    assert ledger.read_intended() == [ONE]  # to be recorded, which forgets it
    put(tmp_path, TWO)
    assert TWO not in own().prepare([task(tmp_path)])[0].ours


def test_places_of_others_are_taken_on_demand_and_told_when_they_are(own, tmp_path):
    put(tmp_path, ONE)
    put(tmp_path, TWO)
    ownership = own(may_replace=True)
    assert ownership.prepare([task(tmp_path)])[0].ours == BOTH
    assert ownership.replaced == []
    ownership.settle(task(tmp_path), [TWO])
    assert ownership.replaced == [TWO]


def test_a_sheet_is_ours_where_its_picture_is_known_and_nothing_of_sheets(own, ledger, tmp_path):
    put(tmp_path, SHEET)
    drawing = overview(tmp_path)
    assert own().prepare([drawing])[0].ours == frozenset()
    ledger.write(records()[1:])
    assert own().prepare([drawing])[0].ours == frozenset()  # nothing was made of it
    ledger.write(records()[:1])
    assert own().prepare([drawing])[0].ours == {SHEET}


def test_a_sheet_that_is_not_the_one_that_was_drawn_is_somebody_s(own, ledger, tmp_path):
    put(tmp_path, SHEET)
    ledger.write(records()[:1])
    ledger.write_overview(OverviewRecord(*IMAGE.key, "fingerprint", "internal: x", 0.5))
    ownership = own()
    ownership.recognize(IMAGE.key)
    assert ownership.prepare([overview(tmp_path)])[0].ours == frozenset()


def test_a_sheet_is_ours_where_its_picture_is_recognized(own, tmp_path):
    put(tmp_path, SHEET)
    ownership = own()
    ownership.recognize(IMAGE.key)
    assert ownership.prepare([overview(tmp_path)])[0].ours == {SHEET}


def test_what_this_run_makes_of_a_picture_makes_no_sheet_ours(own, ledger, tmp_path):
    put(tmp_path, SHEET)
    put(tmp_path, "book.pdf")
    ownership = own()
    ownership.prepare([task(tmp_path)])
    ledger.write(records()[:1])
    ownership.settle(task(tmp_path), [ONE])
    assert ownership.prepare([overview(tmp_path)])[0].ours == frozenset()
    assert ownership.prepare([book_of("", tmp_path)])[0].ours == frozenset()


def test_what_was_made_before_and_is_made_again_keeps_its_sheet(own, ledger, tmp_path):
    put(tmp_path, SHEET)
    ledger.write(records()[:1])
    ownership = own()
    ownership.prepare([task(tmp_path)])
    ledger.write(records()[:1])
    assert ownership.prepare([overview(tmp_path)])[0].ours == {SHEET}


def book_of(job, output):
    return BookTask(book_key(job), "", output, (("book", "book.pdf"),), (), Front("a book"))


def test_a_book_is_ours_where_its_job_is_known(own, ledger, tmp_path):
    put(tmp_path, "book.pdf")
    assert own().prepare([book_of("", tmp_path)])[0].ours == frozenset()
    ledger.write(records()[:1])
    assert own().prepare([book_of("night", tmp_path)])[0].ours == frozenset()
    assert own().prepare([book_of("", tmp_path)])[0].ours == {"book.pdf"}


def test_a_book_is_ours_where_a_picture_of_its_job_is_recognized(own, tmp_path):
    put(tmp_path, "book.pdf")
    ownership = own()
    ownership.recognize(("night", "photos", "a.jpg", 0))
    assert ownership.prepare([book_of("", tmp_path)])[0].ours == frozenset()
    assert ownership.prepare([book_of("night", tmp_path)])[0].ours == {"book.pdf"}


def test_a_book_that_is_not_the_one_that_was_bound_is_somebody_s(own, ledger, tmp_path):
    put(tmp_path, "book.pdf")
    ledger.write(records()[:1])
    ledger.write_overview(OverviewRecord(*book_key(""), "fingerprint", None, 0.5))
    assert own().prepare([book_of("", tmp_path)])[0].ours == frozenset()
