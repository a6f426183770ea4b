"""JSON of our own, checked as it is read."""

from dataclasses import dataclass

import pytest

from batchquant.files.stored import as_record, read_json


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
