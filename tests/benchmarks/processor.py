"""Processor seconds of whole commands, of this commit and of another, side by side.

The other is ``BASELINE``, anything that git knows by name. Both get an environment of their own,
with nothing in it but what they ask for: what numba finds beside it, it loads. ``JOBS`` says which
of the jobs run, ``TIMES`` how often, ``N_SMALL`` how many pictures D has.
"""

import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from benchmarks.commands import WORKERS
from benchmarks.tables import Table

BASELINE = os.environ.get("BASELINE", "HEAD~1")
CHOSEN = os.environ.get("JOBS", "J A D S").split()
TIMES = int(os.environ.get("TIMES", "5"))
ROOT = Path(__file__).parents[2]
N_SMALL, SIDES = int(os.environ.get("N_SMALL", "2000")), (64, 500)
OF_CALLER = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")  # as an installed program is not started
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
SWEEP = {"k": [3, 5, 7, 9, 11]}
JOBS = {
    "J": (SWEEP | {"init": ["random", "in_pixel"], "formats": ["png", "pdf"]}, "JPEGs, 2 starts"),
    "A": ({"k": [4, 16, 64]}, "pictures, some with soft alpha"),
    "D": (SWEEP, f"pictures of {SIDES[0]} to {SIDES[1]} pixels a side"),
    "S": ({"k": 8}, "picture of 4 megapixels"),
}


@dataclass
class Runs:
    """What runs of a job took."""

    processor_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    png_bytes: int = 0


def measure(photos, work):
    """Yield a table: each job with both commits, in turns."""
    baseline = _install(_checked_out(work / "baseline"), work / "python-baseline")
    now = _install(ROOT, work / "python-now")
    rows = []
    for name in CHOSEN:
        keys, what = JOBS[name]
        inputs = _inputs(name, photos, work)
        ours, theirs = Runs(), Runs()
        for _ in range(TIMES):
            for python, runs in ((baseline, theirs), (now, ours)):
                _run(python, work, inputs, keys, runs)
        figures = [
            statistics.median(pair)
            for mine, other in (
                (ours.processor_s, theirs.processor_s),
                (ours.wall_s, theirs.wall_s),
            )
            for pair in (other, mine, [a / b for a, b in zip(mine, other, strict=True)])
        ]
        n = len(list(inputs.iterdir()))
        told = f"{name}: {n} {what}, K {keys['k']}"
        rows.append((told, *figures, ours.png_bytes / theirs.png_bytes))
    columns = ("job", "processor s before", "now", "ratio", "wall s before", "now", "ratio")
    title = f"Processor time with all children beside {BASELINE}, {WORKERS} workers"
    yield Table(title, (*columns, "bytes of PNGs, ratio"), tuple(rows))


def _checked_out(folder):
    """Return a folder with the files of the baseline."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", BASELINE], check=True, stdout=subprocess.PIPE
    )
    subprocess.run(["tar", "x", "-C", str(folder)], check=True, input=archive.stdout)
    return folder


def _install(source, environment):
    """Return the Python of a new environment in which a version is installed and compiled."""
    _call([sys.executable, "-m", "venv", str(environment)])
    python = environment / "bin/python"
    _call([str(python), "-m", "pip", "install", "-q", str(source)])
    _call([str(python), "-c", "from batchquant.quantization import compile_kernels as c; c()"])
    return python


def _call(command):
    environment = {name: text for name, text in os.environ.items() if name not in OF_CALLER}
    # From elsewhere: Python takes what lies in the working directory first.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/")


def _inputs(name, photos, work):
    """Return a folder of links to the sources of a job, or of small pictures cut out of them."""
    folder = work / f"inputs-{name}"
    if folder.exists():
        return folder
    folder.mkdir()
    if name == "D":
        _cut(photos, folder)
        return folder
    chosen = {
        "J": [path for path in photos if path.suffix.lower() in (".jpg", ".jpeg")][:15],
        "A": photos,
        "S": [min(photos, key=_how_far_from_four_megapixels)],
    }[name]
    for path in chosen:
        (folder / path.name).symlink_to(path.resolve())
    return folder


def _how_far_from_four_megapixels(path):
    with Image.open(path) as image:
        return abs(image.width * image.height - 4_000_000)


def _cut(photos, folder):
    rng = np.random.default_rng(0)
    for number in range(N_SMALL):
        if number % 100 == 0:
            with Image.open(photos[number // 100 % len(photos)]) as image:
                photo = image.convert("RGB").reduce(2)
        width, height = (int(rng.integers(SIDES[0], SIDES[1] + 1)) for _ in range(2))
        left = int(rng.integers(0, max(1, photo.width - width)))
        top = int(rng.integers(0, max(1, photo.height - height)))
        part = photo.crop((left, top, left + width, top + height))
        part.save(folder / f"{number:04d}.jpg", quality=90)


def _run(python, work, inputs, keys, runs):
    """Run a job into a new folder, and add what it took."""
    output = work / "out"
    shutil.rmtree(output, ignore_errors=True)
    job_file = work / "jobs.yaml"
    job_file.write_text(yaml.safe_dump({"output": "out", "inputs": str(inputs), **keys}), "utf-8")
    command = [str(python), "-m", "batchquant", "run", str(job_file), "-q", "-j", str(WORKERS)]
    before, begin = _of_children(), time.perf_counter()
    _call(command)
    runs.wall_s.append(time.perf_counter() - begin)
    _reap_orphans()
    runs.processor_s.append(_of_children() - before)
    runs.png_bytes = sum(path.stat().st_size for path in output.rglob("*_k[0-9]*.png"))


def _of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _reap_orphans():
    """Wait for processes whose parent has not: else their time is nobody's."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
