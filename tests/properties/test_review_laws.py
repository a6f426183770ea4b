"""Laws of a review: the joins find what is found variant by variant."""

import dataclasses
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path

from builders import RESULT, decibels, drafted, row_of, sweep_of
from circumstances import STRESS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchquant.files.digests import digest_of
from batchquant.images.read.version import DECODER
from batchquant.metrics.target import Target
from batchquant.plan.keys import old_fingerprints
from batchquant.run.reasons import Reason, files_to_make, reason_to_make
from batchquant.run.recognize import recognize, what_lacks
from batchquant.run.review import Review
from batchquant.sources.reading import sha256_of_source
from batchquant.store import LEDGER, Ledger, Output, key_of, records_of

CONTENT = b"0123456789"
OPAQUE, SOFT = b"\0" * 25 + b"\2", b"\0" * 25 + b"\6"  # as where a PNG states its color type
SHA256 = sha256_of_source
ERRORS = [
    "unreadable: x",
    "timeout: x",
    "worker_died: x",
    "too_large: 9 x 9 pixels",
    "too_large: not enough memory to decode it",
    "blocked: found a file",
    "internal: x",
]


def usually(value, *others):
    """As it should be more often than not: else nothing of what is drawn would be settled."""
    return st.sampled_from([value] * 25 + list(others))


SOURCES = st.fixed_dictionaries(
    {
        "size_bytes": usually(10, 11),
        "mtime_ns": usually(20, 21, 2**63),
        "ctime_ns": usually(30, 31, None, 0),
        "width": usually(2, 3, None),
        "height": st.just(2),
        "since": usually(1, DECODER),
        "refusal": usually(None, "bad_name: x"),
        "absent": usually(None, "source not looked at: x"),
    }
)
FILES = st.fixed_dictionaries(
    {
        "written": usually(True, False),
        "content": usually(OPAQUE, SOFT),
        "on_disk": usually("as written", "changed", "cut", "gone"),
        "recipe": usually("now", "other", None),
        "path": usually("now", "other"),
        "is_exact": usually(True, False),
        "digest": usually(True, False),
        "left_out": usually(False, True),
        "owner": usually("its own", "somebody else"),
    }
)
RECORDS = st.fixed_dictionaries(
    {
        "known": usually(True, False),
        "error": usually(None, *ERRORS),
        "recipe": usually("now", "other", "old", "old, with limits", "older"),
        "is_settled": usually(True, False),
        "in_place": usually(True, False),
        "size_bytes": usually(10, 11),
        "mtime_ns": usually(20, 21, 2**63),
        "ctime_ns": usually(30, 31, None, 0),
        "sha256": usually("now", "other", None),
        "width": usually(2, 3, None),
        "truncated": usually(None, "fail", "accept"),
        "max_pixels": usually(None, 4, 9, 99),
        "decoder": usually(DECODER, 1, None),
        "mode": usually("RGB", "RGBA"),
        "delta_e": usually("known", "not known", "of another version"),
    }
)
VARIANTS = st.tuples(RECORDS, FILES, FILES)
IMAGES = st.tuples(SOURCES, VARIANTS, VARIANTS)
SETTINGS = st.fixed_dictionaries(
    {
        "truncated": usually("fail", "accept"),
        "max_pixels": usually(9, 4, 99),
        "target": st.sampled_from([None, decibels(30), Target("delta_e", 2)]),
    }
)
OPTIONS = st.fixed_dictionaries(
    dict.fromkeys(("verify", "retry_failed", "replace_blocked"), usually(False, True))
)


def plan_of(output, images, kinds, wanted):
    """A plan of images whose files are there, and hold the same."""
    sources = output / "sources"
    sources.mkdir()
    entries = []
    for number, (changes, *_) in enumerate(images):
        path = sources / f"{number}.jpg"
        path.write_bytes(CONTENT)
        entries.append(
            (sweep_of(*kinds, k=(2, 3), **wanted), row_of(path.name, place=str(path), **changes))
        )
    return drafted(*entries, output=output)


