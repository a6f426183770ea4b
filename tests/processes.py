"""Looking at processes and ending them; for Linux, which has them in /proc."""

import time
from pathlib import Path


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
    """Whether a process is one of the executor's."""
    try:
        return b"popen_loky" in Path("/proc", pid, "cmdline").read_bytes()
    except OSError:  # it has just ended
        return False


def wait_for_processes_to_end(group):
    """Wait until no process of a group is alive; five seconds are enough."""
    deadline = time.monotonic() + 5
    while processes_of(group):
        assert time.monotonic() < deadline
        time.sleep(0.01)
