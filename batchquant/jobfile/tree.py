"""YAML text → a tree of nodes that know where they stand.

The tree is built from the parser's events, not by a YAML loader: so nothing recurses, every
repeated key is seen, and no key is lost. Scalars are read by `batchquant.jobfile.scalar`.
"""

import re
from dataclasses import dataclass

import yaml

from batchquant.jobfile.scalar import read_scalar

MAX_DEPTH = 16  # a job file needs five
MAX_NODES = 5000  # keys and values; checking as many takes less than a second
MAX_SHOWN_KEY = 40  # characters of a key, an anchor or a tag that a message quotes
BARE_COLOR = re.compile(r"[\[,]\s*#[0-9a-fA-F]{3}")  # the rest of its list is lost in a comment


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file; lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where, and the sentence."""

    place: Place
    path: str
    text: str


@dataclass(slots=True)
class Node:
    """A scalar, list or mapping of the file.

    Attributes
    ----------
    place : Place
        Where it begins.
    path : str
        How a person names it: ``jobs[0].k[2]``; empty for the whole file.
    key_place : Place
        Where its key stands; its own place where it has none.
    scalar : object
        Value of a scalar: str, int, float, bool, None or `Surprise`.
    items : list of Node or None
        Entries of a list.
    entries : dict of str to Node or None
        Entries of a mapping.
    """

    place: Place
    path: str
    key_place: Place
    scalar: object = None
    items: list["Node"] | None = None
    entries: dict[str, "Node"] | None = None

    def plain(self) -> object:
        """Return the value alone: dicts, tuples and scalars."""
        if self.entries is not None:
            return {key: node.plain() for key, node in self.entries.items()}
        if self.items is not None:
            return tuple(node.plain() for node in self.items)
        return self.scalar

    def at(self, keys: tuple[int | str, ...]) -> tuple["Node", bool]:
        """Follow keys and indices as far as there are nodes.

        Returns
        -------
        node : Node
            The last node found on the way.
        complete : bool
            Whether the way was followed to its end.
        """
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
    """Parse a YAML document.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    root : Node or None
        The document; None where it is empty or breaks off.
    problems : list of Problem
        Syntax errors, repeated keys, and what job files do not use: tags, anchors, aliases, several
        documents, deep nesting.
    """
    builder = _Builder()
    last: yaml.Event | None = None
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
            last = event
    except _HopelessError:
        return None, builder.problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        told = " ".join(filter(None, (error.context, error.problem)))
        if r"'\t'" in told:
            mend = " Indent with spaces, not tabs."
        else:
            mend = _about_what_is_open(text, error, place.line, builder, last)
        if BARE_COLOR.search(text):
            mend += " Put colors in quotes: without, # begins a comment."
        builder.report(place, "", f"found broken YAML ({told}), expected a YAML mapping.{mend}")
        return None, builder.problems
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        found = f"found the character U+{ord(text[error.position]):04X}"
        builder.report(place, "", f"{found}, expected printable text. Remove it.")
        return None, builder.problems
    except (ValueError, OverflowError):  # PyYAML's own, not of its error types
        place = _place(last) if last else Place(1, 1)
        told = "found a code point or version number beyond all limits"
        builder.report(place, "", f"{told}, expected a YAML mapping.")
        return None, builder.problems
    return builder.root, builder.problems


class _HopelessError(Exception):
    """The rest of the file cannot be made sense of; the problem is reported already."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    index: int  # of its first character in the text
    key: str | None = None
    key_place: Place | None = None


