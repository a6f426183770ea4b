"""Files in an output folder that batchquant did not write: they stay, and cost one picture."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from circumstances import linux_only, long_form
from programs import need

MINE = b"not written by batchquant"
SHEET = "photos/a.png/a_sheet.png"
VARIANT = "photos/a.png/a_k003_kmeans++.png"
JOB = "inputs: photos\nk: 3\n"


def put(workplace, path, content=MINE):
    path = workplace.output / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def errors(workplace):
    return {row["image"]: row["error"] for row in workplace.report()}


def forget(workplace):
    """Lose what lies in the folder _run, as by hand."""
    shutil.rmtree(workplace.output / "_run")


def test_reports_and_a_page_of_somebody_else_end_a_run_before_any_work(workplace, photos):
    workplace.write_job(f"{JOB}report: [csv, json]\n")
    names = ["report.csv", "report.json", "index.html"]
    for number, name in enumerate(names):
        put(workplace, name)
        for other in names[:number]:
            (workplace.output / other).unlink(missing_ok=True)
        done = workplace.run("run", "jobs.yaml")
        assert done.returncode == 2
        assert (
            f"out/{name}: there is a file that batchquant did not write, where its own goes."
            in (done.stderr)
        )
        assert [path.name for path in workplace.output.iterdir()] == [name]
        assert (workplace.output / name).read_bytes() == MINE
    put(workplace, "report.csv")
    done = workplace.run("run", "jobs.yaml", "--replace", "--quiet")
    assert done.returncode == 0
    for name in ("report.csv", "index.html"):
        assert f"Replaced, though batchquant had not written it: {name}\n" in done.stderr
        assert (workplace.output / name).read_bytes() != MINE
    assert workplace.run("run", "jobs.yaml").returncode == 0


def test_a_report_that_is_not_wanted_stays_unless_it_is_ours(finished):
    mine = put(finished, "report.json")
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert mine.read_bytes() == MINE
    assert b"report.json" not in (finished.output / "index.html").read_bytes()
    mine.write_bytes(b'[\n{"job": "", "folder": "photos", "image": "a.png"}\n]\n')
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert not mine.exists()


def test_the_page_is_not_written_over_a_page_of_somebody_else_by_hand_either(finished):
    put(finished, "index.html")
    done = finished.run("report", "out")
    assert done.returncode == 2
    assert (finished.output / "index.html").read_bytes() == MINE


def test_a_picture_in_the_place_of_an_output_stays_and_blocks_it(workplace, photos):
    workplace.write_job(JOB)
    mine = put(workplace, VARIANT)
    for _ in range(2):
        done = workplace.run("run", "jobs.yaml")
        assert done.returncode == 3
        reason = "blocked: a file that batchquant did not write is in place of"
        assert errors(workplace) == {
            "a.png": f"{reason} a_k003_kmeans++.png",
            "c.bmp": "",
            "trip/b.jpg": "",
        }
        assert mine.read_bytes() == MINE
    assert "add --replace to the command" in workplace.run("failed", "out").stdout.replace(
        "\n  ", " "
    )
    mine.unlink()
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "1 made, 2 made before" in done.stdout) == (0, True)


def test_replace_takes_places_lists_them_and_heeds_only(workplace, photos):
    workplace.write_job(JOB)
    others = "photos/c.bmp/c_k003_kmeans++.png"
    taken, kept, sheet = put(workplace, VARIANT), put(workplace, others), put(workplace, SHEET)
    done = workplace.run("run", "jobs.yaml", "--replace", "--only", "a.png")
    assert done.returncode == 0
    for path in (VARIANT, SHEET):
        assert f"Replaced, though batchquant had not written it: {path}\n" in done.stdout
    assert others not in done.stdout
    assert MINE not in (taken.read_bytes(), sheet.read_bytes())
    assert kept.read_bytes() == MINE


def test_an_edited_output_is_ours_and_made_again(finished):
    (finished.output / "photos/a.png/a_k003_random.png").write_bytes(MINE)
    done = finished.run("run", "jobs.yaml")
    assert (done.returncode, "1 made, 11 made before" in done.stdout) == (0, True)


def test_what_shows_pictures_as_a_whole_is_not_drawn_over_files_of_somebody_else(workplace, photos):
    workplace.write_job(f"{JOB}sheet: pdf\nbook: true\ntarget: {{psnr_db: 1}}\n")
    paths = ["photos/a.png/a_sheet.pdf", "photos/c.bmp/c_best.png", "book.pdf"]
    mine = [put(workplace, path) for path in paths]
    for _ in range(2):  # the second time the pictures are some that are known
        done = workplace.run("run", "jobs.yaml")
        assert done.returncode == 3
        told = "not drawn: blocked: a file that batchquant did not write is in place"
        assert done.stdout.count(told) == 3
        assert {path.read_bytes() for path in mine} == {MINE}
        assert set(errors(workplace).values()) == {""}
    for path in mine:
        path.unlink()
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert all(path.read_bytes() != MINE for path in mine)


def test_a_best_that_is_not_ours_is_not_withdrawn(workplace, photos):
    workplace.write_job(f"{JOB}target: {{psnr_db: 99}}\n")
    mine = put(workplace, "photos/a.png/a_best.png")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert mine.read_bytes() == MINE


def test_a_lost_run_folder_costs_computing_and_nothing_else(finished):
    before = finished.tree()
    times = {path: (finished.output / path).stat().st_mtime_ns for path in before}
    forget(finished)
    done = finished.run("run", "jobs.yaml")
    assert (done.returncode, "12 made" in done.stdout) == (0, True)
    assert finished.tree() == before
    pictures = [path for path in before if "_k" in path.name]
    assert len(pictures) == 24
    for path in pictures:  # they were not even written
        assert (finished.output / path).stat().st_mtime_ns == times[path]
    assert "Nothing to do" in finished.run("run", "jobs.yaml").stdout


def test_what_a_killed_run_was_about_to_write_is_ours(long_job):
    """Its file may be there, unrecorded, and be another one by the next run."""
    from workplaces import wait_for_pictures

    from batchquant.store import LEDGER, Ledger

    process = long_job.start("run", "jobs.yaml", "-j", "1")
    wait_for_pictures(long_job, process, count=3)
    process.kill()
    process.communicate(timeout=60)
    with Ledger(long_job.output / LEDGER) as ledger:
        intended = ledger.read_intended()
    assert intended
    for path in intended:
        put(long_job, path)
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.tree() == long_job.tree("reference")
    with Ledger(long_job.output / LEDGER) as ledger:
        assert ledger.read_intended() == []


def test_what_is_no_file_blocks_its_picture_alone(workplace, photos):
    workplace.write_job("inputs: photos\nk: [3, 5]\n")
    kinds = {
        "a.png/a": Path.mkdir,
        "c.bmp/c": os.mkfifo,
        "trip/b.jpg/b": lambda path: path.symlink_to("/"),
    }
    paths = {
        workplace.output / "photos" / f"{name}_k003_kmeans++.png": kinds[name] for name in kinds
    }
    for path, make in paths.items():
        path.parent.mkdir(parents=True)
        make(path)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    told = {(row["k"], row["error"]) for row in workplace.report()}
    assert told == {
        ("3", "blocked: found a folder in place of a_k003_kmeans++.png"),
        ("3", "blocked: found a pipe in place of c_k003_kmeans++.png"),
        ("3", "blocked: found a link in place of b_k003_kmeans++.png"),
        ("5", ""),
    }
    assert all(os.path.lexists(path) and not path.is_file() for path in paths)


@linux_only
def test_a_folder_that_may_not_be_written_to_blocks_its_picture_alone(workplace, photos):
    workplace.write_job(JOB)
    folder = workplace.output / "photos" / "a.png"
    folder.mkdir(parents=True)
    chattr = need("chattr", package="e2fsprogs")  # it stops root, too
    if subprocess.run([chattr, "+i", folder], capture_output=True, check=False).returncode:
        pytest.skip("folders cannot be made immutable here")
    try:
        done = workplace.run("run", "jobs.yaml")
    finally:
        subprocess.run([chattr, "-i", folder], check=True)
    assert done.returncode == 3
    assert errors(workplace) == {
        "a.png": "blocked: we may not write into the folder a.png",
        "c.bmp": "",
        "trip/b.jpg": "",
    }


@long_form
@linux_only
def test_a_pipe_in_place_of_a_report_is_waited_for_by_nobody(finished):
    for name in ("report.csv", "index.html"):
        (finished.output / name).unlink()
        os.mkfifo(finished.output / name)
    done = finished.run("run", "jobs.yaml")
    assert done.returncode == 2
    assert "there is a pipe that batchquant did not write" in done.stderr
    for command in (["status", "out"], ["failed", "out"], ["verify", "out"]):
        assert finished.run(*command).returncode in {0, 3}
    assert finished.run("run", "jobs.yaml", "--replace").returncode == 0


@linux_only
def test_a_pipe_in_place_of_an_output_is_waited_for_by_nobody(finished):
    path = finished.output / "photos/a.png/a_k003_random.png"
    path.unlink()
    os.mkfifo(path)
    done = finished.run("verify", "out")
    assert done.returncode == 3
    assert "a_k003_random.png: cannot be read: Is a pipe, no regular file" in done.stdout
    assert finished.run("run", "jobs.yaml", "--verify").returncode == 0
    assert path.is_file()
