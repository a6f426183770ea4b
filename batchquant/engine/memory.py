"""How much memory a run may use."""

import os
from collections.abc import Iterator

from batchquant.engine.cgroups import groups_of, numbers_in

UNITS = {"MB": 10**6, "GB": 10**9}


def total_bytes() -> int:
    """Return the memory this process may use: the machine's, or a control group's limit."""
    return shared_memory()[0]


def shared_memory() -> tuple[int, str]:
    """Return the memory this process may use, and the control group it shares that with.

    The group is empty where all of the machine shares it. Processes of two groups share what an
    outer one of both allows.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit, group = min(_limits(), default=(physical, ""))
    return (limit, group) if limit < physical else (physical, "")


def budget_bytes(memory: str = "70%") -> int:
    """Return what all workers may use together, of ``70%``, ``8 GB`` or ``500 MB``."""
    if memory.endswith("%"):
        return int(float(memory.removesuffix("%")) / 100 * total_bytes())
    amount, unit = memory[:-2], memory[-2:]
    return int(float(amount) * UNITS[unit])


def _limits() -> Iterator[tuple[int, str]]:
    """Yield the limits of control groups, of either version, and the groups."""
    for group in groups_of("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            yield from ((limit, str(group)) for limit in numbers_in(group / name))