def record_in(output, image, variant, drawn):
    """What the ledger is to know of a variant, and what lies there; and what others wrote since."""
    state, *files = drawn
    source, stolen = image.file, {}
    (record,) = records_of(
        image, [variant], dataclasses.replace(RESULT, variants=RESULT.variants[:1])
    )
    outputs, left_out = {}, {}
    for file, has in zip(variant.files, files, strict=False):
        path = file.path if has["path"] == "now" else f"{file.path}.other"
        (output / path).parent.mkdir(parents=True, exist_ok=True)
        content = has["content"]
        lying = {"as written": content, "changed": b"\1" + content[1:], "cut": b"1"}
        if has["on_disk"] in lying:
            (output / path).write_bytes(lying[has["on_disk"]])
        recipe = file.recipe if has["recipe"] == "now" else has["recipe"]
        written = Output(
            path,
            -1 if has["left_out"] else len(content),
            digest_of(content) if has["digest"] and not has["left_out"] else None,
            is_exact=has["is_exact"],
            recipe=recipe,
        )
        if has["written"]:
            (left_out if has["left_out"] else outputs)[file.kind] = written
        if has["owner"] != "its own":
            stolen[file.kind] = written
    old = old_fingerprints(image.settings, image.frame, variant.k, variant.init)
    recipes = {
        "now": variant.recipe,
        "other": "0" * 32,
        "old": old[1],
        "old, with limits": old[0],
        "older": "0" * 64,
    }
    figures = dict(record.figures)
    if state["delta_e"] == "not known":
        del figures["delta_e"]
    record = dataclasses.replace(
        record,
        figures=figures if state["error"] is None else {},
        status="done" if state["error"] is None else "failed",
        error=state["error"],
        recipe=recipes[state["recipe"]],
        source_path=source.place if state["in_place"] else "/elsewhere",
        source_size_bytes=state["size_bytes"],
        source_mtime_ns=state["mtime_ns"],
        source_ctime_ns=state["ctime_ns"],
        source_sha256=SHA256(source.place) if state["sha256"] == "now" else state["sha256"],
        width=state["width"],
        height=2,
        outputs=outputs if state["error"] is None else {},
        left_out=left_out if state["error"] is None else {},
        **{
            name: state[name]
            for name in ("is_settled", "truncated", "max_pixels", "decoder", "mode")
        },
    )
    others = dataclasses.replace(record, job="other", outputs=stolen, left_out={})
    return [record] if state["known"] else [], [others] if stolen else []


def write_ledger(plan, images):
    mine, others = [], []
    for image, (_, *variants) in zip(plan.images, images, strict=True):
        for variant, drawn in zip(image.variants, variants, strict=True):
            found, stolen = record_in(plan.output, image, variant, drawn)
            mine += found
            others += stolen
    with Ledger(plan.output / LEDGER) as ledger:
        ledger.write(mine)
        ledger.write(others)
    with closing(sqlite3.connect(plan.output / LEDGER)) as connection, connection:
        for image, (_, *variants) in zip(plan.images, images, strict=True):
            connection.executemany(
                "UPDATE variants SET delta_e_version = 0 WHERE delta_e IS NOT NULL"
                " AND (job, folder, image, frame, k, init) = (?, ?, ?, ?, ?, ?)",
                [
                    key_of(image, variant)
                    for variant, (state, *_) in zip(image.variants, variants, strict=True)
                    if state["delta_e"] == "of another version"
                ],
            )


def review_one_by_one(plan, records, *, verify, **options):
    """The definition: what is due, with its reason; what is settled, and as which record."""
    due, settled = [], {}
    sha256_of = cache(sha256_of_source)
    for image in plan.images:
        for variant in image.variants if image.refusal is None else ():
            known = records.get(key_of(image, variant))
            if image.absent is not None:
                if known is not None and known.recipe == variant.recipe and known.is_settled:
                    settled[known.key] = known  # as it was
                continue
            record = known and recognize(known, image, variant, sha256_of, verify)
            reason, only_files = (
                reason_to_make(record, image, variant, plan.output, **options),
                False,
            )
            if reason is None and record.error is None:
                reasons = files_to_make(record, variant, plan.output, verify=verify)
                target = image.overview.target
                lacks_figure = target is not None and target.metric not in record.figures
                reason = next(iter(reasons.values()), Reason.FIGURE_MISSING)
                found = what_lacks(record, variant, target, plan.output, verify=verify)
                assert (found is None) == (not reasons and not lacks_figure)
                reason, only_files = (None, False) if found is None else (reason, bool(found[1]))
            if reason is None:
                settled[record.key] = dataclasses.replace(record, is_settled=True)
            else:
                due.append((key_of(image, variant), reason, only_files))
    return due, settled


def as_due(found):
    return [
        (key_of(entry.image, entry.variant), entry.reason, entry.only_files)
        for entry in found.unsettled()
    ]


def check_against_definition(found, due, settled):
    assert as_due(found) == due
    assert found.count_reasons() == Counter(str(reason) for _, reason, _ in due)
    n_failed = sum(record.error is not None for record in settled.values())
    assert found.count_settled() == (len(settled), n_failed)
    pending = [
        (key_of(entry.image, variant), bool(entry.known))
        for entry in found.pending()
        for variant in entry.variants
    ]
    assert sorted(pending) == sorted((key, only_files) for key, _, only_files in due)


@settings(
    max_examples=2000 if STRESS else 60,
    derandomize=not STRESS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(IMAGES, min_size=1, max_size=3),
    st.sampled_from([("png",), ("png", "pdf"), ("pdf", "gpl")]),
    SETTINGS,
    OPTIONS,
)
def test_what_is_due_is_what_is_found_variant_by_variant(images, kinds, wanted, options):
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(Path(folder), images, kinds, wanted)
        write_ledger(plan, images)
        with Ledger.look(plan.output / LEDGER) as ledger:
            records = dict(ledger.records)
            due, settled = review_one_by_one(plan, records, **options)
            check_against_definition(Review(plan, ledger, **options), due, settled)
            assert dict(ledger.records) == records
        with Ledger(plan.output / LEDGER) as ledger:
            found = Review(plan, ledger, **options)
            check_against_definition(found, due, settled)
            assert dict(ledger.settled) == settled
        with Ledger.look(plan.output / LEDGER) as ledger:  # it is found once more, and no more
            assert as_due(Review(plan, ledger, **options)) == due
