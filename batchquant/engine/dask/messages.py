"""What a dask worker tells the parent, beside what its worker processes do."""

from dataclasses import dataclass
from typing import Any

from batchquant.engine.local.workers import Message


@dataclass(frozen=True, slots=True)
class Introduced:
    """A dask worker has told what machine it is, and what it sees there."""

    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Joined:
    """A dask worker is ready for works; those in one group share its memory."""

    group: str
    budget_bytes: int
    kernels: str


@dataclass(frozen=True, slots=True)
class Sick:
    """A dask worker cannot run works at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A work was left off, and nothing is at it any more."""


Told = Introduced | Joined | Sick | Dropped | Message
