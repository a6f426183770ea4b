"""YAML text → a tree of nodes that know where they stand.

PyYAML composes the tree. `_Composer` looks at each node before, so that depth and size have bounds
before anything recurses. Scalars are read by `batchquant.jobfile.scalar`.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from batchquant.jobfile.scalar import read_scalar
from batchquant.jobfile.slips import find_slip

MAX_DEPTH = 16  # a job file needs five
MAX_NODES = 5000  # keys and values; checking as many takes less than a second
MAX_SHOWN_KEY = 40  # characters of a key, an anchor or a tag that a message quotes
BARE_COLOR = re.compile(r"[\[,]\s*#[0-9a-fA-F]{3}")  # the rest of its list is lost in a comment


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file; lines and columns count from 1."""

    line: int
    column: int


NOWHERE = Place(0, 0)
"""Of what stands in no file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where, and the sentence."""

    place: Place
    path: str
    text: str


@dataclass(slots=True)
class Node:
    """A scalar, list or mapping of the file."""

    place: Place
    path: str  # as a person names it: ``jobs[0].k[2]``; empty for the whole file
    key_place: Place  # its own place where it has no key
    scalar: object = None  # str, int, float, bool, None or `Surprise`
    items: list["Node"] | None = None  # of a list
    entries: dict[str, "Node"] | None = None  # of a mapping
    combination: str = ""  # of an entry that `vary` made: its part of it, as YAML has it

    def plain(self) -> object:
        """Return the value alone: dicts, tuples and scalars."""
        if self.entries is not None:
            return {key: node.plain() for key, node in self.entries.items()}
        if self.items is not None:
            return tuple(node.plain() for node in self.items)
        return self.scalar

    def at(self, keys: tuple[int | str, ...]) -> tuple["Node", bool]:
        """Follow keys and indices; return the last node on the way, and whether that is its end."""
        node = self
        for key in keys:
            if node.entries is not None and isinstance(key, str) and key in node.entries:
                node = node.entries[key]
            elif node.items is not None and isinstance(key, int) and key < len(node.items):
                node = node.items[key]
            elif node.items is None and key == 0:
                continue  # one entry in place of a list
            else:
                return node, False
        return node, True


def parse(text: str) -> tuple[Node | None, list[Problem]]:
    """Parse a YAML document; the root is None where the file is empty or breaks off.

    Problems are broken syntax, repeated keys, and what job files do not use: tags, anchors,
    aliases, several documents, deep nesting.
    """
    problems: list[Problem] = []
    try:
        composer = _Composer(text, problems)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        told = f"the character U+{ord(text[error.position]):04X} cannot be in YAML. Remove it."
        return None, [Problem(place, "", told)]
    try:
        root = composer.get_node() if composer.check_node() else None
        if composer.check_node():
            told = "a second document begins here, and a job file is one. Remove it."
            problems.append(Problem(_place(composer.peek_event()), "", told))
    except _HopelessError as error:
        return None, [*problems, error.problem]
    except yaml.MarkedYAMLError as error:
        return None, [*problems, _about_broken(text, error, composer)]
    except (ValueError, OverflowError):  # PyYAML's own, not of its error types
        told = "there is a code point or version number beyond all limits. Remove it."
        return None, [*problems, Problem(_place(composer.last), "", told)]
    return (_build(root, "", _place(root), problems) if root else None), problems


