"""`batchquant run` on real files with real processes; each test is named by what it promises."""

import json
import os
import re
import shutil
import sys

import numpy as np
import pytest
from circumstances import long_form
from PIL import Image
from workplaces import pixels_of

from batchquant import load_job, plan_job, quantize, run_job

any_names = pytest.mark.skipif(
    sys.platform != "linux", reason="this file system takes no names that are not UTF-8"
)

JOB = """
inputs: photos
k: [3, 5]
init: [random, in_pixel]
formats: [png, pdf]
seed: 7
"""


def test_a_job_gives_a_tree_and_a_report(workplace, photos):
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    assert "12 variants of 3 pictures: 12 made" in done.stdout
    assert "Left out, no pictures by their ending: 1 .txt" in done.stdout
    rows = workplace.report()
    assert [row["image"] for row in rows[::4]] == ["a.png", "c.bmp", "trip/b.jpg"]
    assert {row["status"] for row in rows} == {"done"}
    written = {str(path) for path in workplace.tree()} - {"report.csv", "index.html"}
    sheets = {path for path in written if path.endswith("_sheet.png")}
    assert len(sheets) == 3
    assert written - sheets == {row[column] for row in rows for column in ("png", "pdf")}
    assert "photos/trip/b.jpg/b_k003_in_pixel.pdf" in written


def test_every_row_is_true(workplace, photos):
    """The figures follow from source and outputs, and `quantize` makes them again from the seed."""
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    for row in workplace.report():
        source = pixels_of(photos / row["image"])
        shown = pixels_of(workplace.output / row["png"])
        n_colors = len(np.unique(shown.reshape(-1, 3), axis=0))
        assert n_colors == int(row["n_colors"]) <= int(row["k"])
        assert float(row["mse"]) == ((shown.astype(int) - source) ** 2).sum() / source.size
        assert (workplace.output / row["png"]).stat().st_size == int(row["png_bytes"])
        assert (workplace.output / row["pdf"]).stat().st_size == int(row["pdf_bytes"])
        again = quantize(source, int(row["k"]), init=row["init"], seed=int(row["seed"]))
        assert np.array_equal(again.palette[again.indices], shown)
        assert (repr(again.inertia), str(again.n_iter)) == (row["inertia"], row["n_iter"])
        assert repr(again.psnr_db) == row["psnr_db"]
        assert row["converged"] == "true"


def test_a_second_run_does_nothing_but_say_so(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    before = {path: path.stat().st_mtime_ns for path in workplace.output.rglob("*.p??")}
    run_folder = workplace.output / "_run"
    written = [workplace.output / "report.csv", workplace.output / "index.html"]
    written += [run_folder / "last_run.json", *(run_folder / "page").rglob("*.js")]
    reported = [path.stat().st_mtime_ns for path in written]
    again = workplace.run("run", "jobs.yaml")
    assert again.returncode == 0
    assert "Nothing to do. 12 variants of 3 pictures: 12 made before" in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in workplace.output.rglob("*.p??")}
    assert reported == [path.stat().st_mtime_ns for path in written]


def test_a_broken_image_does_not_stop_the_others(workplace, photos):
    (photos / "b.jpg").write_text("no picture at all")
    whole = (photos / "trip" / "b.jpg").read_bytes()
    (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    assert "photos/b.jpg: unreadable: no picture of a format that is read" in done.stdout
    rows = workplace.report()
    assert len(rows) == 5 * 4
    failed = [row for row in rows if row["status"] == "failed"]
    assert [row["image"] for row in failed] == ["b.jpg"] * 4 + ["cut.jpg"] * 4
    assert all(row["error"].startswith("unreadable: ") for row in failed)
    assert all(row["png"] == row["pdf"] == "" for row in failed)
    assert not any(str(path).startswith("photos/cut.jpg") for path in workplace.tree())


def test_an_old_failure_still_ends_with_3_and_is_not_tried_again(workplace, photos):
    (photos / "b.jpg").write_text("no picture at all")
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    again = workplace.run("run", "jobs.yaml")
    assert again.returncode == 3
    assert "Nothing to do. 16 variants of 4 pictures: 12 made before, 4 failed" in again.stdout
    assert f"\nWhat to do about it: batchquant failed {workplace.output}\n" in again.stdout


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [("", ["book.pdf"]), ("jobs: [{name: a}, {name: b}]", ["a/book.pdf", "b/book.pdf"])],
)
def test_the_summary_names_books_but_no_picture_of_that_name(jobs, expected, workplace, photo):
    photo(workplace.path / "photos" / "book.pdf", format="PNG")
    workplace.write_job(f"inputs: photos\ninclude: '*'\nk: 3\nbook: true\n{jobs}\n")
    told = workplace.run("run", "jobs.yaml").stdout
    books = [line.split()[1] for line in told.splitlines() if line.startswith("Book:")]
    assert books == [str(workplace.output / book) for book in expected]


