"""kill -9, as the system does it, or a person, or a power switch: at any moment, to anybody."""

import os
import random
import shutil
import signal
import time

import pytest
from conftest import STRESS, linux_only
from processes import is_worker, processes_of, wait_for_processes_to_end


@linux_only
@pytest.mark.parametrize("kills", [30 if STRESS else 4])
def test_kills_at_any_moment_harm_nothing(long_job, kills):
    luck = random.Random()
    victims = [kill_worker, kill_parent, kill_group]
    for number in range(kills):
        if long_job.output.exists() and not long_job.differences():
            shutil.rmtree(long_job.output)  # it was done; else there is nothing to disturb
        process = long_job.start("run", "jobs.yaml", "-j", "2")
        time.sleep(luck.uniform(0, long_job.seconds))
        victims[number % 3](process, luck)
        assert long_job.harmed() == []
        if number % 3 == 0:  # the run goes on without that worker
            assert process.wait(60) == 0
            assert long_job.differences() == ""
        process.communicate(timeout=30)
        wait_for_processes_to_end(process.pid)
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""
    assert long_job.parts() == []


def kill_worker(process, luck):
    while process.poll() is None:  # until there is one
        workers = [pid for pid in processes_of(process.pid) if is_worker(pid)]
        if workers:
            os.kill(int(luck.choice(workers)), signal.SIGKILL)
            return


def kill_parent(process, luck):
    process.kill()


def kill_group(process, luck):
    os.killpg(process.pid, signal.SIGKILL)
