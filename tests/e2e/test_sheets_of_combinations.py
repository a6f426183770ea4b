"""One contact sheet a picture on which the combinations of `vary` are rows."""

import random
import re
import shutil
import time

import pytest
from circumstances import STRESS, linux_only
from patience import promised
from PIL import Image
from processes import kill_9, wait_for_processes_to_end
from workplaces import Workplace, text_of

JOB = """\
inputs: photos
k: [3, 5]
init: [kmeans++, random]
sheet: both
vary: {blur: [0, 2], color_space: [srgb, oklab]}
"""
ROWS = [
    f"blur {blur}, color_space {space} · {init}"
    for init in ("kmeans++", "random")
    for blur in (0, 2)
    for space in ("srgb", "oklab")
]
NAMES = ("a", "trip/b")


def write_pictures(folder, photo):
    for seed, name in enumerate(NAMES):
        photo(folder / f"{name}.png", height=40, width=60, seed=seed)


@pytest.fixture(scope="session")
def whole(tmp_path_factory, photo):
    """The job, done by one run."""
    workplace = Workplace(tmp_path_factory.mktemp("combinations"))
    write_pictures(workplace.path / "photos", photo)
    workplace.write_job(JOB)
    began = time.monotonic()
    done = workplace.run("run", "jobs.yaml", "--output", "reference")
    assert done.returncode == 0, done.stderr
    workplace.seconds = time.monotonic() - began
    return workplace


@pytest.fixture
def varied(workplace, whole):
    """The same job, not done, beside what a run of it made as `reference`."""
    for name in ("photos", "reference"):
        (workplace.path / name).symlink_to(whole.path / name)
    workplace.write_job(JOB)
    return workplace


@pytest.fixture
def own(workplace, photo):
    """The same job over pictures of its own."""
    write_pictures(workplace.path / "photos", photo)
    workplace.write_job(JOB)
    return workplace


def sheet_of(workplace, name="a", kind="pdf", output="out"):
    return workplace.path / output / f"photos/{name}.png" / f"{name[-1]}_sheet_vary.{kind}"


def rows_on(pdf):
    return [line.strip() for line in text_of(pdf).splitlines() if line.strip().endswith(("+", "m"))]


def written(workplace):
    """When each output was written."""
    return {
        str(path.relative_to(workplace.output)): path.stat().st_mtime_ns
        for path in workplace.output.rglob("*.p*")
        if path.is_file() and "_run" not in path.parts
    }


def drawn_in(done):
    assert done.returncode == 0, done.stderr
    found = re.search(r"(\d+) contact sheets? drawn", done.stdout)
    return int(found[1]) if found else 0


def test_combinations_are_rows_by_start_and_the_original_stands_once(whole):
    for name in NAMES:
        told = text_of(sheet_of(whole, name, output="reference"))
        assert rows_on(sheet_of(whole, name, output="reference")) == ROWS
        assert told.count("original") == 1
        assert "4 combinations of blur, color_space" in told
        assert told.count("K 3") == told.count("K 5") == len(ROWS)
        assert "dE" in told
    # The sheets of each combination are what they are without.
    assert len(list((whole.path / "reference").rglob("*_sheet.pdf"))) == 4 * len(NAMES)
    assert len(list((whole.path / "reference").rglob("*_sheet_vary.*"))) == 2 * len(NAMES)
    with Image.open(sheet_of(whole, kind="png", output="reference")) as sheet:
        one = sheet_of(whole, output="reference").with_name("a_sheet.png")
        with Image.open(one) as alone:
            assert sheet.width == alone.width
            assert sheet.height > 3 * alone.height


@pytest.mark.parametrize("workers", ["2", "4"])
def test_the_bytes_are_the_same_whoever_draws(varied, workers):
    assert varied.run("run", "jobs.yaml", "-j", workers).returncode == 0
    assert varied.differences() == ""


def test_a_run_that_goes_on_draws_nothing_twice_and_a_value_more_draws_it_anew(own):
    assert drawn_in(own.run("run", "jobs.yaml")) == 5 * len(NAMES)
    before = written(own)
    assert "Nothing to do." in own.run("run", "jobs.yaml").stdout
    own.write_job(JOB.replace("blur: [0, 2]", "blur: [0, 2, 4]"))
    told = own.run("plan", "jobs.yaml", "--no-estimate").stdout
    # Two new combinations of each, and the sheet of all.
    assert re.search(rf"to draw +{3 * len(NAMES)} contact sheet", told), told
    assert drawn_in(own.run("run", "jobs.yaml")) == 3 * len(NAMES)
    after = written(own)
    changed = {path for path, then in before.items() if after[path] != then}
    assert changed == {path for path in before if "_sheet_vary" in path}
    assert len(rows_on(sheet_of(own))) == 12
    own.write_job(JOB)
    told = own.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert re.search(rf"to draw +{len(NAMES)} contact sheet", told), told
    assert drawn_in(own.run("run", "jobs.yaml")) == len(NAMES)
    assert rows_on(sheet_of(own)) == ROWS
    assert own.run("verify", "out").returncode == 0


def test_what_is_gone_is_drawn_again_and_only_that(own):
    assert own.run("run", "jobs.yaml").returncode == 0
    before, content = written(own), sheet_of(own).read_bytes()
    sheet_of(own).unlink()
    assert own.run("verify", "out").returncode != 0
    told = own.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert re.search(r"to draw +1 contact sheet", told), told
    assert drawn_in(own.run("run", "jobs.yaml")) == 1
    assert sheet_of(own).read_bytes() == content
    after = written(own)
    assert {path.rpartition("/")[2] for path in before if after[path] != before[path]} == {
        "a_sheet_vary.pdf",
        "a_sheet_vary.png",
    }


