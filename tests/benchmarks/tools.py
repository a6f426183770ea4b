"""256 colors, against the programs people use for that: pngquant and ImageMagick."""

import shutil
import statistics

from PIL import Image

from benchmarks.commands import WORKERS, outputs, run, run_batchquant
from benchmarks.photos import load, mse
from benchmarks.tables import Table

K = 256
TIMES = 3
OTHERS = {  # program: Debian's package, what the table calls it, the command for one picture
    "pngquant": (
        "pngquant",
        "pngquant --nofs --speed 1",
        f"pngquant --nofs --speed 1 --output $1/$(basename $0) {K} $0",
    ),
    "convert": (
        "imagemagick",
        "ImageMagick +dither -colors",
        f"convert $0 +dither -colors {K} $1/$(basename $0)",
    ),
}


def measure(photos, work):
    """Yield a table: 8 photographs as PNG, K = 256, two processes each."""
    sources = work / "sources"
    sources.mkdir(exist_ok=True)
    pixels = {}
    for path in photos[:8]:
        source = sources / f"{path.stem}.png"  # pngquant reads nothing else
        pixels[source.name] = load(path)
        Image.fromarray(pixels[source.name]).save(source, compress_level=1)
    names = sorted(pixels)

    runs = [
        run_batchquant(work, [sources], k=[K], init="kmeans++", max_iter=50) for _ in range(TIMES)
    ]
    ours_s = statistics.median(elapsed_s for elapsed_s, _ in runs)
    found = outputs(runs[0][1])
    rows = [_row("batchquant run", ours_s, ours_s, [(p, pixels[p.parent.name]) for p in found])]
    for program, (package, told, line) in OTHERS.items():
        if shutil.which(program) is None:
            rows.append((f"{told}: not installed (package {package})", None, None, None, None))
            continue
        output = work / program
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        listed = "\n".join(str(sources / name) for name in names)
        command = ["xargs", "-P", str(WORKERS), "-I{}", "sh", "-c", line, "{}", str(output)]
        peer_s = run(command, input=listed)
        written = [(output / name, pixels[name]) for name in names]
        rows.append(_row(told, peer_s, ours_s, written))
    yield Table(
        f"{len(names)} photographs in {K} colors, {WORKERS} processes, start-up included",
        ("what", "s", "times ours", "mean squared error", "MB written"),
        tuple(rows),
        "All read the same PNG files. The error is the mean over the pictures.",
    )


def _row(name, elapsed_s, ours_s, written):
    error = statistics.mean(mse(path, pixels) for path, pixels in written)
    size_mb = sum(path.stat().st_size for path, _ in written) / 1e6
    return name, elapsed_s, elapsed_s / ours_s, error, size_mb
