"""Files in an output folder that batchquant did not write: they stay, and cost one picture."""

import os
import shutil

import pytest
from conftest import FINISHED, NOBODY, becoming_nobody, linux_only

MINE = b"not written by batchquant"
SHEET = "photos/a.png/a_sheet.png"
VARIANT = "photos/a.png/a_k003_in_pixel.png"
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


@pytest.mark.parametrize("name", ["report.csv", "index.html", "report.json"])
def test_a_report_or_page_of_somebody_else_ends_a_run_before_any_work(workplace, photos, name):
    workplace.write_job(f"{JOB}report: [csv, json]\n")
    mine = put(workplace, name)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 2
    assert f"out/{name}: found a file that batchquant did not write, where its own goes." in (
        done.stderr
    )
    assert mine.read_bytes() == MINE
    assert [path.name for path in workplace.output.iterdir()] == [name]
    done = workplace.run("run", "jobs.yaml", "--replace")
    assert done.returncode == 0
    assert f"Replaced, though batchquant had not written it: {name}\n" in done.stdout
    assert mine.read_bytes() != MINE
    assert workplace.run("run", "jobs.yaml").returncode == 0


def test_a_report_that_is_not_wanted_is_nobodys_business(workplace, photos):
    workplace.write_job(JOB)
    mine = put(workplace, "report.json")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert mine.read_bytes() == MINE
    assert b"report.json" not in (workplace.output / "index.html").read_bytes()


def test_our_own_report_goes_when_it_is_not_wanted_any_more(workplace, photos):
    workplace.write_job(f"{JOB}report: [csv, json]\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert (workplace.output / "report.json").exists()
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert not (workplace.output / "report.json").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.csv", b"job,folder,image,source_sha256,width\r\nof the first version\r\n"),
        ("report.csv", b"\xef\xbb\xbfjob,folder,image,frame\nsaved by a spreadsheet\n"),
        ("index.html", "<title>1,024 images in few colors \N{EN DASH} batchquant</title>".encode()),
    ],
)
def test_reports_and_pages_of_older_versions_are_ours(workplace, photos, name, content):
    workplace.write_job(JOB)
    put(workplace, name, content)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert (workplace.output / name).read_bytes() != content


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
        reason = "blocked: found a file that batchquant did not write in place of"
        assert errors(workplace) == {
            "a.png": f"{reason} a_k003_in_pixel.png",
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
    others = "photos/c.bmp/c_k003_in_pixel.png"
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


@pytest.mark.parametrize("kind", ["sheet", "best", "book"])
def test_what_shows_a_picture_as_a_whole_is_not_drawn_over_a_file_of_somebody_else(
    workplace, photos, kind
):
    workplace.write_job(f"{JOB}sheet: pdf\nbook: true\ntarget: {{psnr_db: 1}}\n")
    path = {"sheet": "photos/a.png/a_sheet.pdf", "best": "photos/a.png/a_best.png"}.get(
        kind, "book.pdf"
    )
    mine = put(workplace, path)
    for _ in range(2):  # the second time the picture is one that is known
        done = workplace.run("run", "jobs.yaml")
        assert done.returncode == 3
        assert "not drawn: blocked: found a file that batchquant did not write in place" in (
            done.stdout
        )
        assert mine.read_bytes() == MINE
        assert set(errors(workplace).values()) == {""}
    mine.unlink()
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert mine.read_bytes() != MINE


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


def test_what_was_forgotten_and_is_another_by_now_is_in_the_way(finished):
    forget(finished)
    finished.write_job(FINISHED.replace("k: [3, 5]", "k: [3, 5]\nseed: 7"))
    done = finished.run("run", "jobs.yaml")
    assert done.returncode in {1, 3}
    assert {row["error"][:9] for row in finished.report()} <= {"", "blocked: "}
    assert finished.run("run", "jobs.yaml", "--replace").returncode == 0


def test_what_a_killed_run_was_about_to_write_is_ours(long_job):
    """Its file may be there, unrecorded, and be another one by the next run."""
    from conftest import wait_for_pictures

    from batchquant.ledger import LEDGER, Ledger

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


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/")])
def test_what_is_no_file_blocks_its_picture_alone(workplace, photos, make):
    workplace.write_job(JOB)
    path = workplace.output / VARIANT
    path.parent.mkdir(parents=True)
    make(path)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    assert errors(workplace)["a.png"].startswith("blocked: found a ")
    assert os.path.lexists(path)
    assert not path.is_file()


def test_a_file_where_a_folder_should_be_blocks_what_goes_below(workplace, photos):
    workplace.write_job(JOB)
    put(workplace, "photos/trip")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    assert errors(workplace)["trip/b.jpg"] == "blocked: found a file, expected a folder, as trip"


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_of_somebody_else_blocks_its_picture_alone(workplace, photos):
    workplace.write_job(JOB)
    (workplace.output / "photos" / "a.png").mkdir(parents=True)
    for path in (workplace.path, workplace.output, workplace.output / "photos"):
        os.chown(path, NOBODY, NOBODY)
    done = workplace.run("run", "jobs.yaml", before=becoming_nobody())
    assert done.returncode == 3
    assert errors(workplace) == {
        "a.png": "blocked: we may not write into the folder a.png",
        "c.bmp": "",
        "trip/b.jpg": "",
    }


@linux_only
@pytest.mark.parametrize("name", ["report.csv", "index.html"])
def test_a_pipe_in_place_of_a_report_is_waited_for_by_nobody(finished, name):
    (finished.output / name).unlink()
    os.mkfifo(finished.output / name)
    done = finished.run("run", "jobs.yaml")
    assert (done.returncode, "found a pipe that batchquant did not write" in done.stderr) == (
        2,
        True,
    )
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
