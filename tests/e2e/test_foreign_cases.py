"""Pictures of strangers' kinds, computed by a script outside of the repository.

``BATCHQUANT_CASES=make_pictures.py`` names it. It writes pictures into a folder, and beside them
``expected.csv``, with ``;``: file, expect (``pixels``, ``fails``, ``pixels or fails``, ``note``),
x, y, rgba as a person sees it, why.
"""

import csv
import os
import subprocess
import sys

import pytest
from PIL import Image
from programs import need

SCRIPT = os.environ.get("BATCHQUANT_CASES")
POINTS_PER_MM = 72 / 25.4
BADGE = [(25, 60, 140), (240, 240, 235), (200, 30, 45)]

pytestmark = pytest.mark.skipif(not SCRIPT, reason="BATCHQUANT_CASES names no script")


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    subprocess.run([sys.executable, SCRIPT, folder / "photos"], check=True, capture_output=True)
    with (folder / "photos" / "expected.csv").open(newline="") as stream:
        return folder, list(csv.DictReader(stream, delimiter=";"))


def run(folder, job):
    (folder / "jobs.yaml").write_text(job)
    command = [sys.executable, "-m", "batchquant", "run", "jobs.yaml"]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    with (folder / "out" / "report.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_pixel_is_what_a_person_sees(cases):
    folder, expected = cases
    rows = run(folder, "inputs: photos\nk: 256\nformats: [png, pdf]\n")
    found = {row["image"]: row for row in rows}
    wrong = []
    for case in expected:
        row, rgba = found[case["file"]], case["rgba"]
        if row["status"] == "failed":
            if "fails" not in case["expect"]:
                wrong.append((case["file"], row["error"]))
            continue
        if case["expect"] == "fails":
            wrong.append((case["file"], "done"))
        if not rgba:
            continue
        with Image.open(folder / "out" / row["png"]) as image:
            seen = image.convert("RGBA").getpixel((int(case["x"]), int(case["y"])))
        wanted = tuple(map(int, rgba.split()))
        if wanted[3] == seen[3] == 0:
            continue
        if max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) > 2:
            wrong.append((case["file"], seen, wanted))
    assert wrong == []
    fax = subprocess.run(
        [need("pdfinfo", "poppler-utils"), folder / "out" / found["fax.tif"]["pdf"]],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    size = fax.partition("Page size:")[2].split()
    width, height = (float(size[at]) / POINTS_PER_MM for at in (0, 2))
    assert (round(width, 1), round(height, 1)) == (292.6, 405.7)


def test_all_opaque_colors_of_the_badge_stay(cases):
    folder, _ = cases
    starts = ("random", "in_pixel", "kmeans++", "maximin")
    job = f"inputs: photos/badge.png\nk: 4\nn_init: 5\ninit: [{', '.join(starts)}]\n"
    rows = run(folder, job)
    assert [row["init"] for row in rows] == list(starts)
    for row in rows:
        with Image.open(folder / "out" / row["png"]) as image:
            colors = {color for _, color in image.convert("RGB").getcolors(99999)}
        for wanted in BADGE:
            nearest = min(sum((a - b) ** 2 for a, b in zip(c, wanted, strict=True)) for c in colors)
            assert nearest < 300, (row["init"], wanted, colors)
