"""`vary`: an entry of a job file → the entries that it stands for, one for each combination."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import PurePath

from batchquant.formats.palette_text import format_hex
from batchquant.jobfile.model import Job
from batchquant.jobfile.near import near_key
from batchquant.jobfile.scalar import Surprise, describe
from batchquant.jobfile.sentences import beside, in_line, unfit
from batchquant.jobfile.tree import Node, Problem

VARY, EXCLUDE = "vary", "exclude"
VARIED = (
    "color_profile",
    "alpha",
    "reduce",
    "blur",
    "palette",
    "pin",
    "n_init",
    "refine",
    "max_iter",
    "tol",
    "color_space",
    "favor_rare",
    "shared_palette",
    "dither",
    "dither_strength",
    "background",
    "dpi",
)
"""Keys that pictures depend on, and that have one value."""
MAX_COMBINATIONS = 256
Combination = dict[str, Node]


@dataclass(frozen=True, slots=True)
class Varied:
    """One of the entries that an entry stands for.

    Attributes
    ----------
    entry : Node
        A mapping as if somebody had written it out; its nodes stand where their values do.
    values : Mapping of str to str
        What each varied key is set to here, as names and reports tell it.
    is_default : bool
        Whether each of these is set to its default: then it has the name of the entry.
    """

    entry: Node
    values: Mapping[str, str] = field(default_factory=dict)
    is_default: bool = False

    @property
    def name(self) -> str:
        """Of the job; empty where it has none."""
        node = (self.entry.entries or {}).get("name")
        return str(node.scalar) if node else ""


def as_varied(families: Iterable[Sequence[Varied]]) -> dict[str, object]:
    """Return `varied` and `combinations` of a `JobFile`, for what each of its entries stands for.

    First of the combinations of an entry is the one of defaults, where there is one.
    """
    varied = {each.name: dict(each.values) for family in families for each in family if each.values}
    combinations = {}
    for family in families:
        if len(family) > 1:
            first = next((each for each in family if each.is_default), family[0])
            combinations[first.name] = tuple(each.name for each in family)
    return {"varied": varied, "combinations": combinations}


def inherit(shared: Mapping[str, Node], own: Mapping[str, Node]) -> dict[str, Node]:
    """Put what an entry says above what all have in common.

    A key that an entry sets is no longer varied in it, and what it varies is no longer set.
    """
    keys = {**shared, **own}
    vary = keys.get(VARY)
    if VARY in own:
        varied = set(_values_of(own[VARY])).intersection(VARIED) - own.keys()
        return {key: node for key, node in keys.items() if key not in varied}
    if vary is not None and vary.entries is not None:
        left = {key: node for key, node in vary.entries.items() if key not in own}
        if EXCLUDE in left:
            left[EXCLUDE] = _what_is_left(left[EXCLUDE], own)
        keys[VARY] = Node(vary.place, vary.path, vary.key_place, entries=left)
    return keys


def _what_is_left(exclude: Node, own: Mapping[str, Node]) -> Node:
    """Return what excludes combinations of an entry that sets some of the keys itself."""
    items = []
    for item in [exclude] if exclude.items is None else exclude.items:
        entries = item.entries or {}
        is_meant = all(
            _told(key, node) == _told(key, own[key]) for key, node in entries.items() if key in own
        )
        left = {key: node for key, node in entries.items() if key not in own}
        if item.entries is None:
            items.append(item)
        elif left and is_meant:
            items.append(Node(item.place, item.path, item.key_place, entries=left))
    return Node(exclude.place, exclude.path, exclude.key_place, items=items)


def expand(entry: Node, problems: list[Problem]) -> Iterator[Varied]:
    """Yield the entries that an entry stands for: itself, if it varies nothing.

    Each has the name of the entry with what differs from the defaults of keys behind it, so that a
    key added later renames nothing: ``NAME~blur=3,color_space=oklab``.
    """
    keys = {key: node for key, node in (entry.entries or {}).items() if key != VARY}
    vary = (entry.entries or {}).get(VARY)
    if vary is None:
        yield Varied(entry)
        return
    found = list(_problems_of(vary, keys))
    values = _values_of(vary)
    n_combinations = prod(map(len, values.values()))
    if n_combinations > MAX_COMBINATIONS:
        text = f"these are {n_combinations} combinations, and {MAX_COMBINATIONS} are the most."
        text += " Vary fewer keys, or exclude some."
        found.append(Problem(vary.key_place, vary.path, text))
    problems += found
    if found or not values:
        yield Varied(Node(entry.place, entry.path, entry.place, entries=keys))
        return
    excluded = _excluded(vary, values, problems)
    left = [
        combination
        for chosen in product(*values.values())
        if not _is_excluded(combination := dict(zip(values, chosen, strict=True)), excluded)
    ]
    if not left:
        exclude = (vary.entries or {})[EXCLUDE]
        text = "this leaves no combination. Take some of it out."
        problems.append(Problem(exclude.key_place, exclude.path, text))
    for combination in left:
        yield _combined(entry, keys, combination, vary)


def _combined(
    entry: Node, keys: Mapping[str, Node], combination: Combination, vary: Node
) -> Varied:
    """Write out a combination. What is set to nothing, or to its default, is not written."""
    told = {key: _told(key, combination[key]) for key in sorted(combination)}
    name = str(keys["name"].scalar) if "name" in keys else ""
    other = {key: text for key, text in told.items() if text != _default(key)}
    differs = ",".join(f"{key}={text}" for key, text in other.items())
    full = {**keys, **{key: node for key, node in combination.items() if key in other}}
    if other:
        name = f"{name}~{differs}" if name else differs
        full["name"] = Node(vary.key_place, vary.path, vary.key_place, scalar=name)
    written = ", ".join(f"{key}: {_written(node)}" for key, node in combination.items())
    combined = Node(entry.place, entry.path, entry.place, entries=full, combination=written)
    return Varied(combined, told, is_default=not other)


def _values_of(vary: Node) -> dict[str, list[Node]]:
    """Return the values of each key that is varied."""
    entries = vary.entries or {}
    return {key: node.items or [] for key, node in entries.items() if key != EXCLUDE}


def _problems_of(vary: Node, keys: Mapping[str, Node]) -> Iterator[Problem]:
    """Find what is wrong with the form of it."""
    if vary.entries is None:
        text = f"{unfit(vary.plain())} Write keys with their values, such as {{blur: [0, 3]}}."
        yield Problem(vary.place, vary.path, text)
    for key, node in (vary.entries or {}).items():
        if key == EXCLUDE:
            continue
        if key not in VARIED:
            text = "this key cannot be varied."
            mend = near_key(key, VARIED) or f"These can: {', '.join(VARIED)}."
            if key in ("k", "init"):
                mend = f"Write several values behind {key} itself: {key}: [...]"
            yield Problem(node.key_place, node.path, f"{text} {mend}")
        elif not node.items:
            text = f"{unfit(node.plain())} Write a list of values: [...]"
            yield Problem(node.place, node.path, text)
        elif key in keys:
            text = (
                f"{key} is set to one value, too{in_line(keys[key].key_place)}."
                f" Remove that, and put its value into this list."
            )
            yield Problem(node.key_place, node.path, text)
        else:
            yield from _repeated(key, node.items)


def _repeated(key: str, values: list[Node]) -> Iterator[Problem]:
    """Find values that would give combinations of one name."""
    seen: dict[str, Node] = {}
    for node in values:
        told = _told(key, node)
        first = seen.setdefault(told, node)
        if first is not node:
            text = (
                f"another value would name its job {key}={told}, too"
                f"{in_line(first.place, 'first in ')}."
            )
            is_file = key == "palette"
            mend = " Files are told by their names: rename one." if is_file else " Take one out."
            yield Problem(node.place, node.path, text + mend)


def _excluded(
    vary: Node, values: Mapping[str, list[Node]], problems: list[Problem]
) -> list[Combination]:
    """Return the combinations, or parts of them, that are left out."""
    exclude = (vary.entries or {}).get(EXCLUDE)
    if exclude is None:
        return []
    items = [exclude] if exclude.items is None else exclude.items
    excluded = []
    for item in items:
        if not item.entries:
            text = f"{unfit(item.plain())} Write keys with their values, such as {{blur: 3}}."
            problems.append(Problem(item.place, item.path, text))
            continue
        excluded.append(item.entries)
        for key, node in item.entries.items():
            if key not in values:
                text = f"this key is not varied. These are: {', '.join(values)}."
                problems.append(Problem(node.key_place, node.path, text))
            elif _told(key, node) not in (told := [_told(key, value) for value in values[key]]):
                option = beside(values[key][0]) if not values[key][0].key_place.line else ""
                text = f"{describe(node.plain())} is not among the values"
                text += f"{option}: {', '.join(told)}."
                problems.append(Problem(node.place, node.path, text))
    return excluded


def _is_excluded(combination: Combination, excluded: list[Combination]) -> bool:
    told = {key: _told(key, node) for key, node in combination.items()}
    return any(
        all(told.get(key) == _told(key, node) for key, node in part.items()) for part in excluded
    )


def _is_nothing(node: Node) -> bool:
    return node.scalar is None and node.items is None and node.entries is None


def _told(key: str, node: Node) -> str:
    """Tell a value in a name: a file by its stem, a list by what it holds."""
    if _is_nothing(node):
        return _default(key)
    if node.entries is not None:
        return "+".join(node.entries)
    if node.items is not None:
        return "+".join(_told(key, item) for item in node.items)
    if key == "palette" and isinstance(node.scalar, str) and not node.scalar.startswith("#"):
        return PurePath(node.scalar).stem
    return _text(node.scalar)


def _default(key: str) -> str:
    """Tell the default of a key as `_told` tells values."""
    default = Job.model_fields[key].default
    if key == "background":
        return _text(format_hex(default))
    return "" if default is None or default == () else _text(default)


def _text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.15g}"
    text = str(value.text if isinstance(value, Surprise) else value)
    return text[1:].lower() if text.startswith("#") else text


def _written(node: Node) -> str:
    """Write a value as YAML has it, in one line."""
    if node.entries is not None:
        pairs = (f"{key}: {_written(entry)}" for key, entry in node.entries.items())
        return f"{{{', '.join(pairs)}}}"
    if node.items is not None:
        return f"[{', '.join(map(_written, node.items))}]"
    if _is_nothing(node):
        return "~"
    text = str(node.scalar.text if isinstance(node.scalar, Surprise) else node.scalar)
    return f'"{text}"' if text.startswith("#") else text
