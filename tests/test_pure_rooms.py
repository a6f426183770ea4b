"""Pure rooms, run where the disk, the clock and global randomness raise.

`test_architecture` reads their imports, which do not show `path.read_bytes()`, nor what a library
does on their behalf.
"""

import builtins
import dataclasses
import inspect
import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from sources import SWAPPED_PROFILE

from batchquant.formats.format import Painted
from batchquant.formats.read_palette import read_palette
from batchquant.formats.registry import formats
from batchquant.formats.written import open_written
from batchquant.images.read.density import as_in_png
from batchquant.images.read.header import Header
from batchquant.jobfile import load_job
from batchquant.metrics.registry import compute_figures, metrics, tell_figures
from batchquant.metrics.target import Target
from batchquant.plan.overviews import files_of
from batchquant.plan.records import Plan
from batchquant.plan.selection import Selection
from batchquant.plan.sweep import Sweep, image_of, rows_of_file
from batchquant.plan.wording import word
from batchquant.quantization import (
    arrange,
    choose_from_palette,
    map_to_palette,
    quantize,
    quantize_colors,
    repaint,
)
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.pairs import count_pairs
from batchquant.quantization.dithering.dither import DITHERS, dither
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.sources.source import ImageFile

ON_DISK = {
    builtins: ("open",),
    io: ("open", "open_code", "FileIO"),
    os: (
        *("open", "stat", "lstat", "listdir", "scandir", "mkdir", "readlink", "getcwd", "access"),
        *("remove", "rename", "replace", "rmdir", "unlink", "utime"),
    ),
    Path: (
        *("open", "read_bytes", "read_text", "write_bytes", "write_text", "touch", "mkdir"),
        *("stat", "lstat", "exists", "is_file", "is_dir", "is_symlink", "samefile", "resolve"),
        *("iterdir", "glob", "rglob", "unlink", "rename", "replace", "rmdir", "cwd", "absolute"),
    ),
}
CLOCK = {time: tuple(name for name in dir(time) if inspect.isbuiltin(getattr(time, name)))}
SHARED = [name for name in np.random.__all__ if hasattr(np.random.RandomState, name)]  # one state
UNDONE = ON_DISK | CLOCK | {np.random: SHARED}


class NotPureError(BaseException):
    """No `except Exception` swallows it."""


@pytest.fixture
def pure(monkeypatch):
    """Do something once, so that all is loaded and compiled, and then without the world."""

    def twice(function):
        expected = function()
        with monkeypatch.context() as patch:
            for module, names in UNDONE.items():
                for name in names:
                    patch.setattr(module, name, raising(f"{module.__name__}.{name}"))
            found = function()
        assert repr(found) == repr(expected)
        return found

    return twice


def raising(name):
    def refuse(*arguments, **options):
        raise NotPureError(name)

    return refuse


def picture(shape=(24, 17)):
    return np.random.default_rng(7).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("where", "name", "arguments"),
    [
        (Path, "read_bytes", [Path(__file__)]),
        (Path, "exists", [Path(__file__)]),
        (io, "open", [__file__]),
        (os, "stat", ["."]),
        (time, "perf_counter", []),
        (np.random, "rand", []),
    ],
)
def test_what_is_not_pure_is_found(pure, where, name, arguments):
    with pytest.raises(NotPureError, match=name):
        pure(lambda: getattr(where, name)(*arguments))


@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("init", INITS)
def test_colors_are_searched_for_in_arrays_alone(pure, init, space):
    pixels = picture()
    alpha = pixels[..., 0] | 1
    plain = {"init": init, "n_init": 2, "refine": "swaps", "seed": 5, "color_space": space}
    pure(lambda: quantize(pixels, 6, **plain).palette.tolist())
    pure(lambda: quantize(pixels, 6, alpha=alpha, **plain).mse)


