"""A share of the pictures: what one of several machines works on."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from batchquant.errors import UsageError

NAME = re.compile(r"shard-([1-9]\d{0,5})-of-([1-9]\d{0,5})")
MAX_TOLD = 8  # that a sentence names
TEXT = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of some shares of the pictures of a job file.

    Which it is depends on a picture's name alone: so each machine tells it without the others, and
    a new picture moves no other one. All frames of a file, and what several jobs make of it, are
    in one: it is read there only.

    Attributes
    ----------
    number : int
        Which it is, from 1.
    n_shards : int
        How many there are.

    Examples
    --------
    >>> shard = Shard.parse("2/8")
    >>> str(shard), shard.name, shard == Shard.named("shard-2-of-8")
    ('2/8', 'shard-2-of-8', True)
    >>> [number for number in range(1, 9) if Shard(number, 8).takes("photos", "trip/cat.jpg")]
    [5]
    """

    number: int
    n_shards: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.n_shards:
            raise UsageError(
                f"shard: there is no {self}. Count from 1 up to how many there are, such as"
                f" 1/{max(self.n_shards, 1)}."
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.n_shards}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as it is typed; raises UsageError."""
        found = TEXT.fullmatch(text)
        if found is None:
            raise UsageError(
                f"shard: {text!r} does not work here. Say which of how many, counted from 1, such"
                " as 2/8."
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return the one that a folder is of; None where it is of none."""
        found = NAME.fullmatch(name)
        if found is None or int(found[1]) > int(found[2]):
            return None
        return cls(int(found[1]), int(found[2]))

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"shard-{self.number}-of-{self.n_shards}"

    def takes(self, folder: str, image: str) -> bool:
        """Tell whether a picture is one of its own, by the name of its input and its path there."""
        digest = hashlib.sha256(f"{folder}/{image}".encode("utf-8", "surrogateescape"))
        return int.from_bytes(digest.digest()) % self.n_shards == self.number - 1


def list_shards(shards: Sequence[Shard]) -> str:
    """Name some, and say that there are more."""
    named = ", ".join(map(str, shards[:MAX_TOLD]))
    n_more = len(shards) - MAX_TOLD
    return f"{named} and {n_more} more" if n_more > 0 else named
