"""Pictures that a worker dies of, hangs at, or cannot hold in memory."""

import math
import os
from contextlib import suppress
from pathlib import Path

import pytest
from circumstances import linux_only
from patience import promised, slowness

from batchquant import load_job, run_job
from batchquant.steps import effort

KILLED = (
    "worker_died: its process was ended by SIGKILL (the system does that when memory runs out),"
    " also when tried alone"
)


@linux_only
def test_each_fails_alone_with_its_own_reason(workplace, photo, faults):
    good = [f"good{number}.png" for number in range(8)]
    mishaps = {
        "first kill.png": "kill",
        "second kill.png": "kill",
        "hang.png": "hang",
        "hog.png": "hog",
        "crash.png": "crash",
        "raise.png": "raise",
    }
    for number, name in enumerate([*good, *mishaps]):
        photo(workplace.path / "photos" / name, seed=number)
    limit_s = math.ceil(5 * slowness())
    workplace.write_job(f"inputs: photos\nk: [3, 5]\ntimeout: {limit_s}\n")
    done = workplace.run("run", "jobs.yaml", "-j", "2", env=faults(mishaps))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    rows = workplace.report()
    assert len(rows) == 2 * (len(good) + len(mishaps))
    assert {row["image"] for row in rows if row["status"] == "done"} == set(good)
    assert {row["image"]: row["error"] for row in rows if row["status"] == "failed"} == {
        "first kill.png": KILLED,
        "second kill.png": KILLED,
        "hang.png": f"timeout: not done within {limit_s} s",
        "hog.png": "too_large: not enough memory to work on it",
        "crash.png": "worker_died: its process was ended by SIGSEGV, also when tried alone",
        "raise.png": "internal: batchquant has made a mistake (RuntimeError: a fault on order)",
    }
    assert workplace.run("run", "jobs.yaml").returncode == 0  # none of it sticks to a picture
    assert {row["status"] for row in workplace.report()} == {"done"}


@linux_only
def test_without_a_timeout_of_its_own_a_picture_has_processor_time(
    workplace, photo, faults, monkeypatch
):
    mishaps = {"hang.png": "hang", "spin.png": "spin"}
    for name in ("good.png", *mishaps):
        photo(workplace.path / "photos" / name)
    workplace.write_job("inputs: photos\nk: 3\nn_init: 1\n")
    faults.here(mishaps, monkeypatch)
    monkeypatch.setattr(effort, "AUTO_LIMIT_S", 2.0)  # 60 are long for a test
    run_job(load_job(workplace.path / "jobs.yaml"), workers=1)
    assert {row["image"]: row["error"] for row in workplace.report()} == {
        "good.png": "",
        "hang.png": "timeout: not done within 3 s, without the time it waited for a processor",
        "spin.png": "timeout: not done within 3 s of processor time",
    }


@pytest.fixture
def little_memory():
    """A program to start others with, in a control group; the test skips where none can be made."""
    first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")  # the two versions
    top, limit = (first, "memory.limit_in_bytes") if first.exists() else (second, "memory.max")
    group = top / f"batchquant-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text("600000000")
    except OSError as error:
        pytest.skip(f"control groups of memory cannot be made here: {error}")
    yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    with promised(10):
        while group.exists():
            with suppress(OSError):  # the kernel takes a moment to let go of what has ended
                group.rmdir()


@linux_only
def test_a_worker_that_the_system_kills_for_its_memory_costs_its_picture(
    workplace, photo, faults, little_memory
):
    for name in ("good.png", "hog.png"):
        photo(workplace.path / "photos" / name)
    workplace.write_job("inputs: photos\nk: 3\n")
    environment = faults({"hog.png": "hog"})
    done = workplace.run("run", "jobs.yaml", before=little_memory, env=environment)
    assert done.returncode == 3
    assert {row["image"]: row["error"] for row in workplace.report()} == {
        "good.png": "",
        "hog.png": KILLED,
    }
