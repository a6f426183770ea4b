"""Whole jobs: against the obvious script, against the codecs alone, and one worker against two."""

import io
import shutil
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

from benchmarks.clock import seconds
from benchmarks.commands import (
    WORKERS,
    outputs,
    overview_seconds,
    run,
    run_batchquant,
    start_up_seconds,
)
from benchmarks.photos import load, mse
from benchmarks.tables import Table

KS = [4, 16, 64]
SCRIPT = Path(__file__).with_name("naive_script.py")
TIMES = 3


def against_the_script(photos, work):
    """Yield a table: 8 photographs, K = 4, 16, 64, at most 300 iterations, PNG."""
    photos = photos[:8]
    ours_s, output = _median_run(work, photos, max_iter=300, init="random")
    found = outputs(output)
    naive = work / "naive"
    shutil.rmtree(naive, ignore_errors=True)
    told = [str(naive), ",".join(map(str, KS)), str(WORKERS), *map(str, photos)]
    script_s = run([sys.executable, str(SCRIPT), *told])
    source = {path.name: load(path) for path in photos}
    pairs = {
        "batchquant": [(path, source[path.parent.name]) for path in found],
        "script": [(naive / f"{path.stem}_k{k:03d}.png", source[path.name])
                   for path in photos for k in KS],
    }  # fmt: skip
    error = {
        name: statistics.mean(mse(path, pixels) for path, pixels in entries)
        for name, entries in pairs.items()
    }
    yield Table(
        f"Whole job, {len(photos)} photographs, K = {KS}, {WORKERS} workers, start-up included",
        ("what", "s", "ratio", "mean squared error"),
        (
            ("batchquant run, to max_iter 300", ours_s, 1.0, error["batchquant"]),
            ("of it contact sheets and previews", overview_seconds(output), None, None),
            ("script, scikit-learn's own tol", script_s, script_s / ours_s, error["script"]),
        ),
    )


def against_the_codecs(photos, work):
    """Yield a table: what a job takes above decoding and encoding each picture once by Pillow."""
    start_s = start_up_seconds(work)
    ours_s, output = _median_run(work, photos, max_iter=300)
    drawing_s = overview_seconds(output)
    found = outputs(output)
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(_codec_seconds, [(photos[0], [])] * WORKERS))  # warm
        tasks = [(path, [png for png in found if png.parent.name == path.name]) for path in photos]
        floor_s = sum(pool.map(_codec_seconds, tasks)) / WORKERS
    yield Table(
        f"Whole job against its codecs, {len(photos)} photographs, K = {KS}, {WORKERS} workers",
        ("what", "s", "times the floor"),
        (
            ("Pillow: each source decoded once, each PNG saved once", floor_s, 1.0),
            ("batchquant run, sheets, page and start-up included", ours_s, ours_s / floor_s),
            ("of it contact sheets and previews", drawing_s, drawing_s / floor_s),
            ("of it start-up (a run over tiny pictures)", start_s, start_s / floor_s),
        ),
        "The floor is the time of the calls alone, at Pillow's default level, in as many warm"
        " processes at once, shared out without loss.",
    )


def of_workers(photos, work):
    """Yield a table: one worker and two."""
    rows = []
    for workers in (1, 2):
        start_s = start_up_seconds(work, workers=workers)
        whole_s, _ = _median_run(work, photos, workers=workers, max_iter=300)
        rows.append((workers, whole_s, start_s, whole_s - start_s))
    rows = [(*row, rows[0][3] / row[3]) for row in rows]
    columns = ("workers", "s", "start-up, s", "without it, s", "times as fast as one")
    yield Table(f"Workers, {len(photos)} photographs, K = {KS}", columns, tuple(rows))


def _median_run(work, photos, **keys):
    runs = [run_batchquant(work, photos, k=KS, **keys) for _ in range(TIMES)]
    return statistics.median(elapsed_s for elapsed_s, _ in runs), runs[0][1]


def _codec_seconds(task):
    """Time Pillow on a source and on the pictures made of it."""
    photo, pngs = task
    total_s, _ = seconds(lambda: _load(photo))
    for png in pngs:
        image = _load(png)
        total_s += seconds(lambda image=image: image.save(io.BytesIO(), "PNG"))[0]
    return total_s


def _load(path):
    with Image.open(path) as image:
        image.load()
        return image
