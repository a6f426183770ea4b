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
    "alpha": "flatten",
    "background": '"#000000"',
    "before_after": "webp",
    "blur": "3",
    "book": "a4",
    "color_profile": "srgb",
    "color_space": "oklab",
    "csv_bom": "true",
    "delta_e": "3",
    "dither": "floyd-steinberg",
    "dither_strength": "0.5",
    "dpi": "300",
    "error_map": "true",
    "favor_rare": "0.5",
    "formats": "[png, pdf]",
    "frames": "all",
    "init": "[kmeans++, random]",
    "max_error": "40",
    "max_iter": "100",
    "max_pixels": "500000000",
    "memory": "8 GB",
    "mse": "50",
    "n_init": "10",
    "output": "night",
    "refine": "swaps",
    "report": "[csv, json]",
    "seed": "7",
    "shared_palette": "folder",
    "sheet": "none",
    "target": "{psnr_db: 32}",
    "timeout": "600",
    "tol": "0.5",
    "truncated": "accept",
    "vary": "{blur: [0, 3], color_space: [srgb, oklab]}",
    "jobs": "[{name: few, k: [3, 5]}, {name: many, k: 16..64:16}]",
}
"""How a person writes keys, with another value than their default."""
REQUIRED = {
    "inputs": "required",
    "k": "required, where there is no palette",
    "path": "required",
    "name": "required",
}
"""Keys without which there is nothing to do, and what is said in place of their default."""
GOAL = 32  # as good an example as any, of a figure that an extension adds
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
    default: str  # as YAML has it, "not set", or that it is required
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
    told = "not set" if default in (None, "", [], ()) else _shortest(default)
    value = EXAMPLES.get(key, default)
    example = FORMS.get(key) or _shortest(GOAL if value is None else value)
    return Explanation(
        key=key,
        where=where,
        meaning=schema["description"],
        default=REQUIRED.get(key, told),
        choices=choices_of(schema),
        example=f"{key}: {example}",
    )
