"""Whole commands, as a person would type them."""

import os
import shutil
import statistics
import subprocess
import sys

import numpy as np
import yaml
from PIL import Image

from batchquant.store import LEDGER, Ledger
from benchmarks.clock import seconds

WORKERS = os.cpu_count() or 1


def run_batchquant(work, photos, *, workers=WORKERS, **keys):
    """Run a job over photographs into a new output folder.

    Returns
    -------
    float
        Seconds from the start of the process to its end.
    pathlib.Path
        The output folder.
    """
    output = work / "out"
    shutil.rmtree(output, ignore_errors=True)
    job_file = work / "jobs.yaml"
    inputs = [str(path) for path in photos]
    job_file.write_text(yaml.safe_dump({"output": "out", "inputs": inputs, **keys}), "utf-8")
    command = [sys.executable, "-m", "batchquant", "run", str(job_file), "-q", "-j", str(workers)]
    return run(command), output


def run(command, **options):
    """Run a command to its end; return the seconds it took."""
    elapsed_s, done = seconds(
        lambda: subprocess.run(command, capture_output=True, text=True, check=False, **options)
    )
    if done.returncode:
        raise SystemExit(f"{command[:4]}...: exit code {done.returncode}\n{done.stderr}")
    return elapsed_s


def start_up_seconds(work, *, workers=WORKERS):
    """Return the median time of a run over as many tiny pictures as there are workers."""
    tiny = work / "tiny"
    tiny.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(workers):
        path = tiny / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)).save(path)
    times = [run_batchquant(work, [tiny], workers=workers, k=[4])[0] for _ in range(5)]
    return statistics.median(times)


def outputs(output):
    """Return the paths of all variants below an output folder."""
    return sorted(output.rglob("*_k[0-9]*.png"))


def overview_seconds(output, workers=WORKERS):
    """Return how long workers drew overviews, which nobody else draws, shared out without loss."""
    with Ledger.look(output / LEDGER) as ledger:
        return sum(record.elapsed_s for record in ledger.drawn.values()) / workers