def test_the_summary_names_what_the_job_asks_for_and_no_other_file(workplace, photos):
    for name in ("report.txt", "report.old.csv", "mine/book.pdf"):
        (workplace.output / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace.output / name).write_text("mine")
    workplace.write_job("inputs: photos\nk: 3\nreport: [csv, json]\n")
    *_, place, csv, json, page = workplace.run("run", "jobs.yaml").stdout.splitlines()
    assert place == f"Output:   {workplace.output}"
    assert csv == f"Report:   {workplace.output / 'report.csv'}"
    assert json == f"Report:   {workplace.output / 'report.json'}"
    assert page == f"Page:     {workplace.output / 'index.html'}"


def test_a_mended_image_is_tried_again(workplace, photos, photo):
    (photos / "b.jpg").write_text("no picture at all")
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    photo(photos / "b.jpg")
    again = workplace.run("run", "jobs.yaml")
    assert again.returncode == 0
    assert "4 made, 12 made before" in again.stdout


def test_if_nothing_succeeds_the_exit_code_is_1(workplace):
    (workplace.path / "photos").mkdir()
    (workplace.path / "photos" / "a.jpg").write_text("no picture")
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 1


def test_without_an_image_the_exit_code_is_2_and_nothing_is_made(workplace):
    (workplace.path / "photos").mkdir()
    (workplace.path / "photos" / "notes.txt").write_text("no picture")
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 2
    assert "no picture in" in done.stderr
    assert not workplace.output.exists()


def test_an_empty_folder_among_others_is_a_warning(workplace, photos):
    (workplace.path / "empty").mkdir()
    workplace.write_job(JOB.replace("inputs: photos", "inputs: [empty, photos]"))
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0
    assert f"Note: {workplace.path / 'empty'}: no picture in it" in done.stdout