class _Builder:
    """Builds the tree from events, with a stack of its own."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0
        self._nodes = 0

    def report(self, place: Place, path: str, text: str) -> None:
        self.problems.append(Problem(place, path, text))

    def take(self, event: yaml.Event) -> None:
        """Add what an event stands for."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self.report(_place(event), "", "found a second document, expected one. Remove it.")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event)

    def innermost_bracket(self, text: str) -> tuple[str, int] | None:
        """Return the last bracket that was opened and not closed, and its line."""
        brackets = (
            (text[entry.index], entry.node.place.line)
            for entry in reversed(self._open)
            if text[entry.index] in "[{"
        )
        return next(brackets, None)

    def _take_node(self, event: yaml.NodeEvent) -> None:
        place = _place(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self.report(place, "", f"found more than {MAX_NODES} values, expected fewer.")
            raise _HopelessError
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.node.entries is not None and parent.key is None:
            self._take_key(parent, event)
            return
        node = self._attach(parent, place)
        self._refuse_extras(event, node.path)
        if isinstance(event, yaml.ScalarEvent):
            node.scalar = read_scalar(event.value, is_plain=event.style is None)
            if any("\ud800" <= letter <= "\udfff" for letter in event.value):
                self.report(place, node.path, "found half a character, expected valid Unicode.")
                node.scalar = None
        elif isinstance(event, yaml.CollectionStartEvent):
            if isinstance(event, yaml.MappingStartEvent):
                node.entries = {}
            else:
                node.items = []
            assert event.start_mark is not None
            self._open.append(_Open(node, event.start_mark.index))
            if len(self._open) > MAX_DEPTH:
                found = f"found more than {MAX_DEPTH} levels of lists and mappings"
                self.report(place, "", f"{found}, expected fewer.")
                raise _HopelessError

    def _take_key(self, parent: _Open, event: yaml.NodeEvent) -> None:
        place = _place(event)
        self._refuse_extras(event, parent.node.path)
        if isinstance(event, yaml.ScalarEvent):
            # A lone surrogate cannot be printed; as a key it is unknown in any case.
            key = event.value.encode("utf-8", "backslashreplace").decode()
            parent.key, parent.key_place = key, place
        else:
            self.report(place, parent.node.path, "found a list or mapping as a key, expected text.")
            raise _HopelessError

    def _attach(self, parent: _Open | None, place: Place) -> Node:
        """Hang a new node into the tree and say how it is named."""
        if parent is None:
            node = Node(place, "", place)
            if self._documents == 1:
                self.root = node
        elif parent.node.items is not None:
            node = Node(place, f"{parent.node.path}[{len(parent.node.items)}]", place)
            parent.node.items.append(node)
        else:
            assert parent.node.entries is not None and parent.key is not None
            assert parent.key_place is not None
            key, key_place = parent.key, parent.key_place
            parent.key = None
            node = Node(place, f"{parent.node.path}.{_shown(key)}".lstrip("."), key_place)
            first = parent.node.entries.setdefault(key, node)
            if first is not node:
                found = f"found the key a second time (first in line {first.key_place.line})"
                self.report(key_place, node.path, f"{found}, expected it once. Remove one of them.")
        return node

    def _refuse_extras(self, event: yaml.NodeEvent, path: str) -> None:
        """Refuse what makes a YAML file say more than it shows."""
        place = _place(event)
        if event.anchor is not None:
            name = _shown(event.anchor)
            if isinstance(event, yaml.AliasEvent):
                told = f"found the alias *{name}, expected the value itself. Write it out."
            else:
                told = f"found the anchor &{name}, expected none. Remove it."
            self.report(place, path, told)
        tag = getattr(event, "tag", None)
        if tag is not None:
            tag = _shown(tag.replace("tag:yaml.org,2002:", "!!"))
            self.report(place, path, f"found the tag {tag}, expected a plain value. Remove it.")


def _shown(key: str) -> str:
    """Name a key, an anchor or a tag in one line."""
    return key if key.isprintable() and len(key) <= MAX_SHOWN_KEY else repr(key[:MAX_SHOWN_KEY])


def _about_what_is_open(
    text: str, error: yaml.MarkedYAMLError, line: int, builder: _Builder, last: yaml.Event | None
) -> str:
    """Say which bracket or quote of an earlier line has to do with YAML that breaks in a line."""
    if error.context == "while scanning a quoted scalar" and error.context_mark is not None:
        mark = error.context_mark
        return f" The {text[mark.index]} opened in line {mark.line + 1} is still open."
    bracket = builder.innermost_bracket(text)
    if bracket is not None and bracket[1] < line:
        return f" The {bracket[0]} opened in line {bracket[1]} is still open."
    if isinstance(last, yaml.ScalarEvent) and last.style in ("'", '"') and last.end_mark:
        first, end = _place(last).line, last.end_mark.line + 1
        if first < end:
            return f" The {last.style} opened in line {first} is closed in line {end}."
    return ""


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None  # only events made by hand have none
    return Place(mark.line + 1, mark.column + 1)
