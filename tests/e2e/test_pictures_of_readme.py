"""The pictures that README shows are what ``make pictures`` draws."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import promised
from programs import need
from workplaces import pixels_of

REPOSITORY = Path(__file__).parents[2]
PICTURES = Path("docs/pictures")
ACCENTS = ("oklab", "maximin", "favor_rare", "pin")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draw them in a folder of their own, with what is installed."""
    make = need("make", "make")
    folder = tmp_path_factory.mktemp("repository")
    shutil.copy(REPOSITORY / "Makefile", folder)
    shutil.copytree(REPOSITORY / "configs", folder / "configs")
    installed = [f"BIN={Path(sys.executable).parent}", "-o", ".venv/.installed"]
    with promised(120):
        subprocess.run([make, *installed, "pictures"], cwd=folder, check=True)
    return folder / PICTURES


@pytest.fixture
def readme():
    return (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_those_in_the_repository_are_what_is_drawn(drawn):
    names = sorted(path.name for path in (REPOSITORY / PICTURES).iterdir())
    assert sorted(path.name for path in drawn.iterdir()) == names
    for name in names:  # not the bytes: another zlib packs the same pixels otherwise
        kept = pixels_of(REPOSITORY / PICTURES / name)
        assert np.array_equal(pixels_of(drawn / name), kept), name


def test_readme_shows_each_and_they_are_small(drawn, readme):
    shown = re.findall(r"!\[[^]]+\]\(docs/pictures/([^)]+)\)", readme)
    assert sorted(shown) == sorted(path.name for path in drawn.iterdir())
    assert all(path.stat().st_size < 30_000 for path in drawn.iterdir())


def test_readme_tells_how_close_each_comes(drawn, readme):
    told = re.findall(r"\*\*([\d.]+) dB\*\*", readme)
    with (drawn.parents[1] / "demo/accents/report.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["k"] == "8"]
    assert told == [f"{float(row['psnr_db']):.1f}" for row in rows]


def n_red(path):
    red, green, blue = np.moveaxis(pixels_of(path).astype(int), -1, 0)
    return int(((red > green + 50) & (red > blue + 50)).sum())


def test_poppies_vanish_by_default_and_stay_with_each_remedy(drawn):
    assert n_red(drawn / "meadow.png") > 400
    assert n_red(drawn / "meadow_defaults.png") == 0
    for name in ACCENTS:
        assert n_red(drawn / f"meadow_{name}.png") > 400, name
