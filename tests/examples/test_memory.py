import os

from batchquant.engine import cgroups, memory
from batchquant.steps.need import need_bytes, source_bytes

GIB = 2**30


def physical():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_without_control_groups_the_machine_is_the_limit(control_groups):
    control_groups("", {})
    assert memory.total_bytes() == physical()


def test_a_system_without_proc_has_what_the_machine_has(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroups, "MEMBERSHIP", tmp_path / "missing")
    assert memory.total_bytes() == physical()


def test_the_smallest_limit_on_the_way_up_counts(control_groups):
    control_groups(
        "0::/user.slice/job.scope\n",
        {
            "user.slice/job.scope/memory.max": f"{GIB}\n",
            "user.slice/memory.max": f"{GIB // 2}\n",
            "memory.max": "max\n",
            "other.slice/memory.max": "1\n",
        },
    )
    assert memory.total_bytes() == GIB // 2


def test_version_1_keeps_memory_in_a_folder_of_its_own(control_groups):
    control_groups(
        "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n",
        {
            "memory/a/b/memory.limit_in_bytes": f"{GIB}\n",
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "cpu,cpuacct/a/memory.limit_in_bytes": "1\n",
        },
    )
    assert memory.total_bytes() == GIB


def test_in_a_container_the_mount_is_the_group(control_groups):
    control_groups("4:memory:/docker/0123\n", {"memory/memory.limit_in_bytes": f"{GIB}\n"})
    assert memory.total_bytes() == GIB


def test_a_path_with_a_colon_is_a_path(control_groups):
    control_groups("0::/a:b\n", {"a:b/memory.max": f"{GIB}\n"})
    assert memory.total_bytes() == GIB


def test_no_limit_is_above_the_machine(control_groups):
    control_groups("0::/\n", {"memory.max": f"{10**18}\n"})
    assert memory.total_bytes() == physical()


def test_processes_share_the_memory_of_the_group_that_limits_them(control_groups, tmp_path):
    job = {"job/memory.max": f"{GIB}\n", "job/one/memory.max": "max\n", "memory.max": "max\n"}
    control_groups("0::/job/one\n", job)
    assert memory.shared_memory() == (GIB, str(tmp_path / "mount/job"))
    control_groups("0::/job/one\n", {**job, "job/one/memory.max": f"{GIB // 2}\n"})
    assert memory.shared_memory() == (GIB // 2, str(tmp_path / "mount/job/one"))
    control_groups("0::/free\n", {"free/memory.max": f"{2 * physical()}\n"})
    assert memory.shared_memory() == (physical(), "")


def test_the_budget_is_a_share_or_an_amount(control_groups):
    control_groups("0::/\n", {"memory.max": "1000\n"})
    assert (memory.budget_bytes(), memory.budget_bytes("50%")) == (700, 500)
    assert memory.budget_bytes("50 %") == 500
    assert memory.budget_bytes("8GB") == memory.budget_bytes("8 GB") == 8_000_000_000
    assert memory.budget_bytes("1.5 MB") == 1_500_000


def test_need_counts_process_pixels_and_the_colors_there_may_be():
    assert need_bytes(0) == 250_000_000
    assert need_bytes(10**6) == 250_000_000 + (16 + 64) * 10**6
    assert need_bytes(10**6, is_filtered=True) == 250_000_000 + (36 + 64) * 10**6
    assert need_bytes(10**8) == 1_850_000_000 + 64 * 2**24


def test_some_decoders_copy_a_file():
    assert source_bytes("a.png", 10**9) == 10**9
    assert source_bytes("a.WebP", 10**9) == 4 * 10**9
