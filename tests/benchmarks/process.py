"""What a process costs: start-up, compiling, memory."""

import os
import statistics
import subprocess
import sys

import numpy as np
from PIL import Image

from benchmarks.clock import seconds
from benchmarks.tables import Table

MEGAPIXELS = 100
SIDES = (10_000, 10_000)
BANDS = 100
COMPILE = "from batchquant.quantization import compile_kernels; compile_kernels()"
NOTHING = "import numpy"
MEMORY = r"""
import re, sys
from pathlib import Path
from batchquant.run.single import run_image
status = Path("/proc/self/status")  # getrusage would count what the parent had before exec
peak = lambda: 1024 * int(re.search(r"VmHWM:\s+([0-9]+)", status.read_text())[1])
from batchquant.quantization import compile_kernels
compile_kernels()
before = peak()
keys = {"k": (64, 300), "init": "in_pixel", "n_init": 1, "max_iter": 20, "formats": ("png", "pdf")}
run_image(Path(sys.argv[1]), keys=keys, seed=0, output=Path(sys.argv[2]), overwrite=True)
print(before, peak())
"""


def start_up(photos, work):
    """Yield a table: the times until something happens."""
    cache = {**os.environ, "NUMBA_CACHE_DIR": str(work / "numba")}
    cold_s, _ = seconds(lambda: _python(COMPILE, env=cache))
    rows = [("kernels compiled for the first time", cold_s)]
    for what, code in (
        ("the same, kernels in the cache: what a worker waits for", COMPILE),
        ("Python and numpy alone", NOTHING),
    ):
        rows.append((what, _median(lambda code=code: _python(code, env=cache))))
    command = [sys.executable, "-m", "batchquant", "--help"]
    rows.append(("batchquant --help", _median(lambda: subprocess.check_output(command))))
    yield Table("Start-up of a process", ("what", "s"), tuple(rows))


def memory(photos, work):
    """Yield a table: the peak of a process that works on one very large picture."""
    photo = work / f"{MEGAPIXELS}-megapixels.jpg"
    _draw(photo, photos[0])
    before, peak = map(int, _python(MEMORY, str(photo), str(work / "large")).split())
    pixels = SIDES[0] * SIDES[1]
    yield Table(
        f"Memory: a JPEG of {MEGAPIXELS} megapixels, K = 64 and 300, PNG and PDF",
        ("what", "MB", "bytes a pixel"),
        (
            ("process before the picture", before / 1e6, None),
            ("its peak", peak / 1e6, (peak - before) / pixels),
            ("promised at most", 250 + 16 * pixels / 1e6, 16.0),
        ),
    )


def _draw(path, photo):
    """Enlarge a photograph, with noise, so that it has as many colors as a real one."""
    rng = np.random.default_rng(0)
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(photo) as image:
        large = image.convert("RGB").resize(SIDES, Image.Resampling.BICUBIC)
    for top in range(0, SIDES[1], BANDS):
        box = (0, top, SIDES[0], top + BANDS)
        band = np.asarray(large.crop(box)) + rng.normal(0, 4, (BANDS, SIDES[0], 3))
        large.paste(Image.fromarray(np.clip(band, 0, 255).astype(np.uint8)), box)
    large.save(path, quality=90)


def _python(code, *arguments, **options):
    return subprocess.check_output([sys.executable, "-c", code, *arguments], text=True, **options)


def _median(function):
    return statistics.median(seconds(function)[0] for _ in range(5))
