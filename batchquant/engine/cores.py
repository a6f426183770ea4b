"""How many cores a run may use."""

import math
import os
from collections.abc import Iterator

from batchquant.engine.cgroups import groups_of, numbers_in


def usable_cores() -> int:
    """Count the cores this process may use, by its mask and its control groups; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # macOS has no masks
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min([cores, *_quotas()])))


def _quotas() -> Iterator[float]:
    """Yield the quotas of control groups, in cores."""
    for group in groups_of("cpu"):
        quota = numbers_in(group / "cpu.max")
        for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us"):  # of version 1, -1 for no quota
            quota += numbers_in(group / name)
        match quota:
            case [quota_us, period_us] if quota_us > 0 and period_us > 0:
                yield quota_us / period_us
