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
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
INSIDE_TARGET = re.compile(r"(^|\.)target\.")
MISSING = {
    "inputs": "Say where the pictures are, such as: inputs: photos",
    "k": "Say how many colors, such as: k: 3,5,7 (or give a palette)",
    "path": "Say where the pictures are, such as: path: photos",
}
"""Keys without which there is nothing to do, and how to add them."""


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
        text = f"the key {key!r} is missing. {MISSING.get(key, 'Add it.')}"
        return Problem(node.place, f"{node.path}.{key}".lstrip("."), text)
    if details["type"] == "extra_forbidden":
        return Problem(node.key_place, node.path, _about_unknown_key(str(keys[-1]), node.path))
    if details["type"] == "too_short":
        mend = "" if keys[-1] in MISSING else ", or take the key out"
        text = f"the list is empty. Write at least one entry{mend}."
        return Problem(node.place, node.path, text)
    if details["type"] == "conflict":
        return _about_conflict(node, tree.at(keys[:-1])[0], context)
    # A scalar may stand for a list or a mapping: then the way ends early, at the scalar itself.
    is_scalar = node.items is None and node.entries is None
    derived = not complete and keys[-1:] == ("name",)
    value = node.scalar if is_scalar and not derived else details["input"]
    if derived:
        told = f"{describe(value)} cannot be the name of a folder of outputs."
        return Problem(node.place, node.path, f"{told} Give it another: {{path: ..., name: ...}}")
    mends = [context["mend"]] if "mend" in context else []
    choices = context.get("choices", ())
    mends += _how_to_write(value, text=context.get("text", ""), choices=choices)
    if isinstance(value, str) and context.get("bare") and NUMBER.fullmatch(value):
        mends.append("Take the quotes away.")
    mends += near_match(value, choices)
    told = context.get("told") or unfit(value)
    if "told" not in context or context["expected"]:
        mends.append(f"Write {context.get('expected', details['msg'])}.")
    return Problem(node.place, node.path, " ".join((told, *mends)))


def _about_conflict(node: Node, entry: Node, context: dict[str, str]) -> Problem:
    """Tell of a key that does not go with others of its job, which may stand above the job."""
    other = (entry.entries or {}).get(context["beside"])
    line = beside(other) if other is not None else ""
    told, mend = context["told"].replace("{line}", line), context["mend"]
    if entry.path and not node.path.startswith(f"{entry.path}."):
        mend = f"It counts for {entry.path} too: move it into the jobs it is meant for."
    if entry.combination:
        mend += f" Or leave the combination out: vary: {{exclude: [{{{entry.combination}}}]}}."
    return Problem(node.key_place, node.path, f"{told}. {mend}")


def unfit(value: object) -> str:
    """Say that a value is none for its key; what is one is said behind it."""
    if value is None:
        return "there is no value."
    return "the list is empty." if value == () else f"{describe(value)} does not work here."


def beside(node: Node) -> str:
    """Say in brackets where something else stands: its line, or the option that it is of."""
    return in_line(node.key_place) or (f" ({node.path})" if node.path.startswith("-") else "")


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
        return "this key is about the whole file. Move it above 'jobs'."
    if inside_input:
        known = set(InputFolder.model_fields)
    elif inside_target:
        known = set(Target.model_fields)
    elif inside_job:
        known = set(Job.model_fields) | {"vary"}
    else:
        known = set(Job.model_fields) - {"name"} | RUN_WIDE | {"jobs", "vary"}
    if not inside_input and not inside_target and key in InputFolder.model_fields:
        return f"this key belongs to an input. Write it there: inputs: [{{path: ..., {key}: ...}}]"
    mend = near_key(key, known) or f"All keys: {', '.join(sorted(known))}."
    return f"there is no such key. {mend}"
