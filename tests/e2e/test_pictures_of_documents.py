"""The pictures that README shows are what ``make pictures`` draws."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from documents import REPOSITORY, TEXTS
from patience import promised
from programs import need
from workplaces import pixels_of

PICTURES = Path("docs/pictures")
ACCENTS = ("oklab", "maximin", "favor_rare", "pin")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draw them in a folder of their own, with what is installed."""
    make = need("make", "make")
    folder = tmp_path_factory.mktemp("repository")
    shutil.copy(REPOSITORY / "Makefile", folder)
    for name in ("configs", "tests"):
        shutil.copytree(REPOSITORY / name, folder / name)
    installed = [f"BIN={Path(sys.executable).parent}", "-o", ".venv/.installed-dev"]
    with promised(120):
        subprocess.run([make, *installed, "pictures"], cwd=folder, check=True)
    return folder / PICTURES


def test_those_in_the_repository_are_what_is_drawn(drawn):
    names = sorted(path.name for path in (REPOSITORY / PICTURES).iterdir())
    assert sorted(path.name for path in drawn.iterdir()) == names
    # Not the bytes: another zlib packs the same pixels otherwise. What a browser shows is its own.
    for name in set(names) - {"page.png"}:
        kept = pixels_of(REPOSITORY / PICTURES / name)
        assert np.array_equal(pixels_of(drawn / name), kept), name


def test_the_documents_show_each_and_they_are_small(drawn):
    shown = re.findall(r"!\[[^]]+\]\((?:docs/)?pictures/([^)]+)\)", "".join(TEXTS.values()))
    assert sorted(shown) == sorted(path.name for path in (REPOSITORY / PICTURES).iterdir())
    assert all(path.stat().st_size < 30_000 for path in drawn.glob("meadow*.png"))
    front = [(REPOSITORY / PICTURES / name).stat().st_size for name in ("sheet.png", "page.png")]
    assert sum(front) < 300_000


def test_the_documents_tell_how_close_each_comes(drawn):
    told = re.findall(r"\*\*([\d.]+) dB\*\*", TEXTS["colors"])
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
