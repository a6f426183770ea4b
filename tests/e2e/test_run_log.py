"""`_run/run.log`: what a person reads on the morning after."""

import json
import os
import re
import sys
from datetime import datetime

import pytest
from circumstances import linux_only
from PIL import Image

from batchquant.errors import StorageError
from batchquant.plan.records import Plan
from batchquant.run import log as log_module
from batchquant.run.events import Compiling
from batchquant.run.log import RunLog

LINE = re.compile(r"(\S+ \S+) (INFO|WARNING|ERROR) (.*)")


def lines(path):
    """Level and text of each line; the time has to be one."""
    parted = [LINE.fullmatch(line).groups() for line in path.read_text().splitlines()]
    assert all(datetime.fromisoformat(when).tzinfo for when, _, _ in parted)
    return [(level, text) for _, level, text in parted]


def test_every_image_has_a_line(workplace, photos):
    (photos / "b.jpg").write_text("no picture at all")
    (photos / "trip" / "b.jpg").rename(photos / "two\nlines.jpg")
    (photos / f"{'x' * 250}.png").touch()
    (workplace.path / "empty").mkdir()
    workplace.write_job("inputs: [photos, empty]\nk: [3, 5]\n")
    assert workplace.run("run", "jobs.yaml", "-j", "2").returncode == 3
    log = lines(workplace.output / "_run" / "run.log")
    first, empty, name, pending, *images, last = log
    assert re.fullmatch(r"process \d+, 2 workers: 5 pictures, 10 variants", first[1])
    assert empty == ("WARNING", f"{workplace.path / 'empty'}: no picture in it")
    assert name[0] == "WARNING"
    assert name[1].startswith(f"photos/{'x' * 250}.png: bad_name: ")
    assert pending == ("INFO", "8 variants to make, 0 done before")
    without_seconds = sorted((level, re.sub(r"; \d+\.\d\d s$", "", text)) for level, text in images)
    assert without_seconds[:6] == [
        ("INFO", f"photos/{name}: {what}")
        for name in ("a.png", "c.bmp", r"two\nlines.jpg")
        for what in ("2 made", "drawn")
    ]
    assert without_seconds[6][1].startswith("photos/b.jpg: 2 failed: unreadable: no picture")
    assert len(images) == 7
    assert last == ("INFO", "ended, 0 variants of this run left")


def test_a_second_run_is_added(workplace, photos):
    (photos / "broken.jpg").write_text("no picture")  # is not to make, and was not done
    workplace.write_job("inputs: photos\nk: 3\n")
    workplace.run("run", "jobs.yaml")
    before = lines(workplace.output / "_run" / "run.log")
    workplace.run("run", "jobs.yaml")
    after = lines(workplace.output / "_run" / "run.log")
    assert after[: len(before)] == before
    assert ("INFO", "0 variants to make, 3 done before") in after[len(before) :]


def test_one_is_not_said_as_if_it_were_several(workplace, photo):
    photo(workplace.path / "photos" / "a.png", seed=1)
    workplace.write_job("inputs: photos\nk: 3\nsheet: none\n")
    workplace.run("run", "jobs.yaml")
    first, pending, *_ = lines(workplace.output / "_run" / "run.log")
    assert first[1].endswith(", 1 worker: 1 picture, 1 variant")
    assert pending[1] == "1 variant to make, 0 done before"


PLAN = Plan(output=None, images=(), left_out=(), warnings=(("", "nothing there"),))


def test_what_ends_a_run_is_an_error(tmp_path):
    path = tmp_path / "run.log"
    with pytest.raises(StorageError), RunLog(path):
        raise StorageError("the disk is full.")
    assert lines(path) == [("ERROR", "ended: the disk is full.")]


def test_a_fault_of_ours_is_there_with_its_traceback(tmp_path):
    path = tmp_path / "run.log"
    with pytest.raises(ZeroDivisionError), RunLog(path):
        1 / 0  # noqa: B018
    first, *rest = path.read_text().splitlines()
    assert first.endswith("ERROR ended by a fault")
    assert (rest[0], rest[-1]) == (
        "Traceback (most recent call last):",
        "ZeroDivisionError: division by zero",
    )


def test_two_logs_of_one_program_do_not_mix(tmp_path, caplog):
    with RunLog(tmp_path / "a.log") as a, RunLog(tmp_path / "b.log") as b:
        a.planned(PLAN, workers=1)
        b.hear(Compiling())
    assert [text for _, text in lines(tmp_path / "a.log")][1:] == [
        "nothing there",
        "ended, 0 variants of this run left",
    ]
    assert [text for _, text in lines(tmp_path / "b.log")] == [
        "compiling K-Means for this machine",
        "ended, 0 variants of this run left",
    ]
    assert caplog.records == []  # nor with the log of a program around them


def test_a_long_log_goes_on_in_another_file(tmp_path, monkeypatch):
    monkeypatch.setattr(log_module, "MAX_BYTES", 200)
    with RunLog(tmp_path / "run.log") as log:
        for workers in range(20):
            log.planned(PLAN, workers)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"run.log", "run.log.1", "run.log.2", "run.log.3"}
    assert all(path.stat().st_size <= 200 for path in tmp_path.iterdir())


def test_what_is_to_be_said_of_files_stands_in_the_line_of_their_image(workplace, photos):
    half = Image.new("RGBA", (4, 4), (200, 0, 0, 128))
    half.save(photos / "half.png")
    workplace.write_job("inputs: photos/half.png\nk: 2\nformats: [png, pdf]\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    told = [text for _, text in lines(workplace.output / "_run" / "run.log")]
    assert [text for text in told if "; PDF laid onto #ffffff; " in text]


@pytest.mark.skipif(sys.platform != "linux", reason="has no /dev/full")
def test_a_full_disk_costs_lines_and_nothing_else(tmp_path, capfd):
    (tmp_path / "run.log").symlink_to("/dev/full")
    with RunLog(tmp_path / "run.log") as log:
        log.planned(PLAN, workers=1)
    assert capfd.readouterr() == ("", "")


def test_a_log_that_cannot_be_opened_is_storage_trouble(tmp_path):
    (tmp_path / "run.log").mkdir()
    with (
        pytest.raises(StorageError, match="cannot be opened: Is a directory"),
        RunLog(tmp_path / "run.log"),
    ):
        pass


@linux_only
def test_a_run_that_is_kept_to_one_core_has_one_worker(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    core = min(os.sched_getaffinity(0))
    to_one_core = {"preexec_fn": lambda: os.sched_setaffinity(0, {core})}  # as `taskset -c 0` does
    with workplace.start("run", "jobs.yaml", **to_one_core) as run:
        run.communicate(timeout=60)
    assert run.returncode == 0
    (_, first), *_ = lines(workplace.output / "_run" / "run.log")
    assert re.fullmatch(r"process \d+, 1 worker: 3 pictures, 3 variants", first)
    manifest = json.loads((workplace.output / "_run" / "manifest.json").read_text())
    assert (manifest["cores"], manifest["usable_cores"]) == (os.cpu_count(), 1)
