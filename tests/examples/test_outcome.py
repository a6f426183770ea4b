import dataclasses
import pickle

from batchquant.plan.outputs import PALETTE_SUFFIXES
from batchquant.steps.result import (
    MAX_TEXT_BYTES,
    MAX_VARIANT_TEXT_BYTES,
    TaskResult,
    VariantResult,
    shorten,
)
from batchquant.steps.tasks import MAX_VARIANTS

KINDS = ("png", "pdf", *PALETTE_SUFFIXES)


def test_what_would_steer_a_terminal_is_escaped_in_reasons():
    assert shorten("unreadable: a\x1b[2J\n b\u202e at 0x1f") == r"unreadable: a\x1b[2J b\u202e"


def test_the_largest_result_stays_under_4096_bytes():
    """A worker killed while it sends much more can hang the pool for ever."""
    variants = tuple(
        VariantResult(
            seed=2**32 - 1 - number,
            n_iter=100_000 + number,
            converged=True,
            inertia=1e11 / 3 + number,
            mse=1e3 / 3 + number,
            max_error=1e2 / 3 + number,
            n_colors=4096 - number,
            files={kind: (200_000_000 + number, number.to_bytes(8)) for kind in KINDS},
            cluster_s=1234.567891 + number,
            encode_s=123.456789 + number,
            was_there=True,
        )
        for number in range(MAX_VARIANTS)
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
    assert len(pickle.dumps(result)) < 4096
    reasons = tuple(f"{number:02} " + "z" * (MAX_VARIANT_TEXT_BYTES - 3) for number in range(16))
    assert len(pickle.dumps(dataclasses.replace(result, variants=reasons))) < 4096


def test_an_error_is_one_line_of_at_most_300_bytes():
    assert shorten("unreadable: a\n  b\tc") == "unreadable: a b c"
    assert shorten("internal: <_io.BytesIO object at 0x7f01>") == "internal: <_io.BytesIO>"
    long = shorten("ä" * 400)
    assert long == "ä" * 150
    assert shorten("bad \udce9") == r"bad \udce9"
