"""Pictures of a folder, an input, a job or a file in one palette."""

import json
import os
import re
import shutil
import signal
import time

import numpy as np
import pytest
from circumstances import STRESS
from PIL import Image
from sources import display_p3_profile
from workplaces import pixels_of, text_of

from batchquant.quantization import quantize
from batchquant.report.captions import tell_shared_inertia

JOB = "inputs: photos\nk: [2, 5]\ninit: [random, kmeans++]\n"
FOLDER = f"{JOB}shared_palette: folder\n"
N_KILLS = 10 if STRESS else 2


def run(workplace, job, *arguments, code=0, env=None):
    workplace.write_job(job)
    done = workplace.run("run", "jobs.yaml", *arguments, env=env)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def log(workplace):
    return (workplace.output / "_run" / "run.log").read_text().splitlines()


def colors_of(path):
    return {tuple(color) for color in pixels_of(path).reshape(-1, 3).tolist()}


def found_for(workplace):
    """Centroids and figures of each K and start, as they lie in the folder _run."""
    (path,) = (workplace.output / "_run" / "shared").rglob("*.json")
    return json.loads(path.read_text())["palettes"]


def test_it_is_k_means_on_the_pixels_of_all(workplace, photos):
    run(workplace, f"{JOB}shared_palette: job\n")
    together = np.concatenate(
        [pixels_of(path).reshape(1, -1, 3) for path in sorted(photos.rglob("*.[pjb]*"))], axis=1
    )
    rows = workplace.report()
    for found in found_for(workplace):
        k, init = found["k"], found["init"]
        alone = quantize(together, k, init=init, seed=found["seed"])
        assert found["centroids"] == alone.centroids.tolist()
        assert (found["inertia"], found["n_iter"]) == (alone.inertia, alone.n_iter)
        of_variant = [row for row in rows if (row["k"], row["init"]) == (str(k), init)]
        assert len(of_variant) == 3
        assert {float(row["shared_inertia"]) for row in of_variant} == {alone.inertia}
        assert {int(row["seed"]) for row in of_variant} == {found["seed"]}
        # What one picture misses by is its own, and adds up to what all do.
        assert sum(float(row["inertia"]) for row in of_variant) == pytest.approx(alone.inertia)
        palette = {tuple(color) for color in alone.palette.tolist()}
        shown = [colors_of(workplace.output / row["png"]) for row in of_variant]
        assert set.union(*shown) == palette
        lines = (workplace.output / f"_palette/k{k:03d}_{init}.gpl").read_text().splitlines()
        assert {tuple(map(int, line.split()[:3])) for line in lines[4:]} == palette
    assert workplace.run("verify", "out").returncode == 0
    assert "Nothing to do" in run(workplace, f"{JOB}shared_palette: job\n")


def test_one_picture_more_makes_its_group_again_and_nothing_else(workplace, photos, photo):
    run(workplace, FOLDER)
    made = [p for p in workplace.output.rglob("*.png") if "_run" not in p.parts]
    before = {path: path.stat().st_mtime_ns for path in made}
    photo(photos / "trip" / "d.png", seed=4)
    n_lines = len(log(workplace))
    assert "8 made, 8 made before" in run(workplace, FOLDER)
    counted = [line for line in log(workplace)[n_lines:] if ": counted" in line]
    assert len(counted) == 1
    assert "trip/d.png" in counted[0]
    after = {path: path.stat().st_mtime_ns for path in before}
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {path for path in before if "trip" in path.parts}
    shutil.rmtree(workplace.path / "fresh", ignore_errors=True)
    run(workplace, FOLDER, "--output", "fresh")
    assert workplace.tree() == workplace.tree("fresh")


def test_a_group_of_one_is_that_picture_alone(workplace, photo):
    photo(workplace.path / "photos" / "a.png", seed=1)
    run(workplace, FOLDER)
    run(workplace, JOB, "--output", "alone")
    shared = {path: file for path, file in workplace.tree().items() if path.suffix == ".png"}
    assert shared == {p: f for p, f in workplace.tree("alone").items() if p.suffix == ".png"}
    seeds = [[row["seed"] for row in workplace.report(output)] for output in ("out", "alone")]
    assert seeds[0] == seeds[1]


def test_two_workers_make_what_one_makes(workplace, photos):
    run(workplace, FOLDER)
    run(workplace, FOLDER, "--output", "two", "-j", "2")
    assert workplace.tree() == workplace.tree("two")


