"""What is recorded, read an image at a time."""

import dataclasses

import pytest
from test_ledger import IMAGE, records

from batchquant.store import Ledger, Output, OverviewRecord
from batchquant.store.known import MAX_CACHED

N_IMAGES = 100
NAMES = [f"{number:02}.jpg" for number in range(N_IMAGES)]
assert N_IMAGES > MAX_CACHED


def overview_of(name, error=None):
    outputs = {"thumbnail": Output(f"_run/thumbs/{name}", 4, b"1")}
    return OverviewRecord("", "photos", name, 0, "fingerprint", error, 0.5, outputs)


def variants_of(name):
    """Of one that is done and one that failed, as the ledger is to know them."""
    made, failed = records()
    outputs = {"png": made.outputs["png"]._replace(path=f"photos/{name}/x.png")}
    return [
        dataclasses.replace(made, image=name, outputs=outputs),
        dataclasses.replace(failed, image=name, is_settled=False),
    ]


@pytest.fixture(params=[Ledger, Ledger.look])
def ledger(request, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as writing:
        for name in NAMES:
            writing.write(variants_of(name))
            writing.write_overview(overview_of(name))
    with request.param(path) as ledger:
        yield ledger


ORDERS = {"first to last": NAMES, "last to first": NAMES[::-1], "twice each": NAMES * 2}


@pytest.mark.parametrize("order", ORDERS)
def test_that_few_images_are_kept_is_not_seen(order, ledger):
    for name in ORDERS[order]:
        for record in variants_of(name):
            assert ledger.records[record.key] == record
        assert ledger.drawn["", "photos", name, 0] == overview_of(name)


def test_few_images_are_kept(ledger):
    for known in (ledger.records, ledger.settled, ledger.drawn):
        list(known.values())
        assert len(known._images) == MAX_CACHED


def test_all_are_told_in_the_order_of_their_names(ledger):
    expected = [record for name in NAMES for record in variants_of(name)]
    assert list(ledger.records.values()) == expected
    assert list(ledger.records) == [record.key for record in expected]
    assert len(ledger.records) == 2 * N_IMAGES
    assert dict(ledger.drawn) == {("", "photos", n, 0): overview_of(n) for n in NAMES}
    assert len(ledger.drawn) == N_IMAGES


def test_what_a_review_found_settled_is_a_part_of_all(ledger):
    settled = [record for name in NAMES for record in variants_of(name)[:1]]
    assert dict(ledger.settled) == {record.key: record for record in settled}
    assert len(ledger.settled) == N_IMAGES
    assert variants_of(NAMES[0])[1].key not in ledger.settled


def test_what_is_not_known_is_asked_for_in_vain(ledger):
    for known, name in (
        (ledger.records, ("", "photos", "none.jpg", 0, 3, "random")),
        (ledger.records, ("", "photos", NAMES[0], 0, 4, "random")),
        (ledger.drawn, ("", "photos", "none.jpg", 0)),
        (ledger.drawn, ("", "", "", 0)),
    ):
        assert (name in known, known.get(name)) == (False, None)
        with pytest.raises(KeyError):
            known[name]


def test_what_is_written_is_known_at_once_though_it_was_asked_for_before(tmp_path):
    made, failed = variants_of(NAMES[0])
    drawn = overview_of(NAMES[0])
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for known, key in (
            (ledger.records, made.key),
            (ledger.settled, made.key),
            (ledger.drawn, drawn.key),
        ):
            assert key not in known
        ledger.write([made, failed])
        ledger.write_overview(drawn)
        assert ledger.records[made.key] == ledger.settled[made.key] == made
        assert ledger.drawn[drawn.key] == drawn
        later = dataclasses.replace(made, n_colors=2, is_settled=False)
        ledger.write([later])
        ledger.write_overview(overview_of(NAMES[0], error="internal: x"))
        assert ledger.records[made.key] == later
        assert made.key not in ledger.settled
        assert ledger.drawn[drawn.key].error == "internal: x"


def test_a_job_is_told_from_one_of_an_image_of_the_same_name(tmp_path):
    """A book has a job alone, and frames of a file are images of their own."""
    of_book = OverviewRecord("night", "", "", 0, "ab", None, 0.5, {})
    of_frame = dataclasses.replace(overview_of("a.gif"), frame=1, outputs={})
    first, _ = records()
    second = dataclasses.replace(first, frame=1, outputs={})
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write_overview(of_book)
        ledger.write_overview(of_frame)
        ledger.write([first, second])
        assert dict(ledger.drawn) == {of_book.key: of_book, of_frame.key: of_frame}
        assert list(ledger.records.of_image(IMAGE.key).values()) == [first]
        assert list(ledger.records.of_image((*IMAGE.key[:3], 1)).values()) == [second]
