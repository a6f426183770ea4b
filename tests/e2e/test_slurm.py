"""The array job and the cluster of docs/cluster.md, as written there, by a real SLURM."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from circumstances import STRESS, linux_only
from documents import block_with, blocks, section
from patience import promised
from slurm import slurm, wait_until_empty

pytestmark = [
    linux_only,
    pytest.mark.skipif(not STRESS, reason="starts a SLURM of its own: make stress"),
]
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


def from_documents():
    """The script, and the commands that hand it in."""
    found = blocks(section("cluster", "## Shards"), "sh")
    script = next(number for number, block in enumerate(found) if "#SBATCH" in block)
    return found[script], found[script + 1]


def workers_from_documents():
    """The program that lets SLURM start workers of a dask cluster."""
    return block_with("cluster", "python", "SLURMCluster")


def submit(job, environment):
    script, commands = from_documents()
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


def test_workers_that_slurm_starts_make_what_one_run_makes(long_job, cluster):
    (long_job.path / "night.py").write_text(workers_from_documents())
    here = {
        "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
        "DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS": "{'dashboard': False}",
    }
    with promised(300):
        done = subprocess.run(
            [sys.executable, "night.py"],
            cwd=long_job.path,
            env=cluster | here,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert long_job.differences() == ""
    with promised(60):
        wait_until_empty(cluster)
