"""The folder _run is on somebody's disk: whatever lies there by now is told, or mended."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from conftest import linux_only

READERS = (["status", "out"], ["failed", "out"], ["report", "out"])


def spoil(path, content):
    path.write_bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda ledger: ledger[: len(ledger) // 2], id="cut"),
        pytest.param(lambda ledger: ledger[:100], id="cut to its header"),
        pytest.param(lambda ledger: b"\0" * len(ledger), id="zeros"),
        pytest.param(lambda ledger: b"text" * 1000, id="text"),
        pytest.param(lambda ledger: ledger[:5000] + b"x" * (len(ledger) - 5000), id="overwritten"),
    ],
)
def test_a_damaged_ledger_is_told_with_a_way_out_that_works(finished, content):
    before = finished.tree()
    ledger = finished.output / "_run" / "ledger.sqlite"
    spoil(ledger, content(ledger.read_bytes()))
    done = finished.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert f"Move {ledger}* away and run again" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for command in (["status", "out"], ["verify", "out"], ["plan", "jobs.yaml"]):
        said = finished.run(*command)
        assert (said.returncode, "away and run again" in said.stderr) == (4, True), command
    for path in ledger.parent.glob("ledger.sqlite*"):
        shutil.move(path, finished.path / path.name)
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before


def test_a_ledger_of_another_program_is_told_with_a_way_out(finished):
    path = finished.output / "_run" / "ledger.sqlite"
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE variants (name TEXT)")
        connection.execute("PRAGMA user_version = 5")
    done = finished.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert f"Move {path}* away and run again" in done.stderr


def test_an_empty_ledger_is_begun_anew(finished):
    before = finished.tree()
    (finished.output / "_run" / "ledger.sqlite").write_bytes(b"")
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("variants", "inertia = 'much'"),
        ("variants", "source_mtime_ns = 'yesterday'"),
        ("variants", "width = 'wide'"),
        ("outputs", "size_bytes = 'large'"),
        ("overviews", "elapsed_s = 'long'"),
    ],
)
def test_text_in_the_cell_of_a_number_is_mended_by_a_run(finished, table, change):
    before = finished.tree()
    path = finished.output / "_run" / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {change} WHERE image = 'a.png'")
    for command in READERS:
        assert finished.run(*command).returncode == 0, command
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before
    assert finished.run("verify", "out").returncode == 0


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"images": [{"job": 5}]}', b"\xff", b"null"])
def test_a_damaged_plan_is_told_and_mended_by_a_run(finished, content):
    before = finished.tree()
    spoil(finished.output / "_run" / "plan.json", content)
    for command in READERS:
        said = finished.run(*command)
        assert said.returncode == 4
        assert "plan.json: the plan of the last run cannot be read. Run the job" in said.stderr
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before
    assert finished.run("status", "out").returncode == 0


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"started": 5, "job_file": {"seed": "x"}}'])
def test_other_damaged_notes_of_a_run_end_nothing(finished, content):
    before = finished.tree()
    for name in ("last_run.json", "now.json", "manifest.json"):
        spoil(finished.output / "_run" / name, content)
    for command in (*READERS, ["verify", "out"]):
        assert finished.run(*command).returncode == 0, command
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert finished.tree() == before


@linux_only
@pytest.mark.parametrize(
    "name", ["plan.json", "ledger.sqlite", "holder", "run.log", "now.json", "last_run.json", "lock"]
)
def test_a_pipe_in_the_run_folder_is_waited_for_by_nobody(finished, name):
    path = finished.output / "_run" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    done = finished.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert f"{path}: found a pipe, expected a file or folder. Remove it." in done.stderr
    for command in READERS:
        assert finished.run(*command).returncode in {0, 4}


def test_status_and_report_say_the_same(finished):
    (finished.output / "photos/a.png/a_k003_random.png").unlink()
    assert "12 done, 0 failed, 0 left" in finished.run("status", "out").stdout  # looks at no output
    command = ["run", "jobs.yaml", "--only", "c.bmp"]
    assert finished.run(*command).returncode == 0  # which looks at all
    assert [row["status"] for row in finished.report()].count("pending") == 1
    assert "11 done, 0 failed, 1 left" in finished.run("status", "out").stdout
    assert finished.run("run", "jobs.yaml").returncode == 0
    assert "12 done, 0 failed, 0 left" in finished.run("status", "out").stdout


def test_raising_max_pixels_makes_what_was_too_large_and_nothing_else(workplace, photos, photo):
    photo(photos / "large.png", height=100, width=100)
    job = "inputs: photos\nk: 3\nmax_pixels: {}\n"
    workplace.write_job(job.format(5000))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "3 made, 1 failed" in done.stdout) == (3, True)
    reason = "too_large: 100 x 100 pixels, expected no more than 5,000"
    assert workplace.report()[2]["error"] == reason
    assert "raise max_pixels" in workplace.run("failed", "out").stdout
    again = workplace.run("run", "jobs.yaml")
    assert (again.returncode, "Nothing to do" in again.stdout) == (3, True)
    workplace.write_job(job.format(10_000))
    assert "1 made, 3 made before" in workplace.run("run", "jobs.yaml").stdout
    workplace.write_job(job.format(5000))
    assert workplace.run("run", "jobs.yaml").returncode == 3
    assert workplace.report()[2]["error"] == reason


def test_accepting_broken_files_makes_what_broke_off_and_nothing_else(workplace, photos, photo):
    photo(photos / "cut.png", height=100, width=100)
    whole = (photos / "cut.png").read_bytes()
    (photos / "cut.png").write_bytes(whole[: len(whole) // 2])
    job = "inputs: photos\nk: 3\ntruncated: {}\n"
    workplace.write_job(job.format("fail"))
    assert workplace.run("run", "jobs.yaml").returncode == 3
    workplace.write_job(job.format("accept"))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "1 made, 3 made before" in done.stdout) == (0, True)
    workplace.write_job(job.format("fail"))
    done = workplace.run("run", "jobs.yaml")
    assert (done.returncode, "0 made, 3 made before, 1 failed" in done.stdout) == (3, True)


def test_a_picture_of_absurd_size_is_refused_before_memory_is_asked_for(workplace, photos):
    from sources import png_of_size

    (photos / "huge.png").write_bytes(png_of_size(2**31 - 1, 2**31 - 1))
    workplace.write_job("inputs: photos\nk: 3\n")
    planned = workplace.run("plan", "jobs.yaml", "--no-estimate")
    assert "images    4 (0.0 megapixels)" in planned.stdout
    assert "Cannot be done: photos/huge.png: too_large: 2147483647 x 2147483647 pixels" in (
        planned.stdout
    )
    assert workplace.run("run", "jobs.yaml").returncode == 3
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout


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
