"""Why a variant is to be made, case by case."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from builders import beside, only, output_of
from test_ledger import IMAGE, MADE, OTHER, PNG, VARIANT, records

from batchquant.files.digests import digest_of, sha256_of_file
from batchquant.formats.png import encode_png
from batchquant.images.read import formats
from batchquant.images.read.formats import PILLOW_HEIF, needs
from batchquant.images.read.version import DECODER
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.records import Plan
from batchquant.run.reasons import Reason, files_to_make, reason_to_make
from batchquant.run.review import review, review_output
from batchquant.steps.task import Known

PDF = beside(VARIANT, pdf="photos/a.jpg/a_k003_random.pdf")
DONE, FAILED = records()


@pytest.fixture
def output(tmp_path):
    path = tmp_path / PNG
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1234")
    return tmp_path


def with_file(**changes):
    return dataclasses.replace(IMAGE, file=dataclasses.replace(IMAGE.file, **changes))


def test_a_variant_with_its_output_is_settled(output):
    assert reason_to_make(DONE, IMAGE, VARIANT, output) is None
    assert reason_to_make(DONE, IMAGE, VARIANT, output, retry_failed=True) is None
    assert files_to_make(DONE, VARIANT, output, verify=True) == {}


def test_what_the_ledger_does_not_know_is_new(output):
    assert reason_to_make(None, IMAGE, VARIANT, output) == Reason.NEW


@pytest.mark.parametrize(
    "change", [{"size_bytes": 11}, {"mtime_ns": 21}, {"path": Path("/other/a.jpg")}]
)
@pytest.mark.parametrize("record", [DONE, FAILED])
def test_a_changed_source(record, change, output):
    variant = VARIANT if record is DONE else OTHER
    changed = dataclasses.replace(record, recipe=variant.recipe)
    assert reason_to_make(changed, with_file(**change), variant, output) == Reason.INPUT_CHANGED


def test_a_changed_setting(output):
    variant = dataclasses.replace(VARIANT, recipe="other")
    assert reason_to_make(DONE, IMAGE, variant, output) == Reason.SETTING_CHANGED


def test_a_failure_waits_for_the_package_that_it_needs(output, monkeypatch):
    record = dataclasses.replace(FAILED, error=needs(PILLOW_HEIF, "HEIC"))
    assert reason_to_make(record, IMAGE, OTHER, output) == Reason.FAILED
    monkeypatch.setattr(formats, "is_installed", lambda reader: False)
    assert reason_to_make(record, IMAGE, OTHER, output) is None


def test_a_failure_waits_for_a_change_or_a_wish(output):
    assert reason_to_make(FAILED, IMAGE, OTHER, output) is None
    assert reason_to_make(FAILED, IMAGE, OTHER, output, retry_failed=True) == Reason.FAILED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"source_sha256": None, "error": "unreadable: Permission denied"}, Reason.FAILED),
        ({"error": "too_large: not enough memory to decode it"}, Reason.FAILED),
        ({"error": "internal: KeyError: 3"}, Reason.FAILED),
        ({"source_sha256": None, "error": "timeout: not done within 60 s"}, Reason.CUT_OFF),
        ({"source_sha256": None, "error": "worker_died: exit code 3"}, Reason.CUT_OFF),
    ],
)
def test_a_failure_that_may_pass_is_tried_again(change, expected, output):
    failed = dataclasses.replace(FAILED, **change)
    assert reason_to_make(failed, IMAGE, OTHER, output) == expected


def test_a_kind_of_picture_that_was_read_otherwise_is_made_again_once(output):
    changed = dataclasses.replace(IMAGE, since=DECODER)
    earlier = dataclasses.replace(DONE, decoder=None)
    assert reason_to_make(earlier, IMAGE, VARIANT, output) is None
    assert reason_to_make(earlier, changed, VARIANT, output) == Reason.DECODER_CHANGED
    assert reason_to_make(DONE, changed, VARIANT, output) is None


@pytest.mark.parametrize(
    ("palette", "alpha", "expected"),
    [
        ([[9, 9, 9]], [[0, 255]], None),
        ([[9, 9, 9]], [[255, 255]], None),
        ([[9, 9, 9]], [[7, 255]], Reason.DECODER_CHANGED),
    ],
)
def test_soft_alpha_did_not_count_before(palette, alpha, expected, output):
    content = encode_png(
        np.zeros((1, 2), np.uint8), np.array(palette, np.uint8), alpha=np.array(alpha, np.uint8)
    )
    (output / PNG).write_bytes(content)
    outputs = {"png": output_of(VARIANT, "png", content)}
    earlier = dataclasses.replace(DONE, decoder=None, outputs=outputs)
    assert reason_to_make(earlier, IMAGE, VARIANT, output) == expected
    assert reason_to_make(dataclasses.replace(earlier, decoder=2), IMAGE, VARIANT, output) is None


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("RGB", None), ("LAB", None), ("LA", Reason.DECODER_CHANGED), (None, None)],
)
def test_without_a_png_alpha_is_taken_to_be_soft(mode, expected, output):
    variant = only(PDF, "pdf")
    (output / PDF.outputs["pdf"]).write_bytes(b"1234")
    outputs = {"pdf": output_of(PDF, "pdf")}
    earlier = dataclasses.replace(DONE, decoder=None, mode=mode, outputs=outputs)
    assert reason_to_make(earlier, IMAGE, variant, output) == expected


def test_what_an_earlier_decoder_could_not_read_is_tried_once_more(output):
    failed = dataclasses.replace(FAILED, error="unreadable: of an unknown kind")
    assert reason_to_make(failed, IMAGE, OTHER, output) is None
    earlier = dataclasses.replace(failed, decoder=None)
    assert reason_to_make(earlier, IMAGE, OTHER, output) == Reason.DECODER_CHANGED
    too_large = dataclasses.replace(earlier, error="too_large: 9 x 9 pixels", max_pixels=10**9)
    assert reason_to_make(too_large, IMAGE, OTHER, output) is None


def test_a_missing_or_cut_output(output):
    for spoil in (lambda path: path.write_bytes(b"123"), lambda path: path.unlink()):
        spoil(output / PNG)
        assert files_to_make(DONE, VARIANT, output, verify=False) == {"png": Reason.OUTPUT_MISSING}
        assert reason_to_make(DONE, IMAGE, VARIANT, output) is None  # the pixels are known


@pytest.mark.parametrize(
    "paths",
    [
        {"pdf": "photos/a.jpg/a_k003_random.pdf"},
        {"gpl": "photos/a.jpg/a_k003_random.gpl"},
        {"png": "photos/a.jpg~2/a_k003_random.png"},
    ],
)
def test_an_output_wanted_newly_or_elsewhere(paths, output):
    (kind,) = paths
    found = files_to_make(DONE, beside(VARIANT, **paths), output, verify=False)
    assert found == {kind: Reason.OUTPUT_MISSING}


def test_a_file_of_other_settings_is_made_again_and_no_other(output):
    (output / PDF.outputs["pdf"]).write_bytes(b"1234")
    known = dataclasses.replace(DONE, outputs={k: output_of(PDF, k) for k in PDF.outputs})
    assert files_to_make(known, PDF, output, verify=True) == {}
    for recipe in ("of another dpi", None):
        known.outputs["pdf"] = output_of(PDF, "pdf", recipe=recipe)
        assert files_to_make(known, PDF, output, verify=True) == {"pdf": Reason.SETTING_CHANGED}
        assert reason_to_make(known, IMAGE, PDF, output) is None


def test_what_a_format_cannot_hold_is_left_out_until_its_settings_change(output):
    left_out = {"pdf": output_of(PDF, "pdf", size_bytes=-1, digest=None, note="too_large: x")}
    known = dataclasses.replace(DONE, left_out=left_out)
    assert files_to_make(known, PDF, output, verify=True) == {}
    left_out["pdf"] = left_out["pdf"]._replace(recipe="other")
    assert files_to_make(known, PDF, output, verify=True) == {"pdf": Reason.SETTING_CHANGED}


def test_an_output_of_the_same_size_is_looked_into_on_demand(output):
    (output / PNG).write_bytes(b"1235")
    assert files_to_make(DONE, VARIANT, output, verify=False) == {}
    assert files_to_make(DONE, VARIANT, output, verify=True) == {"png": Reason.OUTPUT_CHANGED}


def test_an_unknown_digest_is_fine_until_it_is_asked_for(output):
    old = dataclasses.replace(DONE, outputs={"png": output_of(VARIANT, "png", digest=None)})
    assert files_to_make(old, VARIANT, output, verify=False) == {}
    assert files_to_make(old, VARIANT, output, verify=True) == {"png": Reason.OUTPUT_CHANGED}


@pytest.fixture
def found(output):
    """Review a real source with its two variants, as the ledger knows it; and what it knows."""
    source = output / "a.jpg"
    source.write_bytes(b"0123456789")
    os.utime(source, ns=(20, 20))
    known = {
        record.key: dataclasses.replace(
            record, source_path=str(source), source_sha256=sha256_of_file(source)
        )
        for record in records()
    }

    def look(variants=IMAGE.variants, ctime_ns=30, settings=IMAGE.settings, absent=None, **options):
        status = look.source.stat()
        here = {"path": look.source, "size_bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
        image = dataclasses.replace(
            with_file(**here, ctime_ns=ctime_ns),
            variants=variants,
            settings=settings,
            absent=absent,
        )
        plan = Plan(output, (image,), (), ())
        return plan, review(plan, known, **options)

    look.known, look.source = known, source
    return look


def test_what_is_as_it_was_is_not_read(found):
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    _, seen = found()
    assert (seen.settled, seen.unsettled, seen.touched) == (found.known, (), ())


def test_a_touched_source_is_recognized(found):
    os.utime(found.source, ns=(33, 33))
    _, seen = found()
    assert seen.unsettled == ()
    assert seen.touched == tuple(seen.settled.values())
    assert [record.source_mtime_ns for record in seen.touched] == [33, 33]
    assert [record.status for record in seen.touched] == ["done", "failed"]


def test_a_moved_source_is_recognized(found, output):
    found.source = found.source.rename(output / "b.jpg")
    _, seen = found()
    assert {record.source_path for record in seen.touched} == {str(output / "b.jpg")}
    assert seen.unsettled == ()


def test_one_changed_byte_is_noticed(found):
    found.source.write_bytes(b"0123456780")
    _, seen = found()
    assert [entry.reason for entry in seen.unsettled] == [Reason.INPUT_CHANGED] * 2
    assert (seen.settled, seen.touched) == ({}, ())


def test_a_touched_source_without_its_output_is_told_by_the_output(found, output):
    os.utime(found.source, ns=(33, 33))
    (output / PNG).unlink()
    _, seen = found()
    assert [entry.reason for entry in seen.unsettled] == [Reason.OUTPUT_MISSING]


def test_where_only_files_are_missing_the_figures_stay(found):
    variant = beside(PDF, gpl="photos/a.jpg/a_k003_random.gpl")
    plan, seen = found(variants=(variant, OTHER))
    assert [entry.reason for entry in seen.unsettled] == [Reason.OUTPUT_MISSING]
    (pending,) = seen.pending(plan, plan)
    assert pending.variants == (variant,)
    known = Known(MADE, frozenset({"pdf", "gpl"}), "png", PNG, 4, digest_of(b"1234"))
    assert pending.known == (known,)
    assert pending.earlier.source_sha256 == found.known[DONE.key].source_sha256
    assert seen.pending(plan, dataclasses.replace(plan, images=())) == []


def test_a_pdf_in_place_of_the_png_is_made_of_it_too(found):
    plan, seen = found(variants=(only(PDF, "pdf"),))
    (pending,) = seen.pending(plan, plan)
    (known,) = pending.known
    assert (known.kinds, known.kind, known.figures.files) == ({"pdf"}, "png", {})


def test_a_png_is_made_of_a_pdf_that_is_exact(found, output):
    pdf = PDF.outputs["pdf"]
    (output / pdf).write_bytes(b"12345")
    (output / PNG).unlink()
    for is_exact in (True, False):
        found.known[DONE.key].outputs["pdf"] = output_of(PDF, "pdf", b"12345", is_exact=is_exact)
        plan, seen = found(variants=(PDF,))
        (pending,) = seen.pending(plan, plan)
        told = [(known.kinds, known.path, known.figures.files.keys()) for known in pending.known]
        assert told == ([({"png"}, pdf, {"pdf"})] if is_exact else [])


def test_what_has_to_be_made_again_stands_apart(found):
    new = dataclasses.replace(OTHER, recipe="new")
    plan, seen = found(variants=(PDF, new))
    assert [(p.variants, p.earlier is None) for p in seen.pending(plan, plan)] == [
        ((PDF,), False),
        ((new,), True),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda known, png: png.write_bytes(b"123"),
        lambda known, png: png.unlink(),
        lambda known, png: known.outputs.update(png=output_of(VARIANT, "png", digest=None)),
        lambda known, png: known.outputs.update(png=output_of(VARIANT, "png", is_exact=False)),
    ],
)
def test_without_the_png_that_was_written_it_is_made_again(spoil, found, output):
    spoil(found.known[DONE.key], output / PNG)
    plan, seen = found(variants=(PDF,))
    assert [(p.earlier, p.known) for p in seen.pending(plan, plan)] == [(None, ())]


def test_an_image_that_was_refused_is_neither(found):
    plan, _ = found()
    (image,) = plan.images
    plan = dataclasses.replace(plan, images=(dataclasses.replace(image, refusal="bad_name: x"),))
    seen = review(plan, found.known)
    assert (seen.settled, seen.unsettled) == ({}, ())


def test_without_a_ledger_all_is_new_and_none_is_made(found, output):
    plan, _ = found()
    before = sorted(output.rglob("*"))
    assert [entry.reason for entry in review_output(plan).unsettled] == [Reason.NEW] * 2
    assert sorted(output.rglob("*")) == before


def test_it_is_told_how_many_images_were_looked_at(found):
    told = []
    plan, _ = found()
    plan = dataclasses.replace(plan, images=plan.images * 2)
    review(plan, found.known, looking=lambda *numbers: told.append(numbers))
    assert told == [(1, 2), (2, 2)]


def test_a_source_that_was_edited_in_place_is_noticed_by_its_time_of_change(found):
    """Size and time of modification are kept, as by exiftool -P."""
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    _, seen = found(ctime_ns=31)
    assert [entry.reason for entry in seen.unsettled] == [Reason.INPUT_CHANGED] * 2


def test_another_time_of_change_alone_is_noted(found):
    _, seen = found(ctime_ns=31)
    assert seen.unsettled == ()
    assert [record.source_ctime_ns for record in seen.touched] == [31, 31]


def test_a_record_without_a_time_of_change_is_taken_as_it_is(found):
    for key, record in found.known.items():
        found.known[key] = dataclasses.replace(record, source_ctime_ns=None)
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    _, seen = found()
    assert seen.unsettled == ()
    assert [record.source_ctime_ns for record in seen.touched] == [30, 30]


def test_a_source_is_looked_into_on_demand(found):
    assert found(verify={IMAGE.key})[1].touched == ()
    found.source.write_bytes(b"9876543210")
    os.utime(found.source, ns=(20, 20))
    assert found(verify={("", "photos", "b.jpg", 0)})[1].unsettled == ()
    _, seen = found(verify={IMAGE.key})
    assert [entry.reason for entry in seen.unsettled] == [Reason.INPUT_CHANGED] * 2


def with_settings(**changes):
    settings = dataclasses.replace(IMAGE.settings, **changes)
    return dataclasses.replace(IMAGE, settings=settings)


@pytest.mark.parametrize("truncated", ["fail", "accept"])
def test_how_broken_files_are_treated_matters_to_those_alone(truncated, output):
    image = with_settings(truncated=truncated)
    assert reason_to_make(DONE, image, VARIANT, output) is None
    shown = dataclasses.replace(DONE, truncated="accept")
    refused = dataclasses.replace(FAILED, truncated="fail")
    reasons = {
        "fail": [Reason.SETTING_CHANGED, None],
        "accept": [None, Reason.SETTING_CHANGED],
    }
    assert [
        reason_to_make(shown, image, VARIANT, output),
        reason_to_make(refused, image, OTHER, output),
    ] == reasons[truncated]


def test_how_many_pixels_are_allowed_is_asked_of_the_size_that_is_known(output):
    large = dataclasses.replace(DONE, width=10, height=10)
    assert reason_to_make(large, with_settings(max_pixels=100), VARIANT, output) is None
    assert (
        reason_to_make(large, with_settings(max_pixels=99), VARIANT, output)
        == Reason.SETTING_CHANGED
    )
    refused = dataclasses.replace(FAILED, error="too_large: 10 x 10 pixels", max_pixels=50)
    for max_pixels, expected in ((49, None), (50, None), (51, Reason.SETTING_CHANGED)):
        image = with_settings(max_pixels=max_pixels)
        assert reason_to_make(refused, image, OTHER, output) == expected
    unsaid = dataclasses.replace(refused, max_pixels=None)  # by an older version
    assert reason_to_make(unsaid, IMAGE, OTHER, output) == Reason.FAILED


@pytest.mark.parametrize("form", [0, 1])
def test_a_record_of_before_there_were_recipes_holds(form, found, output):
    settings = with_settings(max_pixels=99).settings
    earlier = old_fingerprints(settings, 0, VARIANT.k, VARIANT.init)
    assert len(set(earlier)) == 2
    pdf, gpl = PDF.outputs["pdf"], "photos/a.jpg/a_k003_random.gpl"
    for path in (pdf, gpl):
        (output / path).write_bytes(b"1234")
    both = beside(PDF, gpl=gpl)
    outputs = {kind: output_of(both, kind, recipe=None) for kind in both.outputs}
    found.known[DONE.key] = dataclasses.replace(
        found.known[DONE.key], recipe=earlier[form], outputs=outputs
    )
    _, seen = found(variants=(PDF, OTHER), settings=settings)
    assert seen.unsettled == ()
    (taken_over,) = seen.touched
    assert taken_over.recipe == VARIANT.recipe
    recipes = {kind: file.recipe for kind, file in taken_over.outputs.items()}
    assert recipes == {"png": "recipe png", "pdf": "recipe pdf", "gpl": None}  # not wanted now
    _, seen = found(variants=(PDF, OTHER), settings=with_settings(dpi=99.0).settings)
    assert [entry.reason for entry in seen.unsettled] == [Reason.SETTING_CHANGED]


def test_what_is_blocked_waits_until_its_place_is_free(output):
    blocked = dataclasses.replace(FAILED, error="blocked: found a file", outputs={})
    (output / OTHER.outputs["png"]).touch()
    assert reason_to_make(blocked, IMAGE, OTHER, output) is None
    assert reason_to_make(blocked, IMAGE, OTHER, output, replace_blocked=True) == Reason.FAILED
    (output / OTHER.outputs["png"]).unlink()
    assert reason_to_make(blocked, IMAGE, OTHER, output) == Reason.FAILED


def test_what_is_absent_stays_as_it_was(found):
    _, seen = found(absent="source not looked at: x")
    assert (seen.settled, seen.unsettled, seen.touched) == (found.known, (), ())
    for key, record in found.known.items():
        found.known[key] = dataclasses.replace(record, recipe="other")
    _, seen = found(absent="source not looked at: x")
    assert (seen.settled, seen.unsettled) == ({}, ())


def test_what_was_settled_and_is_to_be_made_is_doubted_once(found, output):
    (output / PNG).unlink()
    _, seen = found()
    (key,) = seen.doubted
    assert key[4] == VARIANT.k
    found.known[key] = dataclasses.replace(found.known[key], is_settled=False)
    assert found()[1].doubted == ()
    (output / PNG).write_bytes(b"1234")
    _, seen = found()
    assert [record.key for record in seen.touched] == [key]
    assert seen.settled[key].is_settled
