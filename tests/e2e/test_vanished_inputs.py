"""Inputs that are not there any more, or are others than they look."""

import os
import shutil

import numpy as np
import pytest
from circumstances import linux_only
from PIL import Image
from workplaces import write_photos

TWO = "inputs: [photos, disk]\nk: 3\nreport: [csv, json]\n"


@pytest.fixture
def mounted(workplace, photo):
    """A job of two inputs, done; the second is about to vanish."""
    write_photos(workplace.path / "photos", photo)
    write_photos(workplace.path / "disk", photo)
    workplace.write_job(TWO)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    return workplace


def unmount(workplace):
    """What is left of a disk that is not mounted is an empty folder."""
    shutil.move(workplace.path / "disk", workplace.path / "away")
    (workplace.path / "disk").mkdir()


def mount_again(workplace):
    (workplace.path / "disk").rmdir()
    shutil.move(workplace.path / "away", workplace.path / "disk")


def test_rows_of_a_disk_that_is_not_mounted_are_kept_and_say_why(mounted):
    before, tree = mounted.report(), mounted.tree()
    unmount(mounted)
    done = mounted.run("run", "jobs.yaml", "--quiet")
    assert done.returncode == 3
    told = f"{mounted.path}/disk: it holds no file; is its disk mounted? What was made of its"
    assert told in done.stderr
    rows = mounted.report()
    for row, was in zip(rows, before, strict=True):
        notes = f"source not looked at: {mounted.path}/disk: it holds no file; is its disk mounted?"
        assert row == was | {"notes": notes if row["folder"] == "disk" else ""}
    assert "1 input not there" in (mounted.output / "index.html").read_text()
    failed = mounted.run("failed", "out")
    assert (failed.returncode, "Not there: 1 input" in failed.stdout) == (3, True)
    assert "6 done, 0 failed, 0 left" in mounted.run("status", "out").stdout
    assert mounted.run("verify", "out").returncode == 0
    mount_again(mounted)
    assert "Nothing to do" in mounted.run("run", "jobs.yaml").stdout
    assert mounted.tree() == tree


def test_nothing_is_pruned_while_an_input_is_not_there(mounted):
    unmount(mounted)
    mounted.run("run", "jobs.yaml")
    done = mounted.run("prune", "out", "jobs.yaml", "--yes")
    assert done.returncode == 2
    assert "Nothing is deleted until it holds pictures again, or is no input of" in done.stderr
    assert len(list((mounted.output / "disk").rglob("*_k003_*.png"))) == 3
    mounted.write_job(TWO.replace("[photos, disk]", "photos"))
    assert mounted.run("prune", "out", "jobs.yaml", "--yes").returncode == 0
    assert not (mounted.output / "disk").exists()


def test_a_job_whose_only_input_is_not_there_keeps_its_rows(mounted):
    mounted.write_job("inputs: disk\nk: 3\n")
    assert mounted.run("run", "jobs.yaml").returncode == 0
    unmount(mounted)
    assert mounted.run("run", "jobs.yaml").returncode == 3
    assert [row["status"] for row in mounted.report()] == ["done"] * 3


def test_an_input_that_holds_no_picture_is_no_error_if_it_holds_files(mounted):
    (mounted.path / "new").mkdir()  # nor is one that never did
    mounted.write_job(TWO.replace("disk", 'new, {path: disk, exclude: ["*"]}'))
    done = mounted.run("run", "jobs.yaml")
    assert done.returncode == 0
    for name in ("new", "disk"):
        assert f"Note: {mounted.path}/{name}: no picture in it" in done.stdout
    assert {row["folder"] for row in mounted.report()} == {"photos"}


@linux_only
def test_a_link_to_a_disk_that_is_not_mounted_keeps_its_rows(workplace, photo):
    write_photos(workplace.path / "photos", photo)
    write_photos(workplace.path / "disk", photo)
    (workplace.path / "photos" / "linked").symlink_to(workplace.path / "disk")
    workplace.write_job("inputs: photos\nk: 3\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert len(workplace.report()) == 6
    shutil.move(workplace.path / "disk", workplace.path / "away")
    assert workplace.run("run", "jobs.yaml").returncode == 3
    rows = workplace.report()
    assert [row["status"] for row in rows] == ["done"] * 6
    assert [row["image"] for row in rows if row["notes"]] == [
        "linked/a.png",
        "linked/c.bmp",
        "linked/trip/b.jpg",
    ]


def edit_in_place(path):
    """Change pixels, and keep size and time of modification, as `exiftool -P` does."""
    status = path.stat()
    pixels = np.asarray(Image.open(path)).copy()
    pixels[:, :, 0] = 255 - pixels[:, :, 0]
    Image.fromarray(pixels).save(path)
    assert path.stat().st_size == status.st_size
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_picture_that_was_edited_in_place_is_noticed(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    edit_in_place(photos / "c.bmp")
    verified = workplace.run("verify", "out")
    assert verified.returncode == 0  # the outputs are as they were written
    assert f"Note: {photos}/c.bmp: is not the picture that its rows tell of" in verified.stdout
    assert "1 input changed" in workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "1 made, 2 made before" in done.stdout) == (0, True)
    verified = workplace.run("verify", "out")
    assert (verified.returncode, "Note" in verified.stdout) == (0, False)


def test_a_run_that_verifies_looks_into_the_pictures_of_its_selection_only(workplace, photos):
    from batchquant.store import LEDGER, Ledger

    workplace.write_job("inputs: photos\nk: 3\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    with Ledger(workplace.output / LEDGER) as ledger:  # as if the folder did not tell
        edit_in_place(photos / "c.bmp")
        ctime_ns = (photos / "c.bmp").stat().st_ctime_ns
        ledger._connection.execute(
            "UPDATE variants SET source_ctime_ns = ? WHERE image = 'c.bmp'", [str(ctime_ns)]
        )
        ledger._connection.commit()
    changed = workplace.output / "photos/c.bmp/c_k003_kmeans++.png"
    changed.write_bytes(changed.read_bytes()[::-1])
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout
    command = ["run", "jobs.yaml", "--verify", "--only"]
    assert "Nothing to do" in workplace.run(*command, "a.png").stdout
    assert "1 made" in workplace.run(*command, "c.bmp").stdout


def test_folders_of_file_servers_and_systems_are_left_out(workplace, photo):
    photos = write_photos(workplace.path / "photos", photo)
    names = ["@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "__MACOSX"]
    for name in [*names, "System Volume Information", "trip/@eaDir"]:
        photo(photos / name / "a.png")
    workplace.write_job("inputs: photos\nk: 3\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0
    assert len(workplace.report()) == 3
    workplace.write_job('inputs: "photos/#recycle"\nk: 3\noutput: bin\n', "bin.yaml")
    assert workplace.run("run", "bin.yaml").returncode == 0
    assert len(workplace.report("bin")) == 1


@pytest.mark.parametrize("when", ["2300-01-01", "1902-01-01"])
def test_a_picture_of_any_date_is_made_and_recorded(workplace, photos, when):
    seconds = int(np.datetime64(when, "s").astype(int))
    for path in photos.rglob("*.*"):
        os.utime(path, (seconds, seconds))
    if int((photos / "a.png").stat().st_mtime) != seconds:
        pytest.skip("this file system does not know such dates")
    workplace.write_job("inputs: photos\nk: 3\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout
