import os

import pytest

from batchquant import memory

GIB = 2**30


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with that membership and those control groups: paths and what their files hold."""

    def pretend(membership, groups):
        (tmp_path / "cgroup").write_text(membership)
        for path, text in groups.items():
            file = tmp_path / "mount" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        monkeypatch.setattr(memory, "MEMBERSHIP", tmp_path / "cgroup")
        monkeypatch.setattr(memory, "CGROUPS", tmp_path / "mount")

    return pretend


def physical():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_without_control_groups_the_machine_is_the_limit(machine):
    machine("", {})
    assert memory.total_bytes() == physical()


def test_a_system_without_proc_has_what_the_machine_has(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "MEMBERSHIP", tmp_path / "missing")
    assert memory.total_bytes() == physical()


def test_the_smallest_limit_on_the_way_up_counts(machine):
    machine(
        "0::/user.slice/job.scope\n",
        {
            "user.slice/job.scope/memory.max": f"{GIB}\n",
            "user.slice/memory.max": f"{GIB // 2}\n",
            "memory.max": "max\n",
            "other.slice/memory.max": "1\n",
        },
    )
    assert memory.total_bytes() == GIB // 2


def test_version_1_keeps_memory_in_a_folder_of_its_own(machine):
    machine(
        "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n",
        {
            "memory/a/b/memory.limit_in_bytes": f"{GIB}\n",
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "cpu,cpuacct/a/memory.limit_in_bytes": "1\n",
        },
    )
    assert memory.total_bytes() == GIB


def test_in_a_container_the_mount_is_the_group(machine):
    machine("4:memory:/docker/0123\n", {"memory/memory.limit_in_bytes": f"{GIB}\n"})
    assert memory.total_bytes() == GIB


def test_a_path_with_a_colon_is_a_path(machine):
    machine("0::/a:b\n", {"a:b/memory.max": f"{GIB}\n"})
    assert memory.total_bytes() == GIB


def test_no_limit_is_above_the_machine(machine):
    machine("0::/\n", {"memory.max": f"{10**18}\n"})
    assert memory.total_bytes() == physical()


def test_the_budget_is_a_share_or_an_amount(machine):
    machine("0::/\n", {"memory.max": "1000\n"})
    assert (memory.budget_bytes(), memory.budget_bytes("50%")) == (700, 500)
    assert memory.budget_bytes("50 %") == 500
    assert memory.budget_bytes("8GB") == memory.budget_bytes("8 GB") == 8_000_000_000
    assert memory.budget_bytes("1.5 MB") == 1_500_000


def test_need_counts_process_pixels_and_the_colors_there_may_be():
    assert memory.need_bytes(0) == 250_000_000
    assert memory.need_bytes(10**6) == 250_000_000 + (16 + 64) * 10**6
    assert memory.need_bytes(10**6, is_filtered=True) == 250_000_000 + (36 + 64) * 10**6
    assert memory.need_bytes(10**8) == 1_850_000_000 + 64 * 2**24
