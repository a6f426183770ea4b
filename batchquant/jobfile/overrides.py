"""``-s KEY=VALUE`` and ``--vary KEY=A,B``: what stands in place of keys of a job file."""

import os
from dataclasses import dataclass

from batchquant.errors import UsageError
from batchquant.jobfile.model import Job
from batchquant.jobfile.near import near_key
from batchquant.jobfile.run_wide import RUN_WIDE, JobFile
from batchquant.jobfile.scalar import read_scalar
from batchquant.jobfile.tree import NOWHERE, Node, parse
from batchquant.jobfile.vary import EXCLUDE, VARIED, VARY
from batchquant.sources.source import scheme_of

KEYS = sorted((RUN_WIDE | set(Job.model_fields)) - {"name"})
LISTS = frozenset(
    key
    for key, field in (Job.model_fields | JobFile.model_fields).items()
    if (isinstance(field.default, tuple) and key != "background") or key in ("k", "inputs")
)
"""Keys that have lists."""
PLACES = frozenset({"inputs", "output", "palette", "state"})
"""Keys whose values may be paths."""


@dataclass(frozen=True, slots=True)
class Override:
    """A key, and what it is set to or varied over, as it was written.

    Attributes
    ----------
    option : str
        ``-s``, ``--vary``, or one that is for this key alone.
    key, value : str
        What stands on either side of the sign.
    """

    option: str
    key: str
    value: str

    @classmethod
    def of(cls, option: str, text: str) -> "Override":
        """Take what stands behind an option; raises UsageError if it names no key."""
        key, equals, value = text.partition("=")
        if not equals or not value:
            raise UsageError(
                f"{option} {text}: no value. Write KEY=VALUE, such as {option} blur=3."
            )
        if key not in KEYS:
            mend = near_key(key, KEYS) or f"Known are {', '.join(KEYS)}."
            raise UsageError(f"{option} {text}: there is no key {key!r} in job files. {mend}")
        return cls(option, key, value)

    @property
    def text(self) -> str:
        """As it was written: ``-s KEY=VALUE``, ``--vary KEY=A,B``, or ``--dither VALUE``."""
        if self.option in ("-s", "--vary"):
            return f"{self.option} {self.key}={self.value}"
        return f"{self.option} {self.value}"

    @property
    def is_varied(self) -> bool:
        """Whether it lists values, each of which is tried."""
        return self.option == "--vary"

    def put_into(self, root: Node) -> None:
        """Let it stand in place of what a job file says of the key."""
        entries = root.entries or {}
        listed = entries.get("jobs")
        below = [entry.entries for entry in (listed and listed.items) or [] if entry.entries]
        for keys in (entries, *below):
            if self.key in VARIED or not self.is_varied:
                keys.pop(self.key, None)
            varied = keys.get(VARY)
            if varied is not None and varied.entries is not None:
                varied.entries.pop(self.key, None)
                if varied.entries.keys() <= {EXCLUDE} and not self.is_varied:
                    del keys[VARY]
        if not self.is_varied:
            entries[self.key] = self.node()
            return
        for keys in (entries, *(keys for keys in below if VARY in keys)):
            varied = keys.setdefault(VARY, Node(NOWHERE, self.text, NOWHERE, entries={}))
            if varied.entries is not None:
                varied.entries[self.key] = self.node()

    def node(self) -> Node:
        """Return the value as if it stood in a job file; paths begin at the current folder."""
        if self.value[0] in "[{":
            found, problems = parse(self.value)
            if found is None or problems:
                told = problems[0].text if problems else "there is no value."
                raise UsageError(f"{self.text}: {told}")
            return self._placed(found)
        is_path = self.key in PLACES and os.path.exists(self.value)  # noqa: PTH110 - never raises
        if self.is_varied or (self.key in LISTS and "," in self.value and not is_path):
            items = [self._scalar(part) for part in self.value.split(",")]
            return Node(NOWHERE, self.text, NOWHERE, items=items)
        return self._scalar(self.value)

    def _scalar(self, text: str) -> Node:
        value = read_scalar(text.strip(), is_plain=True)
        return self._placed(Node(NOWHERE, "", NOWHERE, scalar=value))

    def _placed(self, node: Node) -> Node:
        """Let messages name the option, and paths be relative to the current folder."""
        node.place = node.key_place = NOWHERE
        node.path = self.text
        for below in (*(node.items or ()), *(node.entries or {}).values()):
            self._placed(below)
        if self.key in PLACES and isinstance(node.scalar, str):
            is_path = not node.scalar.startswith(("#", "~")) and not scheme_of(node.scalar)
            node.scalar = os.path.abspath(node.scalar) if is_path else node.scalar  # noqa: PTH100
        return node
