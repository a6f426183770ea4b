"""A key of job files → what a person wants to know of it, from the models alone."""

import json
from dataclasses import dataclass
from typing import Any

from batchquant.jobfile.schema import job_file_schema

EXAMPLES: dict[str, Any] = {
    "include": ["*.jpg", "*.png"],
    "reduce": 1600,
    "palette": ["#1d3557", "#e63946", "#f1faee"],
    "pin": ["#ffffff"],
    "palette_files": ["gpl", "swatch"],
    "target": {"psnr_db": 32},
    "when_done": ["notify-send", "batchquant", "The pictures are made."],
    "vary": {"blur": [0, 3], "color_space": ["srgb", "oklab"]},
    "jobs": [{"name": "few", "k": [3, 5]}, {"name": "many", "k": ["16..64:16"]}],
}
"""Values of keys whose default cannot be written: it is that they are not there."""
FORMS = {
    "k": "3,5,7, or 3..11:2, or [3, 5, 16..64:16]",
    "inputs": '[photos, "scans/*.png", {path: trips, exclude: ["drafts/"]}]',
    "path": "photos",
    "only": '["*.jpg", "best/"]',
    "exclude": '["drafts/", "*_old.jpg"]',
    "name": "holiday",
    "state": "state",
}
"""How keys are written that must be set, or stand inside of others."""
GOAL = 32  # as good an example as any, of each figure of a target
INSIDE = (
    ("Job", "inside an entry of jobs"),
    ("InputFolder", "inside inputs"),
    ("Target", "inside target"),
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say of a key."""

    key: str
    where: str  # empty: at the top, or in an entry of jobs
    meaning: str
    default: str  # as YAML has it; empty where there is none
    choices: tuple[str, ...]
    example: str


def explain(key: str) -> Explanation | None:
    """Explain a key; None if there is none of this name."""
    schema = job_file_schema()
    if key in schema["properties"]:
        return _explained(key, "", schema["properties"][key])
    for part, where in INSIDE:
        if key in (inside := _properties(schema["$defs"][part])):
            return _explained(key, where, inside[key])
    return None


def keys() -> frozenset[str]:
    """Return all that can be explained."""
    schema = job_file_schema()
    inside = (name for part, _ in INSIDE for name in _properties(schema["$defs"][part]))
    return frozenset(schema["properties"]).union(inside)


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a mapping, in whose place a word may stand."""
    keys: dict[str, Any] = (schema if "properties" in schema else schema["anyOf"][-1])["properties"]
    return keys


def choices_of(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the words there are for a value, as far as they are all that there is."""
    forms = (schema, *schema.get("anyOf", ()))
    return next((tuple(form["enum"]) for form in forms if "enum" in form), ())


def write(value: object) -> str:
    """Write a value as a person would: 150, not 150.0."""
    return json.dumps(value).removesuffix(".0")


def _shortest(value: object) -> str:
    """Write a value as it is typed: one word in place of a list, without quotes it can do without.

    >>> _shortest(["kmeans++"]), _shortest("#ffffff")
    ('kmeans++', '"#ffffff"')
    """
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    is_word = isinstance(one, str) and not one.startswith("#")
    return str(one) if is_word else write(one)


def _explained(key: str, where: str, schema: dict[str, Any]) -> Explanation:
    default = schema.get("default")
    told = "" if default in (None, "", [], ()) else _shortest(default)
    value = EXAMPLES.get(key, default)
    example = FORMS.get(key) or _shortest(GOAL if value is None else value)
    return Explanation(
        key=key,
        where=where,
        meaning=schema["description"],
        default=told,
        choices=choices_of(schema),
        example=f"{key}: {example}",
    )
