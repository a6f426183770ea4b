"""Figures of real runs: a target of one, trees that are older than one, one of an extension."""

import csv
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from builders import write_as_7
from circumstances import long_form
from documents import block_with
from PIL import Image
from sources import SWAPPED_PROFILE
from workplaces import text_of

JOB = "inputs: photos\nk: [2, 5, 8, 12]\ninit: [in_pixel, maximin]\nbook: true\n"
MANY = """
inputs: photos
sheet: none
jobs:
- {name: plain, k: [2, 3]}
- {name: mixed, k: 4, dither: floyd-steinberg, blur: 0.7, reduce: 30}
- {name: paper, k: 3, formats: pdf}
"""


def times(workplace):
    return {path: path.stat().st_mtime_ns for path in workplace.output.glob("*/**/*_k*.p*")}


def timings(workplace):
    with (workplace.output / "_run" / "timings.csv").open(newline="") as stream:
        return [row["cluster_s"] for row in csv.DictReader(stream)]


def let_it_be_older(workplace):
    """Let a tree be of before there was `delta_e`, with sheets that say nothing of it."""
    for _ in range(2):  # the first run draws the sheets of then
        with closing(sqlite3.connect(workplace.output / "_run" / "ledger.sqlite")) as ledger:
            write_as_7(ledger)
            ledger.commit()
        done = workplace.run("run", "jobs.yaml")
    assert "Nothing to do" in done.stdout


