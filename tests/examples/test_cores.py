import os

import pytest

from batchquant.engine import cgroups, cores


@pytest.fixture
def has_cores(monkeypatch):
    """Let the affinity mask name so many cores."""

    def pretend(n):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(n)), raising=False)

    return pretend


def test_the_affinity_mask_counts(control_groups, has_cores):
    control_groups("", {})
    has_cores(3)
    assert cores.usable_cores() == 3


def test_a_system_without_masks_and_proc_has_the_machines_cores(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    monkeypatch.setattr(cgroups, "MEMBERSHIP", tmp_path / "missing")
    assert cores.usable_cores() == 5


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 8), ("200000 100000", 2), ("250000 100000", 3), ("1000 100000", 1), ("", 8)],
)
def test_a_quota_is_rounded_up(quota, expected, control_groups, has_cores):
    control_groups("0::/a\n", {"a/cpu.max": f"{quota}\n"})
    has_cores(8)
    assert cores.usable_cores() == expected


def test_the_smallest_quota_on_the_way_up_counts(control_groups, has_cores):
    control_groups(
        "0::/user.slice/job.scope\n",
        {
            "user.slice/job.scope/cpu.max": "max 100000\n",
            "user.slice/cpu.max": "150000 50000\n",
            "cpu.max": "600000 100000\n",
            "other.slice/cpu.max": "100000 100000\n",
        },
    )
    has_cores(8)
    assert cores.usable_cores() == 3


def test_no_quota_is_above_the_mask(control_groups, has_cores):
    control_groups("0::/\n", {"cpu.max": "800000 100000\n"})
    has_cores(1)
    assert cores.usable_cores() == 1


@pytest.mark.parametrize(("quota_us", "expected"), [("150000", 2), ("-1", 8)])
def test_version_1_keeps_quota_and_period_in_two_files(
    quota_us, expected, control_groups, has_cores
):
    control_groups(
        "5:cpu,cpuacct:/a\n4:memory:/b\n0::/\n",
        {
            "cpu/a/cpu.cfs_quota_us": f"{quota_us}\n",
            "cpu/a/cpu.cfs_period_us": "100000\n",
            "cpu/cpu.cfs_quota_us": "-1\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "memory/b/cpu.cfs_quota_us": "1000\n",
            "memory/b/cpu.cfs_period_us": "100000\n",
        },
    )
    has_cores(8)
    assert cores.usable_cores() == expected
