"""Whole jobs: against the obvious script, against the codecs alone, and one worker against two."""

import shutil
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from batchquant.formats.png import encode_png
from batchquant.images.read.decode import decode
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.weights import weights_of
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
    """Yield a table: what a job takes above decoding and encoding each picture once."""
    start_s = start_up_seconds(work)
    ours_s, output = _median_run(work, photos, max_iter=300)
    drawing_s = overview_seconds(output)
    made_s = ours_s - start_s - drawing_s
    found = outputs(output)
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(_codec_seconds, [(photos[0], [])] * WORKERS))  # warm
        tasks = [(path, [png for png in found if png.parent.name == path.name]) for path in photos]
        floor_s = sum(pool.map(_codec_seconds, tasks)) / WORKERS
    yield Table(
        f"Whole job against its codecs, {len(photos)} photographs, K = {KS}, {WORKERS} workers",
        ("what", "s", "times the floor"),
        (
            ("codec floor: each source decoded once, each PNG encoded once", floor_s, 1.0),
            ("start-up (a run over tiny pictures)", start_s, None),
            ("batchquant run", ours_s, None),
            ("of it contact sheets and previews", drawing_s, drawing_s / floor_s),
            ("batchquant run without these and start-up", made_s, made_s / floor_s),
        ),
        "The floor is the time of the calls alone, in as many warm processes at once, shared out"
        " without loss.",
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
    """Time the decoder on a source and the encoder on the pictures made of it."""
    photo, pngs = task
    total_s, _ = seconds(lambda: load(photo))
    for png in pngs:
        indices, palette, metadata = _as_encoded(png)
        elapsed_s, _ = seconds(lambda i=indices, p=palette, m=metadata: encode_png(i, p, **m))
        total_s += elapsed_s
    return total_s


def _as_encoded(png):
    """Return what `encode_png` made a file of."""
    picture = decode(png.read_bytes())
    metadata = {"alpha": picture.alpha, "icc_profile": picture.icc_profile, "dpi": picture.dpi}
    with Image.open(png) as image:
        if image.mode == "P" and picture.alpha is None:
            palette = np.array(image.getpalette(), dtype=np.uint8).reshape(-1, 3)
            return np.asarray(image), palette, metadata
    histogram = count_colors(picture.pixels, weights_of(picture.alpha))
    return histogram.color_index, histogram.colors, metadata