def test_the_smallest_k_whose_figure_is_small_enough_is_the_best(workplace, photos):
    workplace.write_job(f"{JOB}target: {{delta_e: 9.5}}\nreport: [csv, json]\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 reach delta_e ≤ 9.5: FILE_best.png.\n" in done.stdout
    ks, book = set(), text_of(workplace.output / "book.pdf")
    for name, stem in (("a.png", "a"), ("c.bmp", "c"), ("trip/b.jpg", "b")):
        rows = [row for row in workplace.report() if row["image"] == name]
        good = [row for row in rows if float(row["delta_e"]) <= 9.5]
        assert 0 < len(good) < len(rows)
        best = min(good, key=lambda row: (int(row["k"]), float(row["delta_e"])))
        assert [row for row in rows if row["meets_target"] == "true"] == [best]
        link = workplace.output / "photos" / name / f"{stem}_best.png"
        assert link.samefile(workplace.output / best["png"])
        ks.add(best["k"])
        for row in rows:
            told = f"{float(row['psnr_db']):.1f} dB · dE {float(row['delta_e']):.1f} · "
            assert told in book
        assert f"dE 9.5 is met from K {best['k']}, start {best['init']}" in book
    assert book.count("meets dE 9.5") == 3
    page = (workplace.output / "_run" / "page" / "data" / "details-0000.js").read_text()
    for row in workplace.report():
        assert f'"delta_e":{row["delta_e"]}' in page


def test_how_many_reach_the_target_is_told_of_what_is_planned(workplace, photos):
    jobs = "jobs:\n  - {{name: near, inputs: photos, target: {{psnr_db: 1}}}}\n{}"
    far = "  - {name: far, inputs: photos, target: {psnr_db: 99}}\n"
    workplace.write_job(f"output: out\nk: [2, 3]\ninit: maximin\n{jobs.format(far)}")
    done = workplace.run("run", "jobs.yaml")
    assert "3 of 6 reach psnr_db ≥ 1 or psnr_db ≥ 99: FILE_best.png.\n" in done.stdout
    asked = "psnr_db ≥ 1 or psnr_db ≥ 99"
    assert f"  target    {asked}, reached by 3 of 6\n" in workplace.run("status", "out").stdout
    workplace.write_job(
        f"output: out\nk: [2, 3]\ninit: maximin\n{jobs.format('').replace('near', 'far')}"
    )
    done = workplace.run("run", "jobs.yaml")  # what near left there is not asked about any more
    assert "3 of 3 reach psnr_db ≥ 1: FILE_best.png.\n" in done.stdout


@pytest.fixture
def made(workplace, photos):
    """Pictures of all kinds in three jobs, done."""
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (30, 40, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(workplace.path / "photos" / "soft.png")
    photo = Image.fromarray(pixels[..., :3])
    photo.save(workplace.path / "photos" / "profile.jpg", icc_profile=SWAPPED_PROFILE)
    workplace.write_job(MANY)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    return workplace


@long_form
def test_a_tree_older_than_a_figure_is_done_and_its_cells_are_empty(made):
    before, rows, files = times(made), made.report(), made.tree()
    let_it_be_older(made)
    assert times(made) == before
    assert made.report() == [row | {"delta_e": ""} for row in rows]
    assert "Nothing to do" in made.run("run", "jobs.yaml", "--verify").stdout
    assert made.run("verify", "out").returncode == 0
    changed = {str(path) for path, content in made.tree().items() if files[path] != content}
    assert changed == {"report.csv"}


@long_form
def test_a_target_of_a_figure_that_an_older_tree_lacks_clusters_nothing(made):
    rows, before, clustered = made.report(), times(made), timings(made)
    let_it_be_older(made)
    made.write_job(
        MANY.replace("k: [2, 3]", "k: [2, 3], target: {delta_e: 9}").replace(
            "k: 4,", "k: 4, target: {delta_e: 1},"
        )
    )
    why = made.run("plan", "jobs.yaml", "--why").stdout.splitlines()
    assert [line.partition(": ")[2] for line in why] == ["figure missing"] * 15
    assert made.run("run", "jobs.yaml").returncode == 0
    assert (times(made), timings(made)) == (before, clustered)
    for old, new in zip(rows, made.report(), strict=True):
        expected = old["delta_e"] if old["job"] != "paper" else ""
        assert new | {"meets_target": ""} == old | {"delta_e": expected}
    assert "Nothing to do" in made.run("run", "jobs.yaml").stdout
    assert made.run("verify", "out").returncode == 0


def test_where_the_pixels_are_gone_the_variant_is_made_again(made):
    rows = made.report()
    let_it_be_older(made)
    png = made.output / rows[0]["png"]
    content = bytearray(png.read_bytes())
    content[-1] ^= 1  # of the same size, so that only who reads it sees it
    png.write_bytes(content)
    made.write_job(MANY.replace("k: [2, 3]", "k: [2, 3], target: {delta_e: 9}"))
    assert made.run("run", "jobs.yaml").returncode == 0
    assert made.report()[0]["delta_e"] == rows[0]["delta_e"]
    assert png.read_bytes() != bytes(content)


@pytest.fixture
def extension(tmp_path):
    """Install the documents' example of a metric; return the environment that finds it."""
    folder = tmp_path / "site"
    (folder / "within_ten-1.dist-info").mkdir(parents=True)
    code = block_with("python", "python", "class WithinTen(Metric)")
    (folder / "within_ten.py").write_text(code)
    (folder / "within_ten-1.dist-info" / "METADATA").write_text("Name: within-ten\nVersion: 1\n")
    entry = "[batchquant.extensions]\nwithin_ten = within_ten:WithinTen\n"
    (folder / "within_ten-1.dist-info" / "entry_points.txt").write_text(entry)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


def extension_folder(environment):
    return Path(environment["PYTHONPATH"].partition(os.pathsep)[0])


def test_a_figure_of_an_extension_goes_from_the_job_file_to_the_report(
    workplace, photos, extension
):
    workplace.write_job(f"{JOB}target: {{within_ten: 0.9}}\n")
    refused = workplace.run("check", "jobs.yaml")
    assert refused.returncode == 2
    assert "5:10: target.within_ten: there is no such key" in refused.stderr
    done = workplace.run("run", "jobs.yaml", "-j", "2", env=extension)
    assert done.returncode == 0, done.stderr
    rows, book = workplace.report(), text_of(workplace.output / "book.pdf")
    for row in rows:
        source = np.asarray(Image.open(workplace.path / "photos" / row["image"]).convert("RGB"))
        shown = np.asarray(Image.open(workplace.output / row["png"]).convert("RGB"))
        apart = np.square(source.astype(float) - shown).sum(axis=2) ** 0.5
        assert float(row["within_ten"]) == 100 * (apart <= 10).sum() / apart.size
        assert f" · near {float(row['within_ten']):.0f} % · " in book
    best = {row["image"]: float(row["within_ten"]) for row in rows if row["meets_target"] == "true"}
    assert best
    assert min(best.values()) >= 0.9
    assert "Nothing to do" in workplace.run("run", "jobs.yaml", env=extension).stdout
    assert workplace.run("verify", "out", env=extension).returncode == 0
    # Another version of it is not known of anything, and so stands on no sheet.
    module = extension_folder(extension) / "within_ten.py"
    module.write_text(module.read_text().replace('"within_ten", 1', '"within_ten", 2'))
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", env=extension).returncode == 0
    assert " · near " not in text_of(workplace.output / "book.pdf")
    module.write_text(module.read_text().replace('"within_ten", 2', '"within_ten", 1'))
    assert workplace.run("run", "jobs.yaml", env=extension).returncode == 0
    assert text_of(workplace.output / "book.pdf").count(" · near ") == 24
    # Without it all is done as well, and the target is refused at its line.
    without = workplace.run("run", "jobs.yaml")
    assert " · near " not in text_of(workplace.output / "book.pdf")
    assert without.returncode == 0
    assert "24 made before" in without.stdout
    assert "within_ten" not in workplace.report()[0]
