"""Defaults that are others than in the last run are told once, and what is spelled out stays."""

import json
import sqlite3
from contextlib import closing

from PIL import Image

from batchquant import load_job
from batchquant.files.digests import digest_of
from batchquant.files.layout import RUN_FOLDER
from batchquant.plan import keys as recipes
from batchquant.plan.sweep import Sweep
from batchquant.store import LEDGER
from batchquant.store.kept_plan import PLAN_FILE

SPELLED = "inputs: photos\nk: [3, 70]\ninit: in_pixel\nn_init: 1\n"
FLOYD_STEINBERG = Image.Dither.FLOYDSTEINBERG
NEWS = "Since the last run defaults have changed: "


def make_by_an_earlier_version(workplace, job):
    """Run a job file, and let the plan that is kept be as before there was `refine`."""
    workplace.write_job(job)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    kept = workplace.output / RUN_FOLDER / PLAN_FILE
    plan = json.loads(kept.read_bytes())
    for _, keys in plan["wording"]["jobs"]:
        keys[:] = [[key, value] for key, value in keys if key != "refine"]
    kept.write_text(json.dumps(plan), encoding="utf-8")


def test_what_the_defaults_were_is_told_until_a_run(workplace, photos):
    make_by_an_earlier_version(workplace, SPELLED)
    workplace.write_job("inputs: photos\nk: [3, 70]\n")
    planned = workplace.run("plan", "--no-estimate", "jobs.yaml").stdout
    told = "init kmeans++ (was in_pixel), n_init auto (was 1)"
    assert f"Note: {NEWS}{told}. So outputs are made anew." in planned
    assert "write init: in_pixel and n_init: 1 into the job file." in planned
    assert "to make   6 (6 new)" in planned
    assert NEWS in workplace.run("run", "jobs.yaml").stdout
    assert NEWS not in workplace.run("plan", "--no-estimate", "jobs.yaml").stdout
    assert NEWS not in (workplace.output / "index.html").read_text("utf-8")
    rows = {(row["k"], row["init"], row["n_init"]) for row in workplace.report()}
    assert rows == {("3", "kmeans++", "4"), ("70", "kmeans++", "1")}


def test_only_keys_are_told_that_the_job_file_leaves_open(workplace, photos):
    make_by_an_earlier_version(workplace, SPELLED)
    workplace.write_job("inputs: photos\nk: [3, 70]\ninit: in_pixel\n")
    planned = workplace.run("plan", "--no-estimate", "jobs.yaml").stdout
    assert f"{NEWS}n_init auto (was 1). So" in planned
    assert (
        "to make   3 (3 setting changed)" in planned
    )  # of 70 colors, one start is what auto means


def test_where_old_defaults_are_spelled_out_nothing_is_made(workplace, photos):
    make_by_an_earlier_version(workplace, SPELLED)
    before = workplace.tree()
    done = workplace.run("run", "jobs.yaml")
    assert done.stdout.startswith("Nothing to do.")
    assert NEWS not in done.stdout
    assert workplace.tree() == before


DITHERED = """
k: [3, 5]
init: in_pixel
n_init: 1
formats: [png, gif]
jobs:
  - {name: plain, inputs: photos}
  - {name: dithered, inputs: photos, dither: floyd-steinberg}
"""


def dither_as_an_earlier_version(workplace, monkeypatch):
    """Let what is dithered be Pillow's, under the recipes of then: no version stood in them."""
    additions = recipes._additions
    monkeypatch.setattr(
        recipes,
        "_additions",
        lambda settings: [pair for pair in additions(settings) if pair[0] != "dithering"],
    )
    jobs = load_job(workplace.path / "jobs.yaml").jobs
    plain, dithered = (Sweep.of(job, seed=0).settings for job in jobs)
    with closing(sqlite3.connect(workplace.output / LEDGER)) as ledger, ledger:
        kept = ledger.execute("SELECT k, recipe FROM variants WHERE job = 'plain'").fetchall()
        assert kept == [(k, recipes.painted_recipe(plain, 0, k, "in_pixel")) for k, _ in kept]
        files = ledger.execute(
            "SELECT path, kind, image, k FROM outputs WHERE job = 'dithered' AND k > 0"
        ).fetchall()
        for path, kind, image, k in files:
            shown, photo = Image.open(workplace.output / path), Image.open(f"photos/{image}")
            by_pillow = photo.convert("RGB").quantize(palette=shown, dither=FLOYD_STEINBERG)
            by_pillow.save(workplace.output / path, kind)
            content = (workplace.output / path).read_bytes()
            recipe = recipes.painted_recipe(dithered, 0, k, "in_pixel")
            ledger.execute(
                "UPDATE outputs SET size_bytes = ?, digest = ?, recipe = ? WHERE path = ?",
                (
                    len(content),
                    digest_of(content),
                    recipes.file_recipe(kind, recipe, dithered),
                    path,
                ),
            )
            ledger.execute(
                "UPDATE variants SET recipe = ? WHERE job = 'dithered' AND k = ?", (recipe, k)
            )


def test_what_pillow_dithered_is_made_anew_and_nothing_else(workplace, photos, monkeypatch):
    monkeypatch.chdir(workplace.path)
    workplace.write_job(DITHERED)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    made = workplace.tree()
    dither_as_an_earlier_version(workplace, monkeypatch)
    changed = {path for path, content in workplace.tree().items() if content != made[path]}
    assert {path.parts[0] for path in changed} == {"dithered"} and len(changed) == 12
    times = {path: path.stat().st_mtime_ns for path in (workplace.output / "plain").rglob("*")}
    told = workplace.run("plan", "--why", "jobs.yaml").stdout.splitlines()
    assert len(told) == 6 and all("setting changed" in line for line in told), told
    assert all(line.lstrip().startswith("dithered/") for line in told), told
    assert "6 made, 6 made before" in workplace.run("run", "jobs.yaml").stdout
    assert workplace.tree() == made
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout
