"""The folder _run is on somebody's disk: whatever lies there by now is told, or mended."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from circumstances import linux_only, long_form

READERS = (["status", "out"], ["failed", "out"], ["report", "out"])


def test_a_damaged_ledger_is_told_with_a_way_out_that_works(finished):
    before = finished.tree()
    ledger = finished.output / "_run" / "ledger.sqlite"
    ledger.write_bytes(ledger.read_bytes()[:9000])
    for command in (
        ["run", "jobs.yaml"],
        ["status", "out"],
        ["verify", "out"],
        ["plan", "jobs.yaml"],
    ):
        said = finished.run(*command)
        assert said.returncode == 4
        assert f"{ledger.name}* away and run again" in said.stderr
        assert len(said.stderr.splitlines()) == 1
    for path in ledger.parent.glob("ledger.sqlite*"):
        shutil.move(path, finished.path / path.name)
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before


def test_text_in_the_cells_of_numbers_is_refused_or_mended_by_a_run(finished):
    """Tables are strict; times are text, since a file system can hold any."""
    before = finished.tree()
    path = finished.output / "_run" / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, change in (
            ("variants", "inertia = 'much'"),
            ("outputs", "size_bytes = 'large'"),
            ("overviews", "elapsed_s = 'long'"),
        ):
            with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value"):
                connection.execute(f"UPDATE {table} SET {change}")
        for time, image in (("source_mtime_ns", "c.bmp"), ("source_ctime_ns", "a.png")):
            connection.execute(f"UPDATE variants SET {time} = 'yesterday' WHERE image = ?", [image])
    for command in READERS:
        assert finished.run(*command).returncode == 0, command
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before
    assert finished.run("verify", "out").returncode == 0


def test_damaged_notes_of_a_run_are_told_and_mended_by_a_run(finished):
    before = finished.tree()
    for name in ("plan.json", "last_run.json", "now.json", "manifest.json"):
        (finished.output / "_run" / name).write_bytes(b"[" * 200_000)
    for command in READERS:
        said = finished.run(*command)
        assert said.returncode == 4
        assert "plan.json: the plan of the last run cannot be read. Run the job" in said.stderr
    assert finished.run("verify", "out").returncode == 0
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before
    for name in ("last_run.json", "now.json", "manifest.json"):
        (finished.output / "_run" / name).write_text('{"started": 5, "job_file": {"seed": "x"}}')
    for command in (*READERS, ["verify", "out"]):
        assert finished.run(*command).returncode == 0, command
    told = '{"started": "2026-11-29T22:00:00Z", "elapsed_s": NaN}'
    (finished.output / "_run" / "last_run.json").write_text(told)
    for command in READERS:
        assert finished.run(*command).returncode == 0, command


@linux_only
def test_pipes_in_the_run_folder_are_waited_for_by_nobody(finished):
    for name in ("holder", "run.log", "now.json", "last_run.json", "lock", "plan.json"):
        path = finished.output / "_run" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    done = finished.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert ": it is a pipe, neither file nor folder. Remove it." in done.stderr
    for command in READERS:
        assert finished.run(*command).returncode == 4
    ledger = finished.output / "_run" / "ledger.sqlite"
    ledger.unlink()
    os.mkfifo(ledger)
    done = finished.run("verify", "out")
    assert done.returncode == 4
    assert "ledger.sqlite is a pipe, no file. Remove it." in done.stderr


@long_form
def test_status_and_report_say_the_same(finished):
    (finished.output / "photos/a.png/a_k003_random.png").unlink()
    assert "12 done, 0 failed, 0 left" in finished.run("status", "out").stdout  # looks at no output
    command = ["run", "jobs.yaml", "--only", "c.bmp"]
    assert finished.run(*command).returncode == 0  # which looks at all
    assert [row["status"] for row in finished.report()].count("pending") == 1
    assert "11 done, 0 failed, 1 left" in finished.run("status", "out").stdout
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert "12 done, 0 failed, 0 left" in finished.run("status", "out").stdout


def test_other_limits_make_what_they_are_about_and_nothing_else(workplace, photos, photo):
    photo(photos / "large.png", height=100, width=100)
    photo(photos / "cut.png", height=60, width=60)
    (photos / "cut.png").write_bytes((photos / "cut.png").read_bytes()[:5000])
    job = "inputs: photos\nk: 3\nmax_pixels: {}\ntruncated: {}\n"
    workplace.write_job(job.format(5000, "fail"))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "3 made, 2 failed" in done.stdout) == (3, True)
    errors = {row["image"]: row["error"] for row in workplace.report()}
    assert (
        errors["large.png"] == "too_large: 100 x 100 pixels, more than the 5,000 that are allowed"
    )
    assert "raise max_pixels" in workplace.run("failed", "out").stdout
    assert "to make   0" in workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    workplace.write_job(job.format(10_000, "accept"))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "2 made, 3 made before" in done.stdout) == (0, True)
    workplace.write_job(job.format(5000, "fail"))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "0 made, 3 made before, 2 failed" in done.stdout) == (3, True)
    assert {row["image"]: row["error"] for row in workplace.report()} == errors


def test_a_picture_of_absurd_size_is_refused_before_memory_is_asked_for(workplace, photos):
    from sources import png_of_size

    (photos / "huge.png").write_bytes(png_of_size(2**31 - 1, 2**31 - 1))
    workplace.write_job("inputs: photos\nk: 3\n")
    planned = workplace.run("plan", "jobs.yaml", "--no-estimate")
    assert "pictures  4 (0.0 megapixels)" in planned.stdout
    assert "Cannot be done: photos/huge.png: too_large: 2147483647 x 2147483647 pixels" in (
        planned.stdout
    )
    assert workplace.run("run", "jobs.yaml").returncode == 3
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout


@long_form
def test_a_report_tells_of_now(workplace, photo):
    """Of a PDF that is not wanted any more there is nothing to say."""
    import numpy as np
    from PIL import Image

    pixels = photo(workplace.path / "photos" / "a.png")
    alpha = np.linspace(0, 255, pixels[..., 0].size).reshape(pixels.shape[:2]).astype(np.uint8)
    Image.fromarray(np.dstack([pixels, alpha])).save(workplace.path / "photos" / "a.png")
    for formats, notes in (("[png, pdf]", "PDF laid onto #ffffff"), ("[png]", "")):
        workplace.write_job(f"inputs: photos\nk: 3\nformats: {formats}\n")
        assert workplace.run("run", "jobs.yaml").returncode == 0
        assert [row["notes"] for row in workplace.report()] == [notes]
    assert workplace.run("verify", "out").returncode == 0
