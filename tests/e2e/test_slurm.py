"""The array job of README, as it is written there, by a real SLURM."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import STRESS, linux_only
from patience import promised
from slurm import slurm, wait_until_empty

pytestmark = [
    linux_only,
    pytest.mark.skipif(not STRESS, reason="starts a SLURM of its own: make stress"),
]
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PACKAGE_FOLDER = Path(__file__).parents[2]


@pytest.fixture
def cluster(tmp_path):
    """A SLURM of one node, whose jobs find the command."""
    command = tmp_path / "bin" / "batchquant"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m batchquant "$@"\n')
    command.chmod(0o755)
    with slurm(tmp_path / "slurm") as environment:
        path = f"{command.parent}{os.pathsep}{environment['PATH']}"
        yield {**environment, "PATH": path, "PYTHONPATH": str(PACKAGE_FOLDER)}


def from_readme():
    """The script, and the commands that hand it in."""
    section = README.partition("## Shards")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    script = next(number for number, block in enumerate(blocks) if "#SBATCH" in block)
    return blocks[script], blocks[script + 1]


def submit(job, environment):
    script, commands = from_readme()
    (job.path / "shards.sh").write_text(script)
    done = subprocess.run(
        ["sh", "-ec", commands],
        cwd=job.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def logs(job):
    return {path.name: path.read_text() for path in job.path.glob("slurm-*.out")}


def test_the_array_of_readme_gives_what_one_run_gives(long_job, cluster):
    submit(long_job, cluster)
    with promised(300):
        wait_until_empty(cluster)
    assert long_job.differences() == "", logs(long_job)
    assert "8 shards merged. " in "".join(logs(long_job).values())


def test_a_task_that_is_requeued_goes_on(long_job, cluster):
    submit(long_job, cluster)
    with promised(120):
        while not list(long_job.output.rglob("*.pdf")):
            time.sleep(0.1)
    ids = ["squeue", "-h", "-r", "-t", "R", "-o", "%i"]
    running = subprocess.run(ids, env=cluster, capture_output=True, text=True, check=True)
    for task in running.stdout.split():
        subprocess.run(["scontrol", "requeue", task], env=cluster, check=False)
    assert running.stdout
    with promised(600):
        wait_until_empty(cluster)
    assert long_job.differences() == "", logs(long_job)