def test_combinations_that_a_run_is_not_about_are_told(varied):
    assert drawn_in(varied.run("run", "jobs.yaml", "--job", "blur=2")) == len(NAMES)
    assert not sheet_of(varied).exists()  # one alone is beside nothing
    done = varied.run("run", "jobs.yaml", "--job", "color_space=oklab", "-k", "3")
    assert drawn_in(done) == 2 * len(NAMES)
    told = text_of(sheet_of(varied))
    assert rows_on(sheet_of(varied)) == [row for row in ROWS if ("2, " in row) == ("srgb" in row)]
    names = ("blur 0, color_space srgb", "blur 0, color_space oklab", "blur 2, color_space oklab")
    assert f"still to be made: {'; '.join(names)}" in told
    assert varied.run("run", "jobs.yaml").returncode == 0
    assert varied.differences() == ""


def test_a_combination_that_failed_is_told_and_the_others_are_shown(own):
    for name in ("a_k003_kmeans++", "a_k003_random", "a_k005_kmeans++", "a_k005_random"):
        (own.output / "blur=2/photos/a.png" / f"{name}.png").mkdir(parents=True)
    assert own.run("run", "jobs.yaml").returncode == 3
    assert "failed: blur 2, color_space srgb" in text_of(sheet_of(own))
    assert len(rows_on(sheet_of(own))) == 6
    assert rows_on(sheet_of(own, "trip/b")) == ROWS


def test_files_of_others_stay_in_its_place(own):
    sheet_of(own).parent.mkdir(parents=True)
    sheet_of(own).write_text("mine")
    done = own.run("run", "jobs.yaml")
    assert done.returncode == 3
    assert "a_sheet_vary.pdf" in done.stderr + done.stdout
    assert sheet_of(own).read_text() == "mine"
    assert own.run("run", "jobs.yaml", "--replace").returncode == 0
    assert rows_on(sheet_of(own)) == ROWS


def test_it_is_ours_when_the_ledger_is_lost(own):
    assert own.run("run", "jobs.yaml").returncode == 0
    before = own.tree()
    sheet_of(own).write_bytes(b"of a version that drew it otherwise")
    shutil.rmtree(own.output / "_run")
    assert own.run("run", "jobs.yaml").returncode == 0
    assert own.tree() == before


def test_it_is_pruned_once_nothing_is_varied(own):
    assert own.run("run", "jobs.yaml").returncode == 0
    own.write_job(JOB.replace("vary: {blur: [0, 2], color_space: [srgb, oklab]}\n", ""))
    assert "_sheet_vary" not in own.run("plan", "jobs.yaml", "--list").stdout
    done = own.run("prune", "out", "jobs.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    assert not list(own.output.rglob("*_sheet_vary.*"))
    assert len(list(own.output.rglob("*_sheet.png"))) == len(NAMES)


def test_a_value_that_is_not_the_default_can_be_first_and_sheets_can_be_left(own):
    own.write_job(
        "inputs: photos\nk: [3]\njobs:\n"
        "  - {name: soft, vary: {blur: [2, 4]}}\n"
        "  - {name: plain, vary: {dither: [bayer, none]}}\n"
        "  - {name: without, sheet: none, vary: {blur: [0, 2]}}\n"
        "  - {name: one}\n"
    )
    planned = own.run("plan", "jobs.yaml", "--list").stdout.splitlines()
    found = {path for path in planned if "_sheet_vary" in path}
    assert found == {
        f"{job}/photos/{name}.png/{name[-1]}_sheet_vary.png"
        for job in ("soft~blur=2", "plain")  # the one of defaults, whichever is listed first
        for name in NAMES
    }
    assert own.run("run", "jobs.yaml").returncode == 0
    assert {
        str(path.relative_to(own.output)) for path in own.output.rglob("*_sheet_vary.*")
    } == found
    assert "Nothing to do." in own.run("run", "jobs.yaml").stdout


def test_shards_draw_it_and_a_merge_knows_it(varied):
    for number in ("1/2", "2/2"):
        assert varied.run("run", "jobs.yaml", "--shard", number).returncode == 0
    assert varied.run("merge", "out").returncode == 0
    assert varied.differences() == ""
    assert varied.run("verify", "out").returncode == 0
    assert "Nothing to do." in varied.run("run", "jobs.yaml").stdout


def test_frames_have_one_each(workplace):
    frames = [Image.new("RGB", (30, 20), (shade, 40, 200 - shade)) for shade in (0, 90, 180)]
    (workplace.path / "photos").mkdir()
    path = workplace.path / "photos" / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50)
    workplace.write_job(
        "inputs: photos\nk: [2]\nframes: all\nvary: {shared_palette: [none, file]}\n"
    )
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    found = sorted(path.name for path in workplace.output.rglob("*_sheet_vary.png"))
    assert found == [f"moving_f{number:03d}_sheet_vary.png" for number in range(3)]
    assert "Nothing to do." in workplace.run("run", "jobs.yaml").stdout
    assert workplace.run("verify", "out").returncode == 0


@linux_only
@pytest.mark.parametrize("kills", [30 if STRESS else 3])
def test_after_kills_at_any_moment_it_is_there(varied, whole, kills):
    for number in range(kills):
        run = varied.start("run", "jobs.yaml", "-j", "2")
        time.sleep(random.uniform(0.2, 1) * whole.seconds)
        kill_9(run, ["group", "parent"][number % 2])
        with promised(60):
            run.communicate()
        wait_for_processes_to_end(run.pid)
        assert varied.harmed() == []
    assert varied.run("run", "jobs.yaml").returncode == 0
    assert varied.differences() == ""
    assert varied.parts() == []
    assert "Nothing to do." in varied.run("run", "jobs.yaml").stdout
