"""Ctrl-C, and what ends a terminal or a service, at any moment of a run."""

import os
import random
import re
import signal
import time
from pathlib import Path

import pytest
from circumstances import STRESS, linux_only
from patience import promised
from processes import need_signal, wait_for_processes_to_end

from batchquant.engine.signals import STOP_SIGNALS


@linux_only
@pytest.mark.parametrize("to", [os.kill, os.killpg], ids=["parent", "group"])
@pytest.mark.parametrize("signum", STOP_SIGNALS, ids=["INT", "TERM", "HUP"])
@pytest.mark.parametrize("rounds", [10 if STRESS else 1])
def test_a_signal_at_any_moment_ends_the_run_and_leaves_nothing(long_job, signum, to, rounds):
    need_signal(signum)
    folder_for_temporary_files = long_job.path / "tmp"
    folder_for_temporary_files.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder_for_temporary_files)}
    for number in range(rounds):
        output = f"out{number}"
        process = long_job.start("run", "jobs.yaml", "--output", output, env=environment)
        wait_for_handler(process)
        time.sleep(random.uniform(0, long_job.seconds))
        with promised(5):
            if process.poll() is None:
                to(process.pid, signum)
            _, told = process.communicate()
        assert "Traceback" not in told
        if process.returncode in {0, -signum}:  # all was done; Python may have let go of signals
            assert long_job.differences(output) == ""
        else:
            assert process.returncode == 128 + signum
            assert "batchquant: interrupted" in told
            assert long_job.harmed(output) == []
        wait_for_processes_to_end(process.pid)
        assert list(folder_for_temporary_files.iterdir()) == []
        assert shared_memory(process.pid) == []
        assert long_job.parts() == []


def wait_for_handler(process):
    """Wait for the command's own handler; before it has one, Python's is what acts."""
    status = Path("/proc", str(process.pid), "status")
    taken = 0
    with promised(60):
        # HUP is the last that it takes; under nohup it stays ignored.
        while process.poll() is None and not taken >> (signal.SIGHUP - 1) & 1:
            masks = re.findall(r"Sig(?:Cgt|Ign):\s+([0-9a-f]+)", status.read_text())
            taken = int(masks[0], 16) | int(masks[1], 16)
            time.sleep(0.005)


def shared_memory(pid):
    return [path.name for path in Path("/dev/shm").iterdir() if f"-{pid}-" in path.name]
