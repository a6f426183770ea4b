import dataclasses
import pickle
import sys

import pytest

from batchquant.formats.registry import formats
from batchquant.metrics.registry import metrics
from batchquant.steps.result import (
    MAX_FILE_TEXT_BYTES,
    MAX_TEXT_BYTES,
    MAX_VARIANT_TEXT_BYTES,
    TaskResult,
    VariantResult,
    Written,
    shorten,
)
from batchquant.steps.tasks import MAX_VARIANTS, most_variants


def test_what_would_steer_a_terminal_is_escaped_in_reasons():
    assert shorten("unreadable: a\x1b[2J\n b\u202e at 0x1f") == r"unreadable: a\x1b[2J b\u202e"


KINDS = sorted(formats(), key=lambda kind: formats()[kind].max_colors is None)


def written(kind, number):
    """The longest that a file can say: of colors, which differ by variant, or of the picture."""
    note = kind + "n" * (MAX_FILE_TEXT_BYTES - len(kind))
    if formats()[kind].max_colors is not None:
        note = f"no GIF: {10_000 + number:,} colors beside transparency, at most 255; take fewer"
    elif formats()[kind].key != "formats":
        note = None
    note = note and sys.intern(note)
    return Written(200_000_000 + number, number.to_bytes(8), is_exact=kind != "pdf", note=note)


@pytest.mark.parametrize("n_kinds", range(1, len(KINDS) + 1))
def test_the_largest_result_stays_under_6000_bytes(n_kinds):
    """A worker killed while it sends much more can hang the pool for ever."""
    variants = tuple(
        VariantResult(
            seed=2**32 - 1 - number,
            n_iter=100_000 + number,
            converged=True,
            inertia=1e11 / 3 + number,
            figures=dict.fromkeys(metrics(), 1000.0 / 3 + number),
            n_colors=4096 - number,
            files={kind: written(kind, number) for kind in KINDS[:n_kinds]},
            cluster_s=1234.567891 + number,
            encode_s=123.456789 + number,
            was_there=True,
        )
        for number in range(most_variants(n_kinds))
    )
    result = TaskResult(
        index=100_000,
        size_bytes=10**9,
        mtime_ns=1_800_000_000_123_456_789,
        ctime_ns=1_800_000_001_123_456_789,
        source_sha256="f" * 64,
        width=100_000,
        height=100_000,
        distinct_colors=2**24,
        source_format="JPEG2000",
        mode="I;16B",
        notes="y" * MAX_TEXT_BYTES,
        decode_s=123.456789,
        peak_memory_bytes=2 * 10**10,
        error="x" * MAX_TEXT_BYTES,
        variants=variants,
        truncated="accept",
        max_pixels=10**9,
        pixel_aspect=98 / 204,
    )
    assert len(pickle.dumps(result)) < 6000
    reasons = tuple(
        f"{number:02} " + "z" * (MAX_VARIANT_TEXT_BYTES - 3) for number in range(MAX_VARIANTS)
    )
    assert len(pickle.dumps(dataclasses.replace(result, variants=reasons))) < 4096


def test_an_error_is_one_line_of_at_most_300_bytes():
    assert shorten("unreadable: a\n  b\tc") == "unreadable: a b c"
    assert shorten("internal: <_io.BytesIO object at 0x7f01>") == "internal: <_io.BytesIO>"
    long = shorten("ä" * 400)
    assert long == "ä" * 150
    assert shorten("bad \udce9") == r"bad \udce9"
