"""How many workers one parent keeps busy: a run whose workers and pictures are simulated.

All that the parent does is done: plan, review, schedule, what is ours, ledger, pickling of steps
and of results. What workers do takes no time; the clock of the simulation says when they are
through. ``SIMULATED`` says of how many pictures, ``STEP_S`` how long a step takes.
"""

import heapq
import io
import json
import os
import pickle
import subprocess
import sys
from contextlib import nullcontext
from itertools import count
from time import process_time

from batchquant.engine.backlog import Attempts
from batchquant.engine.protocol import Began, Done
from batchquant.images.read.header import Header
from batchquant.metrics.registry import metrics
from batchquant.sources.source import ImageFile, Source
from batchquant.steps.result import OverviewResult, TaskResult, VariantResult, Written
from batchquant.steps.task import Task
from benchmarks.tables import Table

SIZES = tuple(map(int, os.environ.get("SIMULATED", "10000 100000").split()))
WORKERS, STEP_S = 1000, float(os.environ.get("STEP_S", "0.5"))
SIDE, SIZE_BYTES, DIGEST = 2000, 1_000_000, bytes(16)
OF_FOLDER = 1000


class Simulated(Source):
    """Pictures that are nowhere: ``simulated://N``."""

    scheme = "simulated"

    def search(self, place, wanted):
        for number in range(int(place.partition("://")[2])):
            name = f"{number // OF_FOLDER:04d}/p{number:07d}.jpg"
            yield ImageFile(f"{place}/{name}", name, SIZE_BYTES, 1, number)

    def open(self, place):
        return io.BytesIO()

    def header(self, file):
        return Header(((SIDE, SIDE),))


class SimulatedEngine:
    """Workers by a clock of its own: each step takes as long, and its result is made up.

    `processor_s` is what the parent took meanwhile, without the making up; `n_steps` how many steps
    there were, `n_busy` the most that were at work at once.
    """

    def __init__(self):
        self.processor_s, self.n_steps, self.n_busy = 0.0, 0, 0

    def expect(self, kind):
        return nullcontext()

    def run(self, due, stop=lambda: False):
        attempts, order = Attempts(due, float("inf")), count()
        at_work, now, began = [], 0.0, process_time()
        while not attempts.is_over:
            stop()
            while len(attempts) < WORKERS and (attempt := attempts.take()):
                prepared = due.prepare(attempt.work)
                pickle.dumps((prepared, prepared.limit))
                heapq.heappush(at_work, (now + STEP_S, next(order), attempt, prepared))
                yield Began(attempt.work)
            self.n_busy = max(self.n_busy, len(at_work))
            if not at_work:  # nothing was due at this moment
                continue
            now, _, attempt, prepared = heapq.heappop(at_work)
            paused = process_time()
            content = pickle.dumps(_made_up(prepared))
            self.processor_s -= process_time() - paused
            attempts.finish(attempt)
            yield Done(attempt.work, pickle.loads(content))
            self.n_steps += 1
        self.processor_s += process_time() - began


def _made_up(work):
    if not isinstance(work, Task):
        files = {kind: Written(SIZE_BYTES, DIGEST) for kind, _ in work.files}
        return OverviewResult(work.key, files, elapsed_s=STEP_S)
    return TaskResult(
        index=work.index,
        size_bytes=work.size_bytes,
        mtime_ns=1,
        ctime_ns=1,
        source_sha256=f"{work.position:064x}",
        width=SIDE,
        height=SIDE,
        distinct_colors=100_000,
        source_format="JPEG",
        mode="RGB",
        notes=None,
        decode_s=0.1,
        peak_memory_bytes=1,
        error=None,
        variants=tuple(_variant(variant) for variant in work.variants),
    )


def _variant(variant):
    return VariantResult(
        seed=1,
        n_iter=10,
        converged=True,
        inertia=1e9 / variant.k,
        figures=dict.fromkeys(metrics(), 30.0 / variant.k),
        n_colors=variant.k,
        files={kind: Written(SIZE_BYTES, DIGEST, is_exact=True) for kind in variant.outputs},
        cluster_s=0.1,
        encode_s=0.1,
    )


def measure(photos, work):
    """Yield a table: what a step costs the parent, by number of pictures, and what follows."""
    rows = []
    for n in SIZES:
        command = [sys.executable, "-m", "benchmarks.simulation", str(n), str(work / f"{n}")]
        found = json.loads(subprocess.check_output(command).splitlines()[-1])
        per_step = found["processor_s"] / found["n_steps"]
        rows.append(
            (
                *(n, found["n_steps"], found["whole_s"], 1e3 * per_step),
                *(found["peak_mb"], found["n_busy"], STEP_S / per_step),
            )
        )
    yield Table(
        f"Simulation: {WORKERS} workers, one K and a contact sheet a picture, {STEP_S} s a step",
        (
            "pictures",
            "steps",
            "processor s of the run",
            "ms a step",
            "peak MB",
            "at work at most",
            "workers kept busy",
        ),
        tuple(rows),
    )


def simulate(n, folder):
    """Run it in this process, and say what it took."""
    from pathlib import Path

    from batchquant import load_job, run_job
    from batchquant.sources.registry import sources

    sources()[Simulated.scheme] = Simulated()
    Path(folder).mkdir(parents=True)
    path = Path(folder) / "jobs.yaml"
    path.write_text(f"inputs: [{{path: 'simulated://{n}', name: p}}]\nk: 5\n", "utf-8")
    engine = SimulatedEngine()
    summary = run_job(load_job(path), engine=engine)
    assert summary.n_done == n
    assert summary.n_drawn == n
    peak = next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return {
        "n_steps": engine.n_steps,
        "n_busy": engine.n_busy,
        "processor_s": engine.processor_s,
        "whole_s": process_time(),
        "peak_mb": peak / 1e3,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(simulate(int(sys.argv[1]), sys.argv[2])) + "\n")
