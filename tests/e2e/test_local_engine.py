"""What is particular to the engine of this machine: its processes, and how they end.

What every engine promises is in `tests/engines/`.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from circumstances import STRESS
from patience import FOREVER_S, promised, slowness
from poisons import KILLED, LOST, answer_large, work
from processes import descendants, is_worker, left_behind, processes_of, wait_for_processes_to_end
from works import calls, divided

from batchquant.engine.backlog import Backlog
from batchquant.engine.local import LocalEngine, fork_server, limits, workers
from batchquant.engine.protocol import Done, Lost
from batchquant.engine.work import Limit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

KILLS = 200 if STRESS else 10


@pytest.fixture(autouse=True)
def outer_timeout():
    """A hang fails, and does not block the suite."""
    with promised(10 * KILLS if KILLS > 10 else 60):
        yield


@pytest.fixture(autouse=True)
def nothing_is_left():
    list(run(["good"]))  # loky's trackers run from here on
    before = left_behind()
    yield
    assert left_behind() == before


def run(items, **options):
    """All that comes of calls of `work`, by one worker."""
    return LocalEngine(1).run(Backlog(calls(work, items, **options)))


def of_processor(seconds):
    return {"limit": Limit(seconds, is_of_processor=True)}


def test_what_hangs_is_ended_also_where_nobody_tells_how_long_it_waited(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PROC", tmp_path)
    values, lost = divided(run(["hang", "good"], **of_processor(0.2)))
    assert (values, lost) == (["good"], {"hang": "timeout: not done within 2 s"})


def test_what_is_ended_for_its_processor_time_leaves_no_core_file(tmp_path, monkeypatch):
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("core files are not allowed here")
    monkeypatch.chdir(tmp_path)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        _, lost = divided(run(["spin"], **of_processor(0.1)))
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


def test_a_work_on_a_busy_core_has_its_time_nevertheless(busy_core):
    events = run(["nap", "burn 0.3"], **of_processor(0.5))
    values = (event.value for event in events if isinstance(event, Done))
    os.sched_setaffinity(next(values), {busy_core})
    begin = time.monotonic()
    assert next(values) == "burn 0.3"
    assert time.monotonic() - begin > 2 * (0.5 + limits.SLACK_S)  # else it was no trial


def test_a_worker_that_falls_silent_is_killed(monkeypatch):
    monkeypatch.setattr(workers, "END_S", 0.2 * slowness())
    values, lost = divided(run(["silence", "good"]))
    assert (values, lost) == (["good"], {"silence": LOST.format("its process fell silent")})


def test_kills_at_random_cost_no_work_that_is_not_killed_twice():
    kills, luck = 0, random.Random(0)
    while kills < KILLS:
        numbers = []
        for event in LocalEngine(3).run(Backlog(calls(answer_large, range(100)))):
            if not isinstance(event, Done | Lost):
                continue
            numbers.append(event.work.item)
            workers = [pid for pid in descendants(os.getpid()) if is_worker(str(pid))]
            if workers and kills < KILLS and len(numbers) % 8 == 0:
                os.kill(luck.choice(workers), signal.SIGKILL)
                kills += 1
        assert sorted(numbers) == list(range(100))


def test_when_what_forks_workers_is_killed_another_takes_its_place():
    numbers, killed = [], []
    for event in LocalEngine(2).run(Backlog(calls(answer_large, range(20)))):
        assert not isinstance(event, Lost)
        if isinstance(event, Done):
            numbers.append(event.work.item)
        if len(numbers) == 5 and not killed:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            killed = [int(pid) for pid in children if is_worker(pid)]
            assert len(killed) == 1
            assert descendants(killed[0])
            os.kill(killed[0], signal.SIGKILL)
    assert killed
    assert sorted(numbers) == list(range(20))


def test_where_nothing_can_be_forked_each_worker_begins_anew(monkeypatch):
    monkeypatch.setattr(fork_server, "IS_POSSIBLE", False)
    values, lost = divided(run(["good", "kill", "hang", "good"], limit=Limit(2 * slowness())))
    assert values == ["good", "good"]
    assert lost.keys() == {"kill", "hang"}
    assert lost["kill"] == LOST.format(KILLED)
    assert lost["hang"].startswith("timeout")


SCRIPT = """
import sys
from batchquant.engine.backlog import Backlog
from batchquant.engine.local import LocalEngine, workers
from batchquant.engine.protocol import Began, Done
from batchquant.engine.work import Limit
from poisons import work
from works import calls
workers.AWAY_S = 0.5
if __name__ == "__main__":
    due = Backlog(calls(work, sys.argv[2:], limit=Limit(float(sys.argv[1]))))
    events = LocalEngine(2).run(due)
    outcomes = (
        event.value if isinstance(event, Done) else event
        for event in events if not isinstance(event, Began)
    )
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
    serving.end_with(os.getppid())
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
        "serve(theirs, pickle.dumps(print), os.getppid())\n"
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
    with start("events.close()", "good", "hang", PATH="/nowhere") as parent:
        with promised(30):
            assert parent.wait() == 0
        wait_for_processes_to_end(parent.pid)
        assert parent.stderr.read() == ""


def test_a_time_in_which_all_stood_still_is_not_the_works(tmp_path):
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
