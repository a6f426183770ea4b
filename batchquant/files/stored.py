"""JSON of our own ↔ records: checked as it is read, since anybody may have written there."""

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

Kind = TypeVar("Kind")


def read_json(content: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    ValueError
        If it is none, or nested too deeply.
    """
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"found {type(value).__name__}, expected an object")
    return value


def as_record(kind: type[Kind], value: Any, *types: type) -> Kind:
    """Turn what JSON knows into a record, at any depth.

    Parameters
    ----------
    kind : type
        A dataclass.
    value : object
        Its attributes by name.
    *types : type
        Those that annotations of `kind` name without importing them.

    Raises
    ------
    ValueError
        If something is missing, or is not what it should be.
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
