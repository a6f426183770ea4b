"""JSON of our own, checked as it is read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchquant.files.stored import as_json, as_record, read_json


@dataclass(frozen=True)
class Part:
    name: str
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    other: "Elsewhere | None" = None


@dataclass(frozen=True)
class Elsewhere:
    number: float


def test_a_record_comes_back_at_any_depth():
    kept = read_json(b'{"parts": [{"name": "a", "size": [1, 2]}, {"name": "\\udcff"}]}')
    assert as_record(Whole, kept, Elsewhere) == Whole((Part("a", (1, 2)), Part("\udcff")))
    assert as_record(Whole, {"parts": [], "other": {"number": 1}}, Elsewhere).other.number == 1.0


def test_records_times_and_paths_are_written_at_any_depth():
    whole = Whole((Part("\udcff", (1, 2)),), Elsewhere(0.5))
    content = {"at": datetime(2024, 5, 1, tzinfo=UTC), "in": Path("/a\udcff"), "whole": whole}
    kept = read_json(as_json(content))
    assert (kept["at"], kept["in"]) == ("2024-05-01T00:00:00+00:00", "/a\udcff")
    assert as_record(Whole, kept["whole"], Elsewhere) == whole
    with pytest.raises(TypeError):
        as_json({"what": {1, 2}})


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"\xff", b"[" * 200_000, b'{"a":' * 200_000, b"{"]
)
def test_what_is_no_object_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        read_json(content)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"parts": None},
        {"parts": [{"name": 5}]},
        {"parts": [{"name": "a", "size": [1]}]},
        {"parts": [{"name": "a", "size": ["wide", 1]}]},
        {"parts": [], "other": {"number": "much"}},
    ],
)
def test_what_is_not_as_it_should_be_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        as_record(Whole, value, Elsewhere)
