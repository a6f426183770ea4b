"""A changed setting makes again what depends on it and no more; then all is as if made at once.

That nothing is clustered is seen by a fault on order for every source that would be opened, and
every K that colors would be looked for.
"""

import shutil

import numpy as np
import pytest
from PIL import Image
from workplaces import pixels_of

JOB = "inputs: photos\nk: [2, 5]\ninit: [random, in_pixel]\n"
NAMES = ("a.png", "b.jpg", "c.bmp", "soft.png")
N_VARIANTS = 4 * len(NAMES)


@pytest.fixture
def soft(workplace, photos):
    """One picture more, with soft alpha: its PDF lies on a background, which a note tells."""
    pixels = pixels_of(photos / "a.png")
    alpha = np.arange(pixels[..., 0].size).reshape(pixels.shape[:2]).astype(np.uint8)
    Image.fromarray(np.dstack([pixels, alpha])).save(photos / "soft.png")
    return workplace


@pytest.fixture
def fail_where_clustered(faults):
    """Make an environment in which a picture fails whose source is read, or that is clustered."""

    def environment(*names):
        mishaps = dict.fromkeys(names, "raise")
        return faults(mishaps | {f"k={k} of {name}": "raise" for name in names for k in (2, 5)})

    return environment


def run(workplace, job, *arguments, env=None):
    """Run a job to a good end; return what it says."""
    workplace.write_job(job)
    done = workplace.run("run", "jobs.yaml", *arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_as_made_at_once(workplace, job, left=()):
    """Compare with a fresh run, but for files of kinds that an earlier job wanted."""
    shutil.rmtree(workplace.path / "fresh", ignore_errors=True)
    run(workplace, job, "--output", "fresh")
    found = {path: file for path, file in workplace.tree().items() if path.suffix not in left}
    assert found == workplace.tree("fresh")


def times(workplace, suffix):
    return {path: path.stat().st_mtime_ns for path in workplace.output.rglob(f"*_k*{suffix}")}


def test_back_to_an_earlier_seed_all_shows_that_seed(soft):
    seven, eight = f"{JOB}formats: [png, pdf]\nseed: 7\n", f"{JOB}formats: png\nseed: 8\n"
    run(soft, seven)
    first = soft.tree()
    told = run(soft, eight)  # the PDFs of seed 7 stay where they are
    assert f"{N_VARIANTS} made" in told
    pngs = [path for path in first if "_k" in path.name and path.suffix == ".png"]
    second = soft.tree()
    assert len(pngs) == N_VARIANTS
    assert any(first[path] != second[path] for path in pngs)
    assert soft.run("verify", "out").returncode == 0  # PDFs of seed 7 are not taken for those of 8
    assert f"{N_VARIANTS} made" in run(soft, seven)
    assert soft.tree() == first
    assert_as_made_at_once(soft, seven)


def test_the_size_of_pages_matters_to_pdfs_only(soft, fail_where_clustered):
    failing = fail_where_clustered(*NAMES)
    png, both = f"{JOB}formats: png\n", f"{JOB}formats: [png, pdf]\n"
    run(soft, png)
    assert "Nothing to do" in run(soft, f"{png}dpi: 72\n", env=failing)
    run(soft, both)
    pngs, pdfs = times(soft, ".png"), times(soft, ".pdf")
    assert len(pngs) == len(pdfs) == N_VARIANTS
    assert f"{N_VARIANTS} made" in run(soft, f"{both}dpi: 72\n", env=failing)
    assert times(soft, ".png") == pngs
    assert not pdfs.items() & times(soft, ".pdf").items()
    assert_as_made_at_once(soft, f"{both}dpi: 72\n")
    # The faults would have been met:
    soft.write_job(f"{both}dpi: 72\nseed: 1\n")
    done = soft.run("run", "jobs.yaml", env=failing)
    assert (done.returncode, f"{N_VARIANTS} failed" in done.stdout) == (1, True)


def test_another_background_is_seen_in_pdfs_and_told_with_them(soft, fail_where_clustered):
    both = f"{JOB}formats: [png, pdf]\n"
    run(soft, both)
    pngs = times(soft, ".png")
    again = f'{both}background: "#102030"\n'
    run(soft, again, env=fail_where_clustered(*NAMES))
    assert times(soft, ".png") == pngs
    notes = {row["image"]: row["notes"] for row in soft.report()}
    assert notes["soft.png"] == "PDF laid onto #102030"
    assert_as_made_at_once(soft, again)
    assert soft.run("verify", "out").returncode == 0


def test_a_report_tells_of_the_files_that_are_wanted(soft, fail_where_clustered):
    run(soft, f"{JOB}formats: [png, pdf]\n")
    png = f"{JOB}formats: png\n"
    assert "Nothing to do" in run(soft, png, env=fail_where_clustered(*NAMES))
    assert_as_made_at_once(soft, png, left={".pdf"})
    assert {(row["pdf"], row["notes"]) for row in soft.report()} == {("", "")}
    assert soft.run("verify", "out").returncode == 0


def test_files_of_palettes_are_added_without_clustering(soft, fail_where_clustered):
    run(soft, JOB)
    job = f"{JOB}palette_files: [gpl, hex, json, swatch]\n"
    pngs = times(soft, "random.png")
    assert f"{N_VARIANTS} made" in run(soft, job, env=fail_where_clustered(*NAMES))
    assert pngs.items() == times(soft, "random.png").items()
    assert_as_made_at_once(soft, job)
    assert "Nothing to do" in run(soft, job)


def test_limits_matter_to_what_they_refused(soft, fail_where_clustered):
    """The BMP alone has more than 1000 pixels, and the JPEG breaks off."""
    jpeg = soft.path / "photos" / "trip" / "b.jpg"
    jpeg.write_bytes(jpeg.read_bytes()[:-200])
    soft.write_job(f"{JOB}max_pixels: 1000\n")
    assert soft.run("run", "jobs.yaml").returncode == 3
    assert sorted({row["image"] for row in soft.report() if row["status"] == "failed"}) == [
        "c.bmp",
        "trip/b.jpg",
    ]
    soft.write_job(f"{JOB}max_pixels: 2000\n")
    done = soft.run("run", "jobs.yaml", env=fail_where_clustered("a.png", "b.jpg", "soft.png"))
    assert (done.returncode, "4 made, 8 made before, 4 failed" in done.stdout) == (3, True)
    accept = f"{JOB}max_pixels: 2000\ntruncated: accept\n"
    told = run(soft, accept, env=fail_where_clustered("a.png", "c.bmp", "soft.png"))
    assert "4 made, 12 made before" in told
    assert_as_made_at_once(soft, accept)


def test_what_limits_refuse_now_is_withdrawn_unless_somebody_changed_it(soft):
    """The BMP has too many pixels now, as its header says, and the JPEG breaks off."""
    jpeg = soft.path / "photos" / "trip" / "b.jpg"
    jpeg.write_bytes(jpeg.read_bytes()[:-200])
    wide = f"{JOB}book: true\nsheet: both\ntruncated: accept\n"
    run(soft, wide)
    changed = soft.output / "photos" / "c.bmp" / "c_k002_random.png"
    changed.write_bytes(b"mine")
    narrow = f"{JOB}book: true\nsheet: both\nmax_pixels: 1000\n"
    soft.write_job(narrow)
    assert soft.run("run", "jobs.yaml").returncode == 3
    assert changed.read_bytes() == b"mine"
    assert "removed, of pictures that are refused now" in (
        soft.output / "_run" / "run.log"
    ).read_text("utf-8")
    changed.unlink()
    assert soft.run("run", "jobs.yaml", "--output", "fresh").returncode == 3
    left = {path for path in soft.tree() if path.parts[0] != "_run"}
    assert left == {path for path in soft.tree("fresh") if path.parts[0] != "_run"}
    assert soft.tree() == soft.tree("fresh")
    assert f"{N_VARIANTS // 2} made" in run(soft, wide)
    assert_as_made_at_once(soft, wide)
