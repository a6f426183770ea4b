"""Kernels are compiled once, in the parent, wherever a cache can be kept."""

import os
import re
import shutil
from pathlib import Path

import pytest
from circumstances import long_form
from terminal import on_terminal

import batchquant
from batchquant.cli.progress import ProgressDisplay
from batchquant.cli.tell import COMPILING
from batchquant.run.events import Compiling

JOB = """
inputs: photos
k: [1, 2, 5, 300]
init: [random, in_pixel, kmeans++, maximin]
n_init: 2
tol: 0.5
formats: [png, pdf]
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder for compiled kernels."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def compiled_in(cache):
    return {path.name: path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}


@long_form
def test_kernels_are_compiled_before_the_workers_start_and_never_again(workplace, photos, cache):
    first = workplace.run("image", "photos/a.png", "-k", "3")
    assert first.returncode == 0
    assert COMPILING in first.stderr
    kernels = compiled_in(cache)
    assert kernels
    workplace.write_job(JOB)
    second = workplace.run("run", "jobs.yaml", "-j", "2")
    assert second.returncode == 0
    assert COMPILING not in second.stderr
    assert compiled_in(cache) == kernels


@pytest.mark.parametrize(("quiet", "told"), [(True, ""), (False, f"{COMPILING}\n")])
def test_a_quiet_run_compiles_without_a_word(quiet, told, capsys):
    ProgressDisplay(quiet=quiet, verbose=False).hear(Compiling())
    assert capsys.readouterr().err == told


@long_form
def test_on_a_terminal_a_clock_goes_on_while_kernels_are_compiled(workplace, photos, cache):
    workplace.write_job(JOB)
    code, shown = on_terminal(["run", "-j", "1"], workplace.path)
    assert code == 0
    clocks = re.findall(re.escape(COMPILING) + r" \[(\d\d:\d\d)\]", shown)
    assert len(set(clocks)) > 2
    assert clocks == sorted(clocks)
    rest = shown[shown.rindex(COMPILING) :]
    assert "\r" + " " * len(COMPILING) in rest  # it is gone, and the bar stands in its place
    assert "/48 variants [" in rest


@long_form
def test_where_neither_package_nor_home_can_be_written_the_output_folder_keeps_kernels(
    workplace, photos, tmp_path
):
    package = tmp_path / "site" / "batchquant"
    shutil.copytree(
        Path(batchquant.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    for sources in ("quantization", "quantization/color", "quantization/kmeans"):
        (package / sources / "__pycache__").touch()  # a file cannot be a folder, even for root
    environment = {name: value for name, value in os.environ.items() if "CACHE" not in name}
    environment |= {"PYTHONPATH": str(package.parent), "HOME": os.devnull}
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml", env=environment)
    assert done.returncode == 0, done.stderr
    assert COMPILING in done.stderr
    kernels = compiled_in(workplace.output / "_run" / "numba")
    assert kernels
    shutil.rmtree(workplace.output / "photos")
    again = workplace.run("run", "jobs.yaml", env=environment)
    assert again.returncode == 0
    assert COMPILING not in again.stderr
    assert compiled_in(workplace.output / "_run" / "numba") == kernels


def test_where_nothing_is_to_be_done_numba_is_not_loaded(workplace, photos):
    workplace.write_job("inputs: photos\nk: 2\n")
    for arguments in (["--help"], ["plan", "jobs.yaml"], ["run", "jobs.yaml"]):
        workplace.run("run", "jobs.yaml")
        told = workplace.run(*arguments, env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
        assert told.returncode == 0
        assert "import time" in told.stderr
        assert "numba" not in told.stderr