class _HopelessError(Exception):
    """The rest of the file cannot be made sense of."""

    def __init__(self, event: yaml.Event, path: str, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(_place(event), path, text)


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what makes a YAML file say more than it shows."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        super().__init__(text)
        self.last: Any = self.peek_event()
        self._problems = problems
        self._paths: list[str] = []  # of nodes whose end has not come
        self._n_nodes = 0

    def get_event(self) -> Any:
        self.last = super().get_event()
        return self.last

    def compose_node(
        self, parent: yaml.Node | None, index: yaml.Node | int | None
    ) -> yaml.Node | None:
        event = self.peek_event()
        path = self._paths[-1] if self._paths else ""
        if index is not None:
            path = _below(path, index)
        self._n_nodes += 1
        if self._n_nodes > MAX_NODES:
            told = f"there are more than {MAX_NODES} values. Part them among several job files."
            raise _HopelessError(event, "", told)
        self._refuse_extras(event, path)
        is_key = isinstance(parent, yaml.MappingNode) and index is None
        if is_key and not isinstance(event, yaml.ScalarEvent):
            raise _HopelessError(event, path, "a list or mapping is no key. Write a word.")
        if isinstance(event, yaml.AliasEvent):
            return yaml.ScalarNode("", "", self.get_event().start_mark)
        if isinstance(event, yaml.CollectionStartEvent) and len(self._paths) == MAX_DEPTH:
            told = f"lists and mappings are nested deeper than {MAX_DEPTH}. Take some out."
            raise _HopelessError(event, "", told)
        self.anchors.clear()  # of the same name twice: both are refused, and none is followed
        self._paths.append(path)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]  # a stub too narrow
        self._paths.pop()
        return node

    def _refuse_extras(self, event: yaml.NodeEvent, path: str) -> None:
        told = []
        if event.anchor is not None:
            name = _shown(event.anchor)
            if isinstance(event, yaml.AliasEvent):
                told.append(f"job files have no aliases such as *{name}. Write the value itself.")
            else:
                told.append(f"job files have no anchors such as &{name}. Remove it.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            tag = _shown(tag.replace("tag:yaml.org,2002:", "!!"))
            told.append(f"job files have no tags such as {tag}. Remove it.")
        self._problems += [Problem(_place(event), path, text) for text in told]


def _build(composed: yaml.Node, path: str, key_place: Place, problems: list[Problem]) -> Node:
    """Turn what PyYAML has composed into nodes of ours."""
    node = Node(_place(composed), path, key_place)
    if isinstance(composed, yaml.SequenceNode):
        node.items = [
            _build(item, _below(path, index), _place(item), problems)
            for index, item in enumerate(composed.value)
        ]
    elif isinstance(composed, yaml.MappingNode):
        node.entries = {}
        for key, value in composed.value:
            entry = _build(value, _below(path, key), _place(key), problems)
            first = node.entries.setdefault(_name(key), entry)
            if first is not entry:
                told = (
                    f"this key stands in line {first.key_place.line} already. Remove one of them."
                )
                problems.append(Problem(entry.key_place, entry.path, told))
    elif any("\ud800" <= letter <= "\udfff" for letter in composed.value):
        told = "this holds half a character of Unicode. Write it anew."
        problems.append(Problem(node.place, path, told))
    else:
        assert isinstance(composed, yaml.ScalarNode)
        node.scalar = read_scalar(composed.value, is_plain=composed.style is None)
    return node


def _name(key: yaml.Node) -> str:
    """Return a key as text; a lone surrogate cannot be printed, and is unknown in any case."""
    return str(key.value).encode("utf-8", "backslashreplace").decode()


def _below(path: str, index: yaml.Node | int) -> str:
    """Name what stands in a list or, by its key, in a mapping."""
    if isinstance(index, int):
        return f"{path}[{index}]"
    return f"{path}.{_shown(_name(index))}".lstrip(".")


def _shown(key: str) -> str:
    """Name a key, an anchor or a tag in one line."""
    return key if key.isprintable() and len(key) <= MAX_SHOWN_KEY else repr(key[:MAX_SHOWN_KEY])


def _about_broken(text: str, error: yaml.MarkedYAMLError, composer: _Composer) -> Problem:
    """Say where YAML breaks, and what is open or bare there."""
    if slip := find_slip(text, error):
        return Problem(Place(slip.line, slip.column), slip.key, slip.told)
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    told = " ".join(filter(None, (error.context, error.problem)))
    if r"'\t'" in told:
        mend = "Indent with spaces, not tabs."
    else:
        mend = _about_what_is_open(text, error, place.line, composer)
    if BARE_COLOR.search(text):
        mend += " Put colors in quotes: without, # begins a comment."
    mend = mend or "Write each key as KEY: VALUE, in a line of its own."
    return Problem(place, "", f"this is no YAML. {mend.strip()} (YAML says: {told}.)")


def _about_what_is_open(
    text: str, error: yaml.MarkedYAMLError, line: int, composer: _Composer
) -> str:
    """Say which bracket or quote of an earlier line has to do with YAML that breaks in a line."""
    if error.context == "while scanning a quoted scalar" and error.context_mark is not None:
        mark = error.context_mark
        return f"The {text[mark.index]} opened in line {mark.line + 1} is still open."
    brackets = (mark for mark in reversed(composer.marks) if text[mark.index] in "[{")
    bracket = next(brackets, None)
    if bracket is not None and bracket.line + 1 < line:
        return f"The {text[bracket.index]} opened in line {bracket.line + 1} is still open."
    last = composer.last
    if isinstance(last, yaml.ScalarEvent) and last.style in ("'", '"') and last.end_mark:
        first, end = _place(last).line, last.end_mark.line + 1
        if first < end:
            return f"The {last.style} opened in line {first} is closed in line {end}."
    return ""


def _place(marked: yaml.Event | yaml.Node) -> Place:
    mark = marked.start_mark
    assert mark is not None  # only what is made by hand has none
    return Place(mark.line + 1, mark.column + 1)
