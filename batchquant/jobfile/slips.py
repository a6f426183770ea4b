"""Slips of the keyboard that YAML tells at another line, or in words of its own."""

import re
from typing import NamedTuple

import yaml

from batchquant.jobfile.model import Job
from batchquant.jobfile.near import KEY_OF
from batchquant.jobfile.run_wide import RUN_WIDE

KEYS = RUN_WIDE | set(Job.model_fields) | {"jobs", "vary"} | KEY_OF.keys()
"""Words that are meant as keys where they begin a line."""
BESIDE = re.compile(r"(?P<indent> *(?:- +)?)(?P<key>\w+)(?P<between>: *| +)(?P<value>\S.*)")
INDENTED = re.compile(r"( +)(\w+):(\s|$)")
WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
ESCAPE = "while scanning a double-quoted scalar"


class Slip(NamedTuple):
    """Where it is, counted from 1, of which key, and the sentence."""

    line: int
    column: int
    key: str
    told: str


def find_slip(text: str, error: yaml.MarkedYAMLError) -> Slip | None:
    """Find what YAML breaks by: the last slip before it notices."""
    begin, end = error.context_mark, error.problem_mark
    if error.context == ESCAPE and begin is not None:
        return _about_backslash(text, begin.line + 1, begin.column + 1, begin.index)
    slips = find_missing_colons(text)
    before = [slip for slip in slips if end is None or slip.line <= end.line + 1]
    return before[-1] if before else _about_indent(text, error)


def _about_indent(text: str, error: yaml.MarkedYAMLError) -> Slip | None:
    """Tell of a key that YAML stops at, as one from which a # was taken, and no space behind it."""
    if error.problem_mark is None:
        return None
    at = error.problem_mark.line
    match = INDENTED.match(text.splitlines()[at]) if at < len(text.splitlines()) else None
    if match is None or match[2] not in KEYS:
        return None
    told = "it does not begin where the keys above it begin. Remove or add spaces before it."
    return Slip(at + 1, len(match[1]) + 1, match[2], told)


def find_missing_colons(text: str) -> list[Slip]:
    """Find the keys of a text that have no colon: without any, YAML reads it as one long word."""
    slips = (_about_colon(at, line) for at, line in enumerate(text.splitlines(), start=1))
    return [slip for slip in slips if slip is not None]


def _about_colon(number: int, line: str) -> Slip | None:
    """Tell of a key without a colon, or without a space behind it."""
    match = BESIDE.fullmatch(line)
    if match is None or match["key"] not in KEYS or match["between"].startswith(": "):
        return None
    missing = "space behind the colon of" if match["between"] == ":" else "colon behind"
    if missing.startswith("colon") and re.search(r":(\s|$)", match["value"]):
        return None  # it is a value, in the line below its key
    value = match["value"].split(" #")[0].rstrip()
    told = f"a {missing} {match['key']!r} is missing. Write: {match['key']}: {value}"
    return Slip(number, len(match["indent"]) + 1, match["key"], told)


def _about_backslash(text: str, line: int, column: int, begin: int) -> Slip | None:
    """Tell of a backslash that YAML takes for an escape, which most often is a Windows path."""
    quoted = text[begin + 1 :].partition("\n")[0].partition('"')[0]
    if "\\" not in quoted:
        return None
    what = "a Windows path" if WINDOWS.match(quoted) else "a backslash"
    told = f"{what} cannot stand in double quotes, where \\ means something else."
    return Slip(line, column, "", f"{told} Write it in single quotes: '{quoted}'")
