"""Defaults that are others than in the last run are told once, and what is spelled out stays."""

import json

from batchquant.files.layout import RUN_FOLDER
from batchquant.store.kept_plan import PLAN_FILE

SPELLED = "inputs: photos\nk: [3, 70]\ninit: in_pixel\nn_init: 1\n"
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