def test_a_picture_that_cannot_be_read_is_left_out(workplace, photos):
    run(workplace, FOLDER)
    whole = workplace.tree()
    (photos / "trip" / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    told = run(workplace, FOLDER, code=3)
    assert "4 failed" in told
    now = {path: file for path, file in workplace.tree().items() if path.suffix == ".png"}
    assert now == {path: file for path, file in whole.items() if path.suffix == ".png"}


def test_a_fault_of_ours_leaves_a_picture_out_until_it_is_mended(workplace, photos, faults):
    run(workplace, FOLDER, code=3, env=faults({"colors of c.bmp": "raise", "c.bmp": "raise"}))
    assert "8 made, 4 made before" in run(workplace, FOLDER)  # both of its group
    run(workplace, FOLDER, "--output", "fresh")
    assert workplace.tree() == workplace.tree("fresh")


def test_a_picture_whose_worker_died_holds_up_its_group_alone(workplace, photos, faults):
    told = run(workplace, FOLDER, code=3, env=faults({"colors of b.jpg": "kill"}))
    assert "8 made, 4 failed" in told
    errors = {row["error"] for row in workplace.report() if row["status"] == "failed"}
    (error,) = errors
    assert error.startswith("blocked: its palette waits for photos/trip/b.jpg: worker_died")
    assert "4 made, 8 made before" in run(workplace, FOLDER)
    run(workplace, FOLDER, "--output", "fresh")
    assert workplace.tree() == workplace.tree("fresh")


def test_a_search_that_dies_is_tried_again_in_the_next_run(workplace, photos, faults):
    told = run(workplace, FOLDER, code=3, env=faults({"palette of photos/trip": "kill"}))
    assert "8 made, 4 failed" in told
    (error,) = {row["error"] for row in workplace.report() if row["status"] == "failed"}
    assert error.startswith("blocked: its palette was not found: worker_died")
    assert "4 made, 8 made before" in run(workplace, FOLDER)


def test_several_color_profiles_become_srgb(workplace, photo):
    folder = workplace.path / "photos"
    photo(folder / "a.png", seed=1)
    photo(folder / "b.png", seed=2)
    with Image.open(folder / "b.png") as image:
        image.save(folder / "b.png", icc_profile=display_p3_profile())
    run(workplace, FOLDER)
    notes = {row["image"]: row["notes"] for row in workplace.report()}
    assert all("in sRGB, since pictures that share its palette" in note for note in notes.values())
    for path in workplace.output.rglob("*_k*.png"):
        with Image.open(path) as image:
            assert "icc_profile" not in image.info
    assert "Nothing to do" in run(workplace, FOLDER)
    # Alone it keeps its profile, as in a fresh run.
    (folder / "a.png").unlink()
    run(workplace, FOLDER)
    (path,) = workplace.output.rglob("b_k002_random.png")
    with Image.open(path) as image:
        assert image.info["icc_profile"] == display_p3_profile()


def test_frames_of_a_file_share_a_palette(workplace, photo):
    folder = workplace.path / "photos"
    photo(folder / "a.png", seed=1)
    photo(folder / "b.png", seed=2)
    frames = [Image.open(folder / name) for name in ("a.png", "b.png")]
    frames[0].save(folder / "film.tiff", save_all=True, append_images=frames[1:])
    run(workplace, f"{JOB}frames: all\nshared_palette: file\n")
    shown = [
        colors_of(path) for path in sorted(workplace.output.rglob("film_f*_k005_kmeans++.png"))
    ]
    assert len(shown) == 2
    (palette,) = workplace.output.rglob("film.tiff/_palette/k005_kmeans++.gpl")
    lines = palette.read_text().splitlines()[4:]
    assert set.union(*shown) == {tuple(map(int, line.split()[:3])) for line in lines}
    assert not list(workplace.output.rglob("a.png/_palette"))  # it has one frame


def test_colors_are_counted_again_only_when_a_palette_is_due(workplace, photos, photo):
    run(workplace, FOLDER)
    shutil.rmtree(workplace.output / "_run" / "histograms")
    assert "Nothing to do" in run(workplace, FOLDER)
    assert not (workplace.output / "_run" / "histograms").exists()
    photo(photos / "trip" / "d.png", seed=4)
    assert "8 made" in run(workplace, FOLDER)
    assert len(list((workplace.output / "_run" / "histograms").rglob("*.bin"))) == 2


def test_plan_tells_what_is_to_be_found_and_prune_what_is_not_shared_any_more(workplace, photos):
    workplace.write_job(FOLDER)
    told = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "palettes  2 shared, 2 to find, colors of 3 pictures to count first" in told
    run(workplace, FOLDER)
    told = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "palettes  2 shared, 0 to find\n" in told
    assert workplace.run("prune", "out", "jobs.yaml").stdout.startswith("Nothing to delete")
    run(workplace, JOB)
    assert workplace.run("prune", "out", "jobs.yaml", "--yes").returncode == 0
    assert not list(workplace.output.rglob("_palette"))
    for name in ("histograms", "shared"):
        assert not [p for p in (workplace.output / "_run" / name).rglob("*") if p.is_file()]


def test_what_is_in_the_place_of_a_palette_stays(workplace, photos):
    place = workplace.output / "photos" / "_palette" / "k002_random.gpl"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    told = run(workplace, FOLDER, code=3)
    assert place.read_text() == "mine"
    assert "blocked: its palette was not found: blocked: a file that batchquant" in told
    place.unlink()
    assert "8 made" in run(workplace, FOLDER)


def test_killed_at_any_moment_it_goes_on_to_the_same_tree(workplace, photos):
    run(workplace, FOLDER, "--output", "reference")
    begin = time.monotonic()
    run(workplace, FOLDER, "--output", "timed")
    seconds = time.monotonic() - begin
    for number in range(N_KILLS):
        process = workplace.start("run", "jobs.yaml", "-q", "-j", "2")
        time.sleep(seconds * (number + 1) / (N_KILLS + 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    run(workplace, FOLDER, "-j", "2")
    assert workplace.differences() == ""
    assert workplace.run("verify", "out").returncode == 0


def film(path, photo, **options):
    """An animation of three frames, a little apart."""
    folder = path.parent
    frames = []
    for seed in range(3):
        photo(folder / "frame.png", seed=seed, height=24, width=32)
        with Image.open(folder / "frame.png") as image:
            frames.append(image.convert("RGB"))
    (folder / "frame.png").unlink()
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True, **options)


FILM = "inputs: photos\nk: [4, 16]\ninit: kmeans++\nframes: all\nshared_palette: file\n"


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_frames_are_played_as_they_were_in_one_palette(workplace, photo, kind):
    source = workplace.path / "photos" / "film.webp"
    source.parent.mkdir()
    film(source, photo, duration=[100, 250, 40], loop=3)
    run(workplace, f"{FILM}formats: [png, {kind}]\n")
    for k in (4, 16):
        folder = workplace.output / "photos" / "film.webp"
        with Image.open(folder / f"film_k{k:03d}_kmeans++.{kind}") as played:
            assert played.n_frames == 3
            durations, colors = [], set()
            for frame in range(3):
                played.seek(frame)
                shown = np.asarray(played.convert("RGB"))
                assert (
                    shown == pixels_of(folder / f"film_f{frame:03d}_k{k:03d}_kmeans++.png")
                ).all()
                durations.append(played.info["duration"])
                colors |= {tuple(color) for color in shown.reshape(-1, 3).tolist()}
            assert durations == [100, 250, 40]
            assert played.info["loop"] == {"gif": 2, "webp": 3}[kind]
            assert len(colors) <= k
    told = run(workplace, f"{FILM}formats: [png, {kind}]\n")
    assert "Nothing to do" in told
    assert workplace.run("verify", "out").returncode == 0
    assert workplace.run("prune", "out", "jobs.yaml").stdout.startswith("Nothing to delete")
    (folder / f"film_k004_kmeans++.{kind}").unlink()
    run(workplace, f"{FILM}formats: [png, {kind}]\n")
    assert (folder / f"film_k004_kmeans++.{kind}").exists()


def test_transparent_frames_do_not_shine_through(workplace, photo):
    folder = workplace.path / "photos"
    folder.mkdir()
    frames = []
    for number in range(3):
        pixels = np.zeros((20, 30, 4), np.uint8)
        pixels[:, 10 * number : 10 * number + 10] = (200, 40 * number, 9, 255)
        frames.append(Image.fromarray(pixels))
    frames[0].save(
        folder / "film.png", save_all=True, append_images=frames[1:], duration=33, disposal=1
    )
    run(workplace, f"{FILM}formats: [png, gif]\n")
    path = workplace.output / "photos" / "film.png" / "film_k004_kmeans++.gif"
    with Image.open(path) as played:
        for number in range(3):
            played.seek(number)
            shown = np.asarray(played.convert("RGBA"))
            assert (shown[..., 3] > 0).tolist() == (np.asarray(frames[number])[..., 3] > 0).tolist()
            assert played.info["duration"] == 30  # which a note says


def test_pages_are_not_played(workplace, photo):
    folder = workplace.path / "photos"
    photo(folder / "a.png", seed=1)
    with Image.open(folder / "a.png") as page:
        page.save(folder / "pages.tiff", save_all=True, append_images=[page])
    run(workplace, f"{FILM}formats: [png, gif]\n")
    assert not list(workplace.output.rglob("pages_k*.gif"))
    n_lines = len(log(workplace))
    assert "Nothing to do" in run(workplace, f"{FILM}formats: [png, gif]\n")
    assert not [line for line in log(workplace)[n_lines:] if "animated" in line]


def test_sheet_and_page_tell_with_whom_a_palette_is_shared(workplace, photos):
    run(workplace, f"{FOLDER}sheet: pdf\n")
    rows = {(row["image"], row["k"], row["init"]): row for row in workplace.report()}
    alone = text_of(workplace.output / "photos/trip/b.jpg/b_sheet.pdf")
    assert "shared" not in alone and "of all" not in alone
    together = text_of(workplace.output / "photos/a.png/a_sheet.pdf")
    assert "palette shared by 2 pictures of this folder" in together
    told = {name: tell_shared_inertia(float(row["shared_inertia"])) for name, row in rows.items()}
    of_a = [told["a.png", k, init] for init in ("random", r"kmeans++") for k in "25"]
    assert re.findall(r"inertia of all \S+", together) == of_a
    assert of_a == [told["c.bmp", k, init] for init in ("random", r"kmeans++") for k in "25"]
    # One picture less: nobody shares it any more, and nothing more is told.
    (photos / "c.bmp").unlink()
    run(workplace, f"{FOLDER}sheet: pdf\n")
    assert "shared" not in text_of(workplace.output / "photos/a.png/a_sheet.pdf")
