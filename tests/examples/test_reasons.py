"""Why a variant is to be made, case by case."""

import dataclasses
import io

import numpy as np
import pytest
from builders import beside, only, output_of
from PIL import Image
from test_ledger import IMAGE, OTHER, PNG, VARIANT, records

from batchquant.images.read import formats
from batchquant.images.read.formats import PILLOW_HEIF, needs
from batchquant.images.read.version import DECODER
from batchquant.run.reasons import Reason, files_to_make, reason_to_make

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
    "change", [{"size_bytes": 11}, {"mtime_ns": 21}, {"place": "/other/a.jpg"}]
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
    ("alpha", "is_rgba", "expected"),
    [
        ([[0, 255]], False, None),
        ([[255, 255]], False, None),
        ([[7, 255]], True, Reason.DECODER_CHANGED),
    ],
)
def test_soft_alpha_did_not_count_before(alpha, is_rgba, expected, output):
    pixels = np.full((1, 2, 4), 9, np.uint8)
    pixels[..., 3] = alpha
    image, stream = Image.fromarray(pixels), io.BytesIO()
    # Alpha that is on or off was indexed, all other alpha was RGBA.
    (image if is_rgba else image.convert("P")).save(stream, "PNG")
    content = stream.getvalue()
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


def test_what_is_blocked_waits_until_its_place_is_free(output):
    blocked = dataclasses.replace(FAILED, error="blocked: found a file", outputs={})
    (output / OTHER.outputs["png"]).touch()
    assert reason_to_make(blocked, IMAGE, OTHER, output) is None
    assert reason_to_make(blocked, IMAGE, OTHER, output, replace_blocked=True) == Reason.FAILED
    (output / OTHER.outputs["png"]).unlink()
    assert reason_to_make(blocked, IMAGE, OTHER, output) == Reason.FAILED
