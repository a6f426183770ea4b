"""kill -9, as the system does it, or a person, or a power switch: at any moment, to anybody."""

import random
import shutil
import time

import pytest
from circumstances import STRESS, linux_only
from patience import promised
from processes import kill_9, wait_for_processes_to_end


@linux_only
@pytest.mark.parametrize("kills", [30 if STRESS else 3])
def test_kills_at_any_moment_harm_nothing(long_job, kills):
    for number in range(kills):
        if long_job.output.exists() and not long_job.differences():
            shutil.rmtree(long_job.output)  # it was done; else there is nothing to disturb
        run = long_job.start("run", "jobs.yaml", "-j", "2")
        time.sleep(random.uniform(0, long_job.seconds))
        who = ["worker", "parent", "group"][number % 3]
        with promised(60):
            while not kill_9(run, who) and run.poll() is None:
                time.sleep(0.01)  # there is no worker yet
        assert long_job.harmed() == []
        if who == "worker":  # the run goes on without it
            with promised(60):
                assert run.wait() == 0
            assert long_job.differences() == ""
        with promised(30):
            run.communicate()
        wait_for_processes_to_end(run.pid)
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""
    assert long_job.parts() == []
