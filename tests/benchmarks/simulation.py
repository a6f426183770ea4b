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
import random
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
    """Workers by a clock of its own, which goes on while the parent computes, too.

    A step takes half to one and a half of `STEP_S`, and its result is made up. `processor_s` is
    what the parent took, without the making up; `busy_s` what all workers worked together, by the
    clock, which stands at `now_s`.
    """

    def __init__(self):
        self.processor_s = self.busy_s = self.now_s = 0.0
        self.n_steps = 0

    def expect(self, kind):
        return nullcontext()

    def run(self, due, stop=lambda: False):
        attempts, order, draw = Attempts(due, float("inf")), count(), random.Random(0)
        at_work, made_up_s, looked = [], 0.0, process_time()
        while not attempts.is_over:
            stop()
            taken = []
            while len(attempts) < WORKERS and (attempt := attempts.take()):
                taken.append(attempt)
            works = due.prepare([attempt.work for attempt in taken]) if taken else []
            for attempt, prepared in zip(taken, works, strict=True):
                pickle.dumps((prepared, prepared.limit))
                step_s = STEP_S * draw.uniform(0.5, 1.5)
                self.busy_s += step_s
                heapq.heappush(at_work, (self.now_s + step_s, next(order), attempt, prepared))
            yield from [Began(attempt.work) for attempt in taken]
            begun, looked = looked, process_time()
            self.now_s += looked - begun - made_up_s
            self.processor_s += looked - begun - made_up_s
            made_up_s = 0.0
            if at_work:
                self.now_s = max(self.now_s, at_work[0][0])
            while at_work and at_work[0][0] <= self.now_s:
                _, _, attempt, prepared = heapq.heappop(at_work)
                paused = process_time()
                content = pickle.dumps(_made_up(prepared))
                made_up_s += process_time() - paused
                attempts.finish(attempt)
                yield Done(attempt.work, pickle.loads(content))
                self.n_steps += 1


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
                *(found["n_syncs"], found["peak_mb"], found["n_busy"]),
            )
        )
    yield Table(
        f"Simulation: {WORKERS} workers, one K and a contact sheet a picture, {STEP_S} s a step",
        (
            "pictures",
            "steps",
            "processor s of the run",
            "ms a step",
            "syncs",
            "peak MB",
            "busy workers",
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
    engine, syncs = SimulatedEngine(), []
    fsync = os.fsync
    os.fsync = lambda descriptor: syncs.append(fsync(descriptor))
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
        "n_busy": engine.busy_s / engine.now_s,
        "n_syncs": len(syncs),
        "processor_s": engine.processor_s,
        "whole_s": process_time(),
        "peak_mb": peak / 1e3,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(simulate(int(sys.argv[1]), sys.argv[2])) + "\n")