def test_colors_are_worn_in_arrays_alone(pure):
    pixels = picture()
    palette = ((0, 0, 0), (255, 0, 0), (255, 255, 255))

    def wear():
        colors = arrange(count_colors(pixels))
        found = map_to_palette(colors, palette)
        pinned = quantize_colors(
            colors, 5, pin=palette, init="random", n_init=1, seed=1, max_iter=9, tol=0.0
        )
        stock = [(red, 0, blue) for red in range(0, 256, 15) for blue in (0, 99, 200)]
        chosen = choose_from_palette(colors, stock, 9, seed=1, max_iter=9, tol=0.0)
        mixed = [dither(colors, pinned.palette, kind) for kind in DITHERS]
        dithered = [repaint(pinned, colors.histogram, None, each).max_error for each in mixed]
        return found.psnr_db, chosen.psnr_db, dithered

    pure(wear)


@pytest.mark.parametrize("name", metrics())
def test_figures_are_computed_of_pairs_alone(pure, name):
    pixels = picture()
    found = quantize(pixels, 5, seed=3)

    def compute():
        pairs = count_pairs(count_colors(pixels), found.palette, found.indices)
        figures = compute_figures(pairs), compute_figures(pairs, lambda colors: colors[:, ::-1])
        target = Target(name, 9.0)
        met = [target.is_met(each[name]) for each in figures]
        return metrics()[name].compute(pairs), figures, met, target.phrase, tell_figures(figures[0])

    pure(compute)


@pytest.mark.parametrize("profile", [None, SWAPPED_PROFILE], ids=["srgb", "swapped"])
@pytest.mark.parametrize("alpha", [None, "binary", "soft"])
@pytest.mark.parametrize("kind", formats())
def test_files_are_encoded_and_read_in_memory(pure, kind, alpha, profile):
    pixels = picture()
    opacity = {None: None, "binary": np.where(pixels[..., 0] > 99, 255, 0), "soft": pixels[..., 1]}
    alpha = None if alpha is None else opacity[alpha].astype(np.uint8)
    found = quantize(pixels, 5, alpha=alpha, seed=3)
    dpi = as_in_png((300, 300))
    painted = Painted(found.indices, found.palette, found.counts, found.unit, alpha, profile, dpi)
    painted = dataclasses.replace(painted, original=pixels)
    output = formats()[kind]
    settings = {"dpi": 150.0, "background": (255, 255, 255)}
    if pure(lambda: output.refuse(painted, settings)):
        assert (kind, painted.opacity) == ("gif", "soft")  # laid onto a color, it has too many
        return
    content = pure(lambda: output.encode(painted, "a", settings))
    if output.is_exact(painted):
        pure(lambda: output.read(content).palette.tolist())
    if output.key == "formats":

        def look():
            with open_written(content, kind) as image:
                return read_palette(image, profile)

        pure(look)


def test_a_plan_is_made_of_names_and_numbers(pure, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "jobs.yaml").write_text(
        "inputs: photos\nk: [2, 300]\ninit: [random, maximin]\nframes: all\nsheet: both\n"
        "formats: [png, pdf]\npalette_files: [gpl, hex]\nbook: true\ntarget: {psnr_db: 30}\n"
        'pin: ["#102030"]\nmax_pixels: 1000\n'
    )
    job_file = load_job(tmp_path / "jobs.yaml")
    (job,) = job_file.jobs
    headers = {
        "a.png": Header(((30, 20),)),
        "A.png": Header(((300, 200),)),  # more than is wanted, and one name with another
        "many.tif": Header(((30, 20), (3, 2))),
        "broken.jpg": None,
    }

    def plan():
        sweep = Sweep.of(job, job_file.seed)
        images = tuple(
            image_of(sweep, row)
            for name, header in headers.items()
            for row in rows_of_file(
                job.name, sweep, "photos", file_called(name), header, frames=job.frames
            )
        )
        whole = Plan(job_file.output, images, (), (), word(job_file))
        part = Selection(only=("*.tif",), k=(2,)).of(whole)
        return whole, list(part.images), *files_of(whole.images), whole.notes, part.n_variants

    pure(plan)


def file_called(name):
    return ImageFile(f"/photos/{name}", name, 10, 20)
