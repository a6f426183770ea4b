"""What worker processes meet in a night: each mishap costs at most the item it belongs to."""

import math
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import STRESS
from patience import FOREVER_S, promised, slowness
from poisons import (
    DiesWhenLoaded,
    answer_and_die_idle,
    answer_large,
    die_once,
    note_and_work,
    work,
)
from processes import processes_of, wait_for_processes_to_end

from batchquant.engine.local import Limit, Lost, crew, limits, run_in_processes
from batchquant.errors import WorkerDiedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

KILLS = 200 if STRESS else 10
KILLED = "its process was ended by SIGKILL (the system does that when memory runs out)"
LOST = "worker_died: {}, also when tried alone"


@pytest.fixture(autouse=True)
def outer_timeout():
    """A hang fails, and does not block the suite."""
    with promised(10 * KILLS if KILLS > 10 else 60):
        yield


@pytest.fixture(autouse=True)
def nothing_is_left():
    list(run_in_processes(work, ["good"], workers=1))  # loky's trackers run from here on
    before = children(), open_files(), shared_memory()
    yield
    assert (children(), open_files(), shared_memory()) == before


def children():
    return sorted(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def shared_memory():
    return {path for path in Path("/dev/shm").iterdir() if f"-{os.getpid()}-" in path.name}


def divided(outcomes):
    """Results, and the reasons of what is lost."""
    outcomes = list(outcomes)
    lost = [outcome for outcome in outcomes if isinstance(outcome, Lost)]
    assert len({outcome.item for outcome in lost}) == len(lost)
    results = [outcome for outcome in outcomes if not isinstance(outcome, Lost)]
    return results, {outcome.item: outcome.reason for outcome in lost}


@pytest.mark.parametrize(
    ("mishap", "how"),
    [
        ("kill", KILLED),
        ("crash", "its process was ended by SIGSEGV"),
        ("exit", "its process exited with code 3"),
        ("sys.exit", "its process exited with code 4"),
        ("send", KILLED),
    ],
)
def test_a_death_costs_its_item_and_nothing_else(mishap, how):
    results, lost = divided(run_in_processes(work, ["good 1", mishap, "good 2"], workers=2))
    assert sorted(results) == ["good 1", "good 2"]
    assert lost == {mishap: LOST.format(how)}


def test_four_poisons_among_forty_are_lost_each_with_its_own_reason():
    good = [f"good {number}" for number in range(40)]
    items = ["kill 1", "hang", *good[:20], "hog", "kill 2", *good[20:]]
    limit = Limit(3.0 * slowness())
    results, lost = divided(run_in_processes(work, items, workers=4, limit=lambda item: limit))
    assert sorted(results) == sorted(good)
    assert lost == {
        "kill 1": LOST.format(KILLED),
        "kill 2": LOST.format(KILLED),
        "hog": LOST.format(KILLED),
        "hang": f"timeout: not done within {limit.seconds:g} s",
    }


def test_nothing_is_begun_more_often_than_needed(tmp_path):
    log = tmp_path / "log"
    good = [f"good {number}" for number in range(20)]
    items = [(log, item) for item in ["kill", "hang", *good]]
    limit = Limit(slowness())
    divided(run_in_processes(note_and_work, items, workers=3, limit=lambda item: limit))
    begun = log.read_text().splitlines()
    assert sorted(begun) == sorted(["kill", "kill", "hang", *good])
    assert begun[-1] == "kill"  # the second try is the last, when nothing else is at work


def test_a_worker_killed_once_costs_nothing(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    begun, put_back = [], []
    told = {"begun": begun.append, "put_back": put_back.append}
    results, lost = divided(run_in_processes(die_once, paths, workers=2, **told))
    assert (sorted(results), lost) == (["a", "b", "c"], {})
    assert sorted(begun) == sorted(paths * 2)
    assert sorted(put_back) == paths


def test_the_time_that_a_process_needs_to_start_is_not_the_items():
    limit = Limit(0.1 * slowness())
    outcomes = run_in_processes(work, ["good"], workers=1, limit=lambda item: limit)
    results, lost = divided(outcomes)
    assert (results, lost) == (["good"], {})


def test_a_limit_is_kept():
    limit_s = 0.5 * slowness()
    results = run_in_processes(work, ["good", "hang"], workers=1, limit=lambda item: Limit(limit_s))
    assert next(results) == "good"
    begin = time.monotonic()
    with promised(limit_s + 5):
        assert next(results) == Lost("hang", f"timeout: not done within {limit_s:g} s")
    assert time.monotonic() - begin > 0.8 * limit_s


def of_processor(seconds):
    return {"workers": 1, "limit": lambda item: Limit(seconds, is_of_processor=True)}


def test_what_computes_without_end_is_ended_after_its_processor_time_and_not_tried_again():
    begun = []
    items = ["spin", "good"]
    results, lost = divided(run_in_processes(work, items, begun=begun.append, **of_processor(0.5)))
    assert results == ["good"]
    assert lost == {"spin": "timeout: not done within 0.5 s of processor time"}
    assert begun == items


def test_what_hangs_without_using_a_processor_is_ended_too():
    begin = time.monotonic()
    with promised(30):
        results, lost = divided(run_in_processes(work, ["hang", "good"], **of_processor(0.5)))
    assert results == ["good"]
    told = "timeout: not done within 0.5 s, without the time it waited for a processor"
    assert lost == {"hang": told}
    assert time.monotonic() - begin > 0.5


def test_what_hangs_is_ended_also_where_nobody_tells_how_long_it_waited(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PROC", tmp_path)
    results, lost = divided(run_in_processes(work, ["hang", "good"], **of_processor(0.2)))
    assert (results, lost) == (["good"], {"hang": "timeout: not done within 2 s"})


def test_each_item_has_its_processor_time_for_itself():
    items = [f"burn 0.4 {number}" for number in range(4)]
    results, lost = divided(run_in_processes(work, items, **of_processor(0.7)))
    assert (results, lost) == (items, {})


@pytest.mark.parametrize("seconds", [1e300, math.inf])
def test_any_processor_time_may_be_allowed(seconds):
    assert list(run_in_processes(work, ["good"], **of_processor(seconds))) == ["good"]


def test_what_is_ended_for_its_processor_time_leaves_no_core_file(tmp_path, monkeypatch):
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("core files are not allowed here")
    monkeypatch.chdir(tmp_path)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        _, lost = divided(run_in_processes(work, ["spin"], **of_processor(0.1)))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert list(lost) == ["spin"]
    assert list(tmp_path.iterdir()) == []


BUSY = "import signal; signal.alarm(30)\nwhile True: pass"


@pytest.fixture
def busy_core():
    """A core with 20 processes on it that compute."""
    core = max(os.sched_getaffinity(0))
    command = [sys.executable, "-S", "-c", BUSY]
    busy = [subprocess.Popen(command) for _ in range(20)]
    for process in busy:
        os.sched_setaffinity(process.pid, {core})
    yield core
    for process in busy:
        process.kill()
        process.wait()


def test_an_item_on_a_busy_core_has_its_time_nevertheless(busy_core):
    outcomes = run_in_processes(work, ["nap", "burn 0.3"], **of_processor(0.5))
    os.sched_setaffinity(next(outcomes), {busy_core})
    begin = time.monotonic()
    assert next(outcomes) == "burn 0.3"
    assert time.monotonic() - begin > 2 * (0.5 + limits.SLACK_S)  # else it was no trial


def test_workers_that_cannot_start_end_the_run():
    with pytest.raises(WorkerDiedError, match="end before they are given work"):
        list(run_in_processes(DiesWhenLoaded(), range(5), workers=2))


def test_a_worker_that_dies_idle_costs_nothing():
    results, lost = divided(run_in_processes(answer_and_die_idle, [0, 1.5], workers=2))
    assert (results, lost) == ([0, 1.5], {})


def test_a_worker_that_falls_silent_is_killed(monkeypatch):
    monkeypatch.setattr(crew, "END_S", 0.2 * slowness())
    results, lost = divided(run_in_processes(work, ["silence", "good"], workers=1))
    assert (results, lost) == (["good"], {"silence": LOST.format("its process fell silent")})


def test_a_death_after_the_wish_to_stop_leaves_its_item_pending(tmp_path):
    path = tmp_path / "begun"
    assert list(run_in_processes(die_once, [path], workers=1, stop=path.exists)) == []


def test_kills_at_random_cost_no_item_that_is_not_killed_twice():
    kills, luck = 0, random.Random(0)
    while kills < KILLS:
        numbers = []
        for outcome in run_in_processes(answer_large, range(100), workers=3):
            numbers.append(outcome.item if isinstance(outcome, Lost) else outcome[0])
            workers = [child.pid for child in multiprocessing.active_children()]
            if workers and kills < KILLS and len(numbers) % 8 == 0:
                os.kill(luck.choice(workers), signal.SIGKILL)
                kills += 1
        assert sorted(numbers) == list(range(100))


def test_an_error_of_the_caller_ends_busy_workers():
    with pytest.raises(ZeroDivisionError):
        for _ in run_in_processes(work, ["good", "hang", "hang"], workers=2):
            raise ZeroDivisionError


SCRIPT = """
import sys
from batchquant.engine.local import Limit, crew, run_in_processes
from poisons import work
crew.AWAY_S = 0.5
if __name__ == "__main__":
    outcomes = run_in_processes(work, sys.argv[2:], 2, limit=lambda item: Limit(float(sys.argv[1])))
    print(next(outcomes), flush=True)
    {then}
"""


def start(then, *items, limit_s=FOREVER_S, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(then=then), str(limit_s), *items],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_parent_is_killed_no_worker_is_left(signum):
    with start("next(outcomes)", "good", "hang", "hang") as parent:
        assert parent.stdout.readline() == "good\n"
        assert len(processes_of(parent.pid)) >= 3
        parent.send_signal(signum)
        parent.wait()
        wait_for_processes_to_end(parent.pid)


ORPHAN = """
import os, subprocess, sys, time
if len(sys.argv) == 1:
    child = subprocess.Popen([sys.executable, __file__, "child"], stdout=subprocess.PIPE)
    child.stdout.readline()
else:
    from batchquant.engine.local import serving
    serving.sys.platform = "{platform}"
    serving._end_with(os.getppid())
    print(flush=True)
    time.sleep(86_400)
"""


@pytest.mark.parametrize("platform", ["linux", "a system without prctl"])
def test_no_process_outlives_its_parent_on_any_system(tmp_path, platform):
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN.format(platform=platform))
    with subprocess.Popen([sys.executable, script], process_group=0, text=True) as parent:
        parent.wait()
        wait_for_processes_to_end(parent.pid)


def test_a_worker_says_nothing_when_its_parent_is_gone():
    code = (
        "import os, pickle; from multiprocessing import Pipe\n"
        "from batchquant.engine.local.serving import serve\n"
        "ours, theirs = Pipe(); ours.close()\n"
        "serve(theirs, pickle.dumps(print), os.getppid(), in_parts=False)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_parent_that_forgets_its_workers_can_exit():
    with start("sys.exit(5)", "good", "hang", "hang") as parent:
        with promised(30):
            assert parent.wait() == 5
        wait_for_processes_to_end(parent.pid)
        assert parent.stderr.read() == ""


def test_killing_needs_no_program():
    with start("outcomes.close()", "good", "hang", PATH="/nowhere") as parent:
        with promised(30):
            assert parent.wait() == 0
        wait_for_processes_to_end(parent.pid)
        assert parent.stderr.read() == ""


def test_a_time_in_which_all_stood_still_is_not_the_items(tmp_path):
    # As Ctrl-Z does, or a frozen container. A second more passes than the limit.
    limit_s = 3.0 * slowness()
    items = ["good", *["nap"] * 4]
    with start("print(*outcomes)", *items, limit_s=limit_s) as parent:
        assert parent.stdout.readline() == "good\n"
        os.killpg(parent.pid, signal.SIGSTOP)
        time.sleep(limit_s + 1)
        os.killpg(parent.pid, signal.SIGCONT)
        assert "Lost" not in parent.stdout.readline()
        with promised(30):
            assert parent.wait() == 0


def test_workers_that_grow_are_kept_also_where_psutil_is_installed(tmp_path):
    # joblib's executor ends workers that grew, when it finds psutil.
    (tmp_path / "psutil.py").write_text(
        "class NoSuchProcess(Exception): pass\n"
        "class Process:\n"
        "    rss = 0\n"
        "    def __init__(self, pid=None): pass\n"
        "    def memory_info(self): Process.rss += 10**9; return self\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    items = ["good", *["nap"] * 12]
    with start("print(len(set(outcomes)))", *items, PYTHONPATH=path) as parent:
        assert parent.stdout.readline() == "good\n"
        assert parent.stdout.readline() in {"1\n", "2\n"}  # one may be done before two are there
        with promised(30):
            assert parent.wait() == 0
        assert parent.stderr.read() == ""