def test_a_k_put_in_front_makes_only_itself_and_renames_nothing(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    before = workplace.tree()
    workplace.write_job(JOB.replace("[3, 5]", "[2, 3, 5]"))
    done = workplace.run("run", "jobs.yaml")
    assert "18 variants of 3 pictures: 6 made, 12 made before" in done.stdout
    after = workplace.tree()
    variants = {path: before[path] for path in before if re.search("_k00[35]_", path.name)}
    assert len(variants) == 24
    assert variants.items() <= after.items()


def test_what_changed_is_made_again(workplace, photos, photo):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    photo(photos / "a.png", seed=99)
    (workplace.output / "photos" / "c.bmp" / "c_k003_random.png").unlink()
    cut = workplace.output / "photos" / "c.bmp" / "c_k005_random.pdf"
    cut.write_bytes(cut.read_bytes()[:-1])
    done = workplace.run("run", "jobs.yaml")
    assert "12 variants of 3 pictures: 6 made, 6 made before" in done.stdout
    workplace.run("run", "jobs.yaml", "--output", "fresh")
    assert workplace.tree() == workplace.tree("fresh")


def test_another_seed_changes_every_row(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    seeds = [row["seed"] for row in workplace.report()]
    workplace.write_job(JOB.replace("seed: 7", "seed: 8"))
    done = workplace.run("run", "jobs.yaml")
    assert "12 variants of 3 pictures: 12 made" in done.stdout
    assert not set(seeds) & {row["seed"] for row in workplace.report()}


def test_the_list_of_the_plan_is_what_a_run_writes(workplace, photos):
    (photos / ("x" * 250 + ".png")).write_bytes((photos / "a.png").read_bytes())  # is refused
    more = "palette_files: [gpl, swatch]\nsheet: both\nbook: true\ntarget: {psnr_db: 16}\n"
    workplace.write_job(JOB + more)
    planned = workplace.run("plan", "jobs.yaml", "--list").stdout.splitlines()
    counted = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    kinds = "12 PNGs, 12 PDFs, 24 palette files, 6 contact sheets, 3 best pictures, 1 book"
    assert f"\n  files     at most {len(planned)} ({kinds})\n" in counted
    workplace.run("run", "jobs.yaml")
    written = {str(path) for path in workplace.tree()} - {"report.csv", "index.html"}
    assert sorted(planned) == sorted(written)
    assert planned[-1] == "book.pdf"
    assert planned[:3] == [f"photos/a.png/a_k003_random.{kind}" for kind in ("png", "pdf", "gpl")]


@pytest.mark.parametrize(
    "command", [["plan", "jobs.yaml"], ["run", "-n", "jobs.yaml"], ["check", "jobs.yaml"]]
)
def test_planning_and_checking_write_nothing(command, workplace, photos):
    workplace.write_job(JOB)
    before = workplace.names()
    done = workplace.run(*command)
    assert done.returncode == 0, done.stderr
    assert workplace.names() == before


def test_the_plan_counts(workplace, photos):
    workplace.write_job(JOB)
    text = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    for line in ("folders   1", "pictures  3 (0.0 megapixels)", "variants  12"):
        assert line in text
    assert "files     27 (12 PNGs, 12 PDFs, 3 contact sheets)" in text


def test_named_jobs_have_folders_of_their_own(workplace, photos):
    workplace.write_job(
        "inputs: photos\nk: 3\njobs:\n  - name: day\n  - {name: night, k: 5, include: '*.png'}\n"
    )
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0
    assert [(row["job"], row["image"], row["k"]) for row in workplace.report()] == [
        ("day", "a.png", "3"),
        ("day", "c.bmp", "3"),
        ("day", "trip/b.jpg", "3"),
        ("night", "a.png", "5"),
    ]
    assert (workplace.output / "night" / "photos" / "a.png" / "a_k005_kmeans++.png").exists()


def test_one_job_alone_leaves_the_others_pending(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\njobs:\n  - name: day\n  - {name: night, k: 5}\n")
    done = workplace.run("run", "jobs.yaml", "--job", "night")
    assert done.returncode == 0
    statuses = [(row["job"], row["status"]) for row in workplace.report()]
    assert statuses == [("day", "pending")] * 3 + [("night", "done")] * 3
    wrong = workplace.run("run", "jobs.yaml", "--job", "nigth")
    assert wrong.returncode == 2
    assert "there is no job 'nigth' in it. There are: day, night" in wrong.stderr


@long_form
def test_a_selection_leaves_the_rest_as_it_is(workplace, photos):
    workplace.write_job("inputs: photos\nk: [3, 5]\ninit: [random, in_pixel]\n")
    some = ["--only", "photos/*.png", "--only", "trip/", "-k", "5", "--init", "random"]
    planned = workplace.run("plan", "jobs.yaml", *some).stdout
    assert "pictures  2 " in planned
    assert "to make   2 (2 new)" in planned
    done = workplace.run("run", "jobs.yaml", *some)
    assert done.returncode == 0
    assert done.stdout.startswith("2 variants of 2 pictures: 2 made, 2 contact sheets drawn; ")
    of_status = {row["status"]: [] for row in workplace.report()}
    for row in workplace.report():
        of_status[row["status"]].append((row["image"], row["k"], row["init"]))
    assert of_status.pop("done") == [("a.png", "5", "random"), ("trip/b.jpg", "5", "random")]
    assert [len(rows) for rows in of_status.values()] == [10]
    before = workplace.names()
    wrong = workplace.run("run", "jobs.yaml", "-k", "4")
    assert wrong.returncode == 2
    assert "jobs.yaml: k: 4 is not among what the job file makes: 3, 5." in wrong.stderr
    assert workplace.names() == before


def test_several_job_files_run_one_after_another(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\noutput: one\n", "a.yaml")
    workplace.write_job("inputs: photos\nk: 5\noutput: two\n", "b.yaml")
    assert workplace.run("run", "a.yaml", "b.yaml").returncode == 0
    assert [row["k"] for row in workplace.report("one")] == ["3"] * 3
    assert [row["k"] for row in workplace.report("two")] == ["5"] * 3


def test_trouble_with_one_job_file_does_not_stop_the_next(workplace, photos):
    (workplace.path / "empty").mkdir()
    workplace.write_job("inputs: empty\nk: 3\noutput: one\n", "a.yaml")
    workplace.write_job("inputs: photos\nk: 5\noutput: two\n", "b.yaml")
    done = workplace.run("run", "a.yaml", "b.yaml")
    assert done.returncode == 2
    assert "no picture in" in done.stderr
    assert len(workplace.report("two")) == 3


def test_a_dry_run_knows_the_jobs_too(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\njobs:\n  - name: day\n  - {name: night, k: 5}\n")
    assert "variants  3\n" in workplace.run("run", "-n", "jobs.yaml", "--job", "day").stdout
    assert workplace.run("run", "-n", "jobs.yaml", "--job", "dya").returncode == 2


def test_another_folder_with_files_of_the_same_size_and_time_is_noticed(workplace, photo):
    for number, folder in enumerate(("v1/icons", "v2/icons")):
        path = workplace.path / folder / "a.bmp"
        photo(path, seed=number)
        os.utime(path, (1, 1))
    workplace.write_job("inputs: v1/icons\nk: 3\n")
    workplace.run("run", "jobs.yaml")
    first = workplace.report()[0]["source_sha256"]
    workplace.write_job("inputs: v2/icons\nk: 3\n")
    assert "1 made" in workplace.run("run", "jobs.yaml").stdout
    assert workplace.report()[0]["source_sha256"] != first


@any_names
def test_a_name_that_looks_like_another_in_the_report_is_told_apart(workplace, photos):
    source = (photos / "a.png").read_bytes()
    for name in (b"x\xe9.png", rb"x\xe9.png"):
        with open(os.fsencode(photos) + b"/" + name, "wb") as stream:  # noqa: PTH123
            stream.write(source)
    workplace.write_job("inputs: photos\nk: 3\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    statuses = [row["status"] for row in workplace.report() if row["image"].startswith("x")]
    assert sorted(statuses) == ["done", "failed"]


@any_names
def test_a_job_file_of_any_name_runs(workplace, photos):
    name = os.fsdecode(b"\xff.yaml")
    workplace.write_job("inputs: photos\nk: 3\n", name)
    assert workplace.run("run", name).returncode == 0


def test_a_file_left_out_counts_once_and_a_job_tells_its_own_notes(workplace, photos):
    (workplace.path / "empty").mkdir()
    workplace.write_job(
        "k: 3\njobs:\n  - {name: a, inputs: photos}\n  - {name: b, inputs: [photos, empty]}\n"
    )
    both = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "Left out, no pictures by their ending: 1 .txt\n" in both
    assert "empty: no picture in it" in both
    assert "empty" not in workplace.run("run", "jobs.yaml", "--job", "a").stdout


def test_storage_trouble_with_one_job_file_does_not_stop_the_next(workplace, photos):
    (workplace.path / "one").mkdir()
    (workplace.path / "one" / "_run").write_text("a file where a folder should be")
    workplace.write_job("inputs: photos\nk: 3\noutput: one\n", "a.yaml")
    workplace.write_job("inputs: photos\nk: 5\noutput: two\n", "b.yaml")
    assert workplace.run("run", "a.yaml", "b.yaml").returncode == 4
    assert len(workplace.report("two")) == 3


def test_a_linked_file_is_known_by_its_own_name(workplace, photo):
    photo(workplace.path / "store" / "x1.png", seed=1)
    photo(workplace.path / "other" / "x2.png", seed=2)
    (workplace.path / "favorites").mkdir()
    (workplace.path / "favorites" / "a.png").symlink_to(workplace.path / "store" / "x1.png")
    (workplace.path / "favorites" / "b.png").symlink_to(workplace.path / "other" / "x2.png")
    workplace.write_job("inputs: [favorites/a.png, favorites/b.png]\nk: 3\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert [row["image"] for row in workplace.report()] == ["a.png", "b.png"]
    assert {row["folder"] for row in workplace.report()} == {"favorites"}


def test_two_job_files_into_one_folder_are_refused(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n", "a.yaml")
    workplace.write_job("inputs: photos\nk: 5\n", "b.yaml")
    done = workplace.run("run", "a.yaml", "b.yaml")
    assert done.returncode == 2
    assert "Give each an output folder of its own." in done.stderr
    assert not workplace.output.exists()


def test_patterns_that_leave_out_nothing_or_all_are_told_at_their_line(workplace, photos):
    job_file = workplace.path / "jobs.yaml"
    workplace.write_job("inputs:\n  - path: photos\n    exclude: ['*.gif']\nk: 3\n")
    told = workplace.run("plan", "--no-estimate").stdout
    nothing = f"{job_file}:3:5: inputs[0].exclude: nothing in {photos} is left out by *.gif"
    assert f"Note: {nothing}\n" in told
    workplace.write_job("inputs:\n  - path: photos\n    exclude: ['*.bmp']\nk: 3\n")
    assert "Note: " not in workplace.run("plan", "--no-estimate").stdout
    workplace.write_job("k: 3\njobs:\n  - name: a\n    inputs: {path: photos, exclude: '*'}\n")
    done = workplace.run("run")
    every = f"inputs.exclude: every picture of {photos} is left out, 3 in all."
    assert done.returncode == 2
    assert done.stderr.startswith(f"{job_file}:4:28: jobs[0].{every} Take out")


def test_bad_job_files_are_told_all_at_once_and_nothing_is_made(workplace, photos):
    workplace.write_job("inputs: photos\nk: 0\n", "a.yaml")
    workplace.write_job("inputs: photo\nk: 5\n", "b.yaml")
    before = workplace.names()
    done = workplace.run("run", "a.yaml", "b.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("a.yaml:2:4: k: 0 does not work here")
    assert "b.yaml:1:9: inputs: " in done.stderr
    assert workplace.names() == before


@any_names
def test_awkward_names_get_outputs(workplace, photo):
    names = [
        "-rf.png",
        "=cmd().png",
        "a b.png",
        "line\nbreak.png",
        "ü€😀.png",
        "x.tar.png",
        "'\".png",
    ]
    for number, name in enumerate(names):
        photo(workplace.path / "photos" / name, seed=number)
    workplace.write_job("inputs: photos\nk: 3\nformats: [png, pdf]\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    rows = workplace.report()
    assert {row["image"] for row in rows} == {
        f"./{name}" if name[0] in "=-" else name for name in names
    }
    for row in rows:
        assert (workplace.output / row["png"]).is_file()
        assert (workplace.output / row["pdf"]).is_file()


@any_names
def test_a_name_that_cannot_be_written_is_a_row(workplace, photos):
    with open(os.fsencode(photos) + b"/caf\xe9.png", "wb") as stream:  # noqa: PTH123
        stream.write((photos / "a.png").read_bytes())
    shutil.copy(photos / "a.png", photos / f"{'x' * 245}.png")
    workplace.write_job("inputs: photos\nk: 3\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    failed = {row["image"]: row["error"] for row in workplace.report() if row["error"]}
    assert set(failed) == {r"caf\xe9.png", f"{'x' * 245}.png"}
    assert all(error.startswith("bad_name: ") for error in failed.values())


def test_all_that_has_a_clock_lies_in_the_run_folder(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    inside = {path.name for path in (workplace.output / "_run").iterdir()}
    # Some versions of filelock remove the lock's file.
    assert inside - {"lock"} == {
        "id", "last_run.json", "ledger.sqlite", "manifest.json", "page", "palettes", "plan.json",
        "previews", "run.log", "thumbs", "timings.csv",
    }  # fmt: skip
    manifest = json.loads((workplace.output / "_run" / "manifest.json").read_text())
    assert manifest["job_file"]["jobs"][0]["k"] == [3, 5]
    assert manifest["libraries"].keys() >= {"numpy", "pillow", "pikepdf"}


def test_above_256_colors_pictures_are_rgb(workplace, photo):
    photo(workplace.path / "photos" / "a.png", height=60, width=60)
    workplace.write_job("inputs: photos\nk: [256, 257]\nmax_iter: 3\nformats: [png, pdf]\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    modes = [Image.open(workplace.output / row["png"]).mode for row in workplace.report()]
    assert modes == ["P", "RGB"]
    assert [row["converged"] for row in workplace.report()] == ["false", "false"]


def test_quiet_is_quiet_and_verbose_names_the_images(workplace, photos):
    workplace.write_job(JOB)
    quiet = workplace.run("run", "jobs.yaml", "-q")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    verbose = workplace.run("run", "jobs.yaml", "-v", "--output", "again")
    assert "photos/trip/b.jpg k=3 random: 3 colors, " in verbose.stderr


def test_quiet_tells_failures_and_nothing_else(workplace, photos):
    (photos / "b.jpg").write_text("no picture at all")
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml", "-q")
    assert done.stdout == ""
    assert done.stderr.startswith("Failed:\n  photos/b.jpg: unreadable: no picture")


def test_the_python_interface_runs_a_job(workplace, photos):
    workplace.write_job(JOB)
    job_file = load_job(workplace.path / "jobs.yaml")
    assert plan_job(job_file).n_variants == 12
    summary = run_job(job_file, workers=2)
    assert (summary.n_done, summary.n_failed) == (12, 0)
    assert len(workplace.report()) == 12
