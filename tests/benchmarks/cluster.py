"""A dask cluster on this machine against the own pool: what the way there and back costs."""

import os
import shutil
import statistics
import sys
from pathlib import Path

import yaml
from dask_cluster import cluster_in
from processes import descendants

from benchmarks.clock import seconds
from benchmarks.commands import WORKERS, run
from benchmarks.tables import Table

TIMES = 3
TICKS = os.sysconf("SC_CLK_TCK")
JOB = {
    "output": "out",
    "k": [3, 5, 7, 9, 11],
    "init": ["random", "in_pixel"],
    "formats": ["png", "pdf"],
}


def measure(photos, work):
    """Yield a table: the same job by turns; the cluster is there before, and has loaded."""
    job_file = work / "jobs.yaml"
    job_file.write_text(yaml.safe_dump({**JOB, "inputs": [str(path) for path in photos]}))
    command = [sys.executable, "-m", "batchquant", "run", str(job_file), "-q", "-j", str(WORKERS)]
    folder = work / "cluster"
    folder.mkdir()
    found = {"own pool": [], "dask": []}
    with cluster_in(folder, *[1] * WORKERS) as cluster:
        for turn in range(TIMES + 1):
            for name, more in (("own pool", []), ("dask", ["--cluster", str(cluster.file)])):
                shutil.rmtree(work / "out", ignore_errors=True)
                before_s = _processor_seconds()
                elapsed_s, _ = seconds(lambda more=more: run([*command, *more]))
                if turn:  # the first loads
                    found[name].append((elapsed_s, _processor_seconds() - before_s))
    middle = {
        name: [statistics.median(values) for values in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    yield Table(
        f"{len(photos)} photographs, K = {JOB['k']}, two starts, PNG and PDF, {WORKERS} workers",
        ("where", "s", "of the pool's speed", "processor s"),
        tuple(
            (name, whole_s, middle["own pool"][0] / whole_s, processor_s)
            for name, (whole_s, processor_s) in middle.items()
        ),
    )


def _processor_seconds():
    """Add up what all that this process has started has computed so far."""
    total = sum(os.times()[2:4])
    for pid in descendants(os.getpid()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        total += sum(map(int, fields[11:15])) / TICKS
    return total
