"""Looking at processes and ending them; for Linux, which has them in /proc."""

import gc
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from patience import promised


def need_signal(signum):
    """Skip where a signal is ignored, as HUP is under nohup: what is started inherits that."""
    if signal.getsignal(signum) == signal.SIG_IGN:
        pytest.skip(f"{signal.Signals(signum).name} is ignored here, as under nohup")


def processes_of(group):
    """Processes of a group that are alive."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(process_group) == group and state != "Z":
            alive.append(stat.parent.name)
    return alive


def is_worker(pid):
    """Whether a process is one of the engine's: a worker, or what forks them."""
    try:
        return b"popen_loky" in Path("/proc", pid, "cmdline").read_bytes()
    except OSError:  # it has just ended
        return False


def workers_of(run):
    """The numbers of a run's workers, and of what forks them."""
    return [int(pid) for pid in processes_of(run.pid) if is_worker(pid)]


def descendants(pid):
    """The numbers of all processes that another has started, or those have."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):  # of each thread
        with suppress(OSError):  # it has just ended
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
    return found


def kill_9(run, who):
    """Kill a worker of a run, the parent, or its whole group; whether there was one to kill."""
    workers = workers_of(run)
    if run.poll() is not None or (who == "worker" and not workers):
        return False
    if who == "worker":
        os.kill(random.choice(workers), signal.SIGKILL)
    elif who == "parent":
        run.kill()
    else:
        os.killpg(run.pid, signal.SIGKILL)
    return True


def wait_for_processes_to_end(group):
    """Wait until no process of a group is alive; five seconds are enough."""
    with promised(5):
        while processes_of(group):
            time.sleep(0.01)


def left_behind():
    """What this process has of children, open files and shared memory."""
    gc.collect()  # what is in a circle with an error that was caught, is left by nobody
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    shared = {path for path in Path("/dev/shm").iterdir() if f"-{os.getpid()}-" in path.name}
    return sorted(children), len(list(Path("/proc/self/fd").iterdir())), shared
