"""What validation finds → sentences about places of the file."""

import re
from collections.abc import Iterable, Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from batchquant.jobfile.model import Job
from batchquant.jobfile.near import near_key, near_match
from batchquant.jobfile.parts import InputFolder, Target
from batchquant.jobfile.run_wide import RUN_WIDE
from batchquant.jobfile.scalar import Surprise, describe
from batchquant.jobfile.tree import Node, Place, Problem

INSIDE_INPUT = re.compile(r"(^|\.)inputs(\[[0-9]+\])?\.")
INSIDE_TARGET = re.compile(r"(^|\.)target\.")
MANDATORY = InputFolder.model_fields | Target.model_fields | Job.model_fields
"""Every key that may be missing, and more."""


def translate_all(
    errors: ValidationError, tree: Node, *, incomplete: bool = False
) -> Iterator[Problem]:
    """Turn validation errors into problems; where keys may be missing, without those."""
    for details in errors.errors(include_url=False):
        if incomplete and details["type"] == "missing" and len(details["loc"]) == 1:
            continue
        if incomplete and details["type"] == "conflict":
            continue  # entries have keys of their own
        if details["type"] == "too_short" and details["input"]:
            continue  # a list of bad entries: pydantic counts the good ones
        yield _translate(details, tree)


def _translate(details: ErrorDetails, tree: Node) -> Problem:
    """Turn a validation error into a sentence about a place of the file."""
    context = details.get("ctx", {})
    keys = (*details["loc"], *context.get("at", ()))
    node, complete = tree.at(keys)
    if details["type"] == "missing":
        key = str(keys[-1])
        expected = MANDATORY[key].description or ""
        text = f"found no key {key!r}, expected {expected[0].lower()}{expected[1:]}"
        return Problem(node.place, f"{node.path}.{key}".lstrip("."), text)
    if details["type"] == "extra_forbidden":
        return Problem(node.key_place, node.path, _about_unknown_key(str(keys[-1]), node.path))
    if details["type"] == "too_short":
        return Problem(node.place, node.path, "found an empty list, expected at least one entry.")
    if details["type"] == "conflict":
        return _about_conflict(node, tree.at(keys[:-1])[0], context)
    # A scalar may stand for a list or a mapping: then the way ends early, at the scalar itself.
    is_scalar = node.items is None and node.entries is None
    derived = not complete and keys[-1:] == ("name",)
    value = node.scalar if is_scalar and not derived else details["input"]
    mends = [context["mend"]] if "mend" in context else []
    choices = context.get("choices", ())
    mends += _how_to_write(value, text=context.get("text", ""), choices=choices)
    mends += near_match(value, choices)
    if derived:
        mends.append("Give it one: {path: ..., name: ...}.")
    found = context.get("found") or describe(value)
    expected = context.get("expected", details["msg"])
    return Problem(
        node.place, node.path, " ".join((f"found {found}, expected {expected}.", *mends))
    )


def _about_conflict(node: Node, entry: Node, context: dict[str, str]) -> Problem:
    """Tell of a key that does not go with others of its job, which may stand above the job."""
    other = (entry.entries or {}).get(context["beside"])
    line = in_line(other.key_place) if other is not None else ""
    mend = context["mend"]
    if entry.path and not node.path.startswith(f"{entry.path}."):
        mend = f"It counts for {entry.path} too: move it into the jobs it is meant for."
    if entry.combination:
        mend += f" Or leave the combination out: vary: {{exclude: [{{{entry.combination}}}]}}."
    text = f"found {context['found']}{line}, expected {context['expected']}. {mend}"
    return Problem(node.key_place, node.path, text)


def in_line(place: Place, before: str = "") -> str:
    """Say in brackets in which line something stands; nothing of what stands in no file."""
    return f" ({before}line {place.line})" if place.line else ""


def _how_to_write(value: object, *, text: str, choices: Iterable[str]) -> list[str]:
    """Say how to write what YAML reads as something else."""
    if isinstance(value, Surprise):
        if choices:
            return [f"{value.reading()}."]
        way = f'put it in quotes: "{value.text}"' if text else "write a plain decimal number"
        return [f"{value.reading()}: {way}."]
    if text and isinstance(value, int | float):
        return [f'If that is {text}, put it in quotes: "{describe(value)}".']
    return []


def _about_unknown_key(key: str, path: str) -> str:
    inside_job, inside_input = path.startswith("jobs["), INSIDE_INPUT.search(path)
    inside_target = INSIDE_TARGET.search(path)
    if inside_job and key in RUN_WIDE:
        return "found a key of the whole file, expected it above 'jobs'. Move it there."
    if inside_input:
        known = set(InputFolder.model_fields)
    elif inside_target:
        known = set(Target.model_fields)
    elif inside_job:
        known = set(Job.model_fields) | {"vary"}
    else:
        known = set(Job.model_fields) - {"name"} | RUN_WIDE | {"jobs", "vary"}
    if not inside_input and not inside_target and key in InputFolder.model_fields:
        return f"found a key of an input, expected it there: inputs: [{{path: ..., {key}: ...}}]."
    mend = near_key(key, known) or f"All keys: {', '.join(sorted(known))}."
    return f"found an unknown key. {mend}"
