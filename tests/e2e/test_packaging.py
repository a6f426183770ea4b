"""Wheel and sdist: what is in them, and that what is installed from one works."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from patience import promised

from batchquant import __version__

REPOSITORY = Path(__file__).parents[2]
NAME = f"batchquant-{__version__}"


def build(source, dist, *targets):
    """Build with what is installed: nothing is fetched."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", dist, *targets]
    subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)


def files_of_wheel(path):
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    dist = tmp_path_factory.mktemp("dist")
    build(REPOSITORY, dist)
    assert {path.name for path in dist.iterdir()} == {f"{NAME}.tar.gz", f"{NAME}-py3-none-any.whl"}
    return dist


def test_the_wheel_has_all_of_the_package_and_nothing_else(dist):
    package = REPOSITORY / "batchquant"
    expected = {
        str(path.relative_to(REPOSITORY))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    files = files_of_wheel(dist / f"{NAME}-py3-none-any.whl")
    info = {name for name in files if PurePosixPath(name).parts[0] == f"{NAME}.dist-info"}
    assert files.keys() - info == expected
    assert "batchquant/py.typed" in expected
    assert f"{NAME}.dist-info/licenses/LICENSE" in info
    assert b"batchquant = batchquant.__main__:main" in files[f"{NAME}.dist-info/entry_points.txt"]


def test_a_wheel_from_the_sdist_is_the_same(dist, tmp_path):
    with tarfile.open(dist / f"{NAME}.tar.gz") as sdist:
        names = {PurePosixPath(name).parts[1] for name in sdist.getnames()}
        sdist.extractall(tmp_path, filter="data")
    assert {"batchquant", "tests", "configs", "README.md", "LICENSE", "Makefile"} <= names
    build(tmp_path / NAME, tmp_path / "again", "-t", "wheel")
    name = f"{NAME}-py3-none-any.whl"
    assert files_of_wheel(tmp_path / "again" / name) == files_of_wheel(dist / name)


def test_what_is_installed_works(dist, tmp_path, photo):
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    wheel = next(dist.glob("*.whl"))
    options = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel]
    subprocess.run(pip, check=True)
    # What it depends on is that of the environment that tests it, and comes after it.
    (site,) = (place / "lib").glob("*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}

    def run(*command):
        with promised(120):  # K-Means is compiled for the new place
            return subprocess.run(
                [place / "bin" / command[0], *command[1:]],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout

    code = "import batchquant; print(batchquant.__file__)"
    assert Path(run("python", "-c", code).strip()).is_relative_to(site)
    assert run("batchquant", "--version") == f"batchquant {__version__}\n"
    photo(tmp_path / "photos" / "a.png")
    (tmp_path / "jobs.yaml").write_text("inputs: photos\nk: 3\n")
    assert "1 made" in run("batchquant", "run", "jobs.yaml", "-j", "1")
    assert (tmp_path / "out" / "index.html").is_file()
    shutil.rmtree(place)
