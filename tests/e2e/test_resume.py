"""What a second run does: nothing but what has to be done, for the reason that `plan` tells."""

import os
import shutil
import sqlite3
from contextlib import closing

from builders import write_as_6, write_as_7
from PIL import Image
from workplaces import FINISHED, pixels_of

from batchquant import load_job, plan_job
from batchquant.plan.keys import old_fingerprints

PNG_ONLY = FINISHED.replace("[png, pdf]", "png")


def times(workplace, pattern):
    return {path: path.stat().st_mtime_ns for path in workplace.output.rglob(pattern)}


def why(workplace):
    done = workplace.run("plan", "jobs.yaml", "--why")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_touched_sources_are_recognized_once(finished):
    for name in ("a.png", "trip/b.jpg"):
        os.utime(finished.path / "photos" / name, ns=(1, 1))
    assert why(finished) == []
    assert "Nothing to do. 12 variants" in finished.run("run", "jobs.yaml").stdout
    with closing(sqlite3.connect(finished.output / "_run" / "ledger.sqlite")) as ledger:
        rows = ledger.execute("SELECT image FROM variants WHERE source_mtime_ns = 1")
        assert sorted(rows) == [("a.png",)] * 4 + [("trip/b.jpg",)] * 4


def test_one_pixel_makes_exactly_its_image_again(finished):
    source = finished.path / "photos" / "a.png"
    pixels = pixels_of(source).copy()
    pixels[0, 0, 0] ^= 1
    Image.fromarray(pixels).save(source)
    variants = [f"k={k} {init}" for k in (3, 5) for init in ("random", "in_pixel")]
    assert why(finished) == [f"photos/a.png {variant}: input changed" for variant in variants]
    assert "4 made, 8 made before" in finished.run("run", "jobs.yaml").stdout
    assert finished.run("run", "jobs.yaml", "--output", "fresh").returncode == 0
    assert finished.tree() == finished.tree("fresh")


def test_another_seed_makes_all_again_and_nothing_else_does(finished):
    finished.write_job(FINISHED + "seed: 1\nmemory: 50%\ntimeout: 1000\n")
    assert {line.split(": ")[1] for line in why(finished)} == {"setting changed"}
    finished.write_job(FINISHED + "memory: 50%\ntimeout: 1000\n")
    assert why(finished) == []


def test_deleted_and_cut_outputs_are_made_again_and_no_others(finished):
    reference = finished.tree()
    folder = finished.output / "photos" / "c.bmp"
    (folder / "c_k003_random.png").unlink()
    os.truncate(folder / "c_k005_in_pixel.pdf", 100)
    before = times(finished, "*.png")
    assert why(finished) == [
        "photos/c.bmp k=3 random: output missing",
        "photos/c.bmp k=5 in_pixel: output missing",
    ]
    assert "2 made, 10 made before" in finished.run("run", "jobs.yaml").stdout
    assert finished.tree() == reference
    assert before.items() <= times(finished, "*.png").items()  # the PDF came of its PNG


def test_a_changed_byte_is_found_on_demand(finished):
    reference = finished.tree()
    flip_last_byte(finished.output / "photos" / "a.png" / "a_k003_random.png")
    assert "Nothing to do" in finished.run("run", "jobs.yaml").stdout
    told = finished.run("run", "jobs.yaml", "--dry-run", "--verify").stdout
    assert "  made      11\n  to make   1 (1 output changed)\n" in told
    assert "1 made, 11 made before" in finished.run("run", "jobs.yaml", "--verify").stdout
    assert finished.tree() == reference


def test_pdf_added_later_is_made_without_clustering(finished, faults):
    at_once = finished.tree()
    shutil.rmtree(finished.output)
    finished.write_job(PNG_ONLY)
    assert finished.run("run", "jobs.yaml").returncode == 0
    before = times(finished, "*_k*.png")
    assert len(before) == 12
    finished.write_job(FINISHED)
    mishaps = dict.fromkeys(("a.png", "c.bmp", "b.jpg"), "raise")  # if a source were looked at
    done = finished.run("run", "jobs.yaml", env=faults(mishaps))
    assert "12 made;" in done.stdout
    assert times(finished, "*_k*.png") == before
    assert finished.tree() == at_once
    assert "Nothing to do" in finished.run("run", "jobs.yaml").stdout


