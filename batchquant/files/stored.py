"""JSON of our own ↔ records: checked as it is read, since anybody may have written there.

Python's `json` reads and writes the text: pydantic's own refuses names of files that are not UTF-8.
"""

import json
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

Kind = TypeVar("Kind")


def as_json(content: Any, *, indent: int | None = None) -> bytes:
    """Write dataclasses, times, paths and what JSON knows, at any depth; ASCII, ends in a newline.

    Names of files that are not UTF-8 come back as they were.
    """
    # Not by TypeAdapter.dump_python, which copies all before a byte is written: a plan of 200,000
    # variants took it 1.5 times as long, and 208 MB for 73.
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, default=_plain, indent=indent, separators=separators)
    return text.encode() + b"\n"


def entries(record: Any) -> dict[str, Any]:
    """Return the attributes of a dataclass by name; `asdict` would copy all that is below, too."""
    return {entry.name: getattr(record, entry.name) for entry in fields(record)}


def read_json(content: bytes) -> dict[str, Any]:
    """Read a JSON object; raises ValueError if it is none, or nested too deeply."""
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"found {type(value).__name__}, expected an object")
    return value


def as_record(kind: type[Kind], value: Any, *types: type) -> Kind:
    """Turn what JSON knows into a dataclass, at any depth.

    `types` are those that annotations of `kind` name without importing them. Raises ValueError if
    something is missing, or is not what it should be.
    """
    make: Any = _adapter  # whose cache knows no generic types
    record: Kind = make(kind, types).validate_python(value)
    return record


@cache
def _adapter(kind: Any, types: tuple[type, ...]) -> TypeAdapter[Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    if types:
        adapter.rebuild(_types_namespace={each.__name__: each for each in types}, force=True)
    return adapter


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it knows."""
    if isinstance(value, Path):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else entries(value)