def test_what_failed_is_tried_again_on_demand(finished):
    (finished.path / "photos" / "b.jpg").write_text("no picture at all")
    finished.run("run", "jobs.yaml")
    assert "  made      12, 4 failed\n  to make   0\n" in finished.run("plan", "jobs.yaml").stdout
    told = finished.run("run", "jobs.yaml", "-n", "--retry-failed").stdout
    assert "  made      12\n  to make   4 (4 failed before)\n" in told
    again = finished.run("run", "jobs.yaml", "--retry-failed", "-v")
    assert again.returncode == 3
    assert again.stderr.count("photos/b.jpg k=3 ") == 2
    assert again.stdout.startswith("16 variants of 4 pictures: 0 made, 12 made before, 4 failed")


def test_a_dry_run_tells_what_the_plan_tells(finished):
    finished.write_job(FINISHED.replace("[3, 5]", "[2, 3, 5]"))
    told = finished.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "  made      12\n  to make   6 (6 new)\n" in told
    assert finished.run("run", "jobs.yaml", "--dry-run").stdout == told


def write_with_fingerprints(workplace, ledger):
    """Let a ledger be of version 6, whose variants were recognized by fingerprints."""
    write_as_6(ledger)
    for image in plan_job(load_job(workplace.path / "jobs.yaml")).images:
        for variant in image.variants:
            name = image.frame, variant.k, variant.init
            (old, _) = old_fingerprints(image.settings, *name)
            ledger.execute(
                "UPDATE variants SET fingerprint = ? WHERE (image, frame, k, init) = (?, ?, ?, ?)",
                (old, image.image, *name),
            )


def test_a_ledger_of_version_6_is_gone_on_with(finished):
    with closing(sqlite3.connect(finished.output / "_run" / "ledger.sqlite")) as ledger, ledger:
        write_as_7(ledger)
    assert " 12 made before" in finished.run("run", "jobs.yaml").stdout  # and sheets as of then
    before = finished.tree(), times(finished, "*_k*")
    with closing(sqlite3.connect(finished.output / "_run" / "ledger.sqlite")) as ledger, ledger:
        write_with_fingerprints(finished, ledger)
    assert why(finished) == []
    assert "Nothing to do. 12 variants" in finished.run("run", "jobs.yaml").stdout
    assert "Nothing to do" in finished.run("run", "jobs.yaml", "--verify").stdout
    assert (finished.tree(), times(finished, "*_k*")) == before
    finished.write_job(FINISHED + "dpi: 72\n")
    assert [line.partition(": ")[2] for line in why(finished)] == ["setting changed"] * 12


def test_a_ledger_of_version_2_is_gone_on_with(finished):
    with closing(sqlite3.connect(finished.output / "_run" / "ledger.sqlite")) as ledger, ledger:
        write_with_fingerprints(finished, ledger)
        for kind in ("png", "pdf"):
            ledger.execute(f"ALTER TABLE variants ADD COLUMN {kind}_bytes INTEGER")
            ledger.execute(
                f"UPDATE variants SET {kind}_bytes = (SELECT size_bytes FROM outputs"
                " WHERE outputs.image = variants.image AND outputs.k = variants.k"
                f" AND outputs.init = variants.init AND kind = '{kind}')"
            )
        ledger.execute("DROP TABLE outputs")
        ledger.execute("DROP TABLE overviews")
        later = "truncated max_pixels decoder is_settled pixel_aspect source_ctime_ns"
        for column in later.split():
            ledger.execute(f"ALTER TABLE variants DROP COLUMN {column}")
        ledger.execute("PRAGMA user_version = 2")
    assert why(finished) == []
    first = finished.run("run", "jobs.yaml").stdout
    assert "12 made before, 3 contact sheets drawn;" in first  # of which it knew nothing
    # Made by today's decoder, they are shown anew as well.
    assert "12 made, 3 contact sheets drawn;" in finished.run("run", "jobs.yaml", "--verify").stdout
    assert "Nothing to do" in finished.run("run", "jobs.yaml", "--verify").stdout
