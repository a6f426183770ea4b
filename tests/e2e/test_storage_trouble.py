"""A disk that is full, read-only or gone: the run ends in order, and the same command goes on."""

import os
import re
import resource
import shutil
import subprocess
from functools import partial

import pytest
from circumstances import linux_only
from patience import promised
from processes import wait_for_processes_to_end
from workplaces import LONG_JOB, wait_for_pictures

from batchquant.errors import StorageError
from batchquant.report.page.write import write_page_again


def told(done, code=4):
    """The one sentence."""
    assert done.returncode == code
    (sentence,) = re.findall(r"^batchquant: (.*)\n", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr
    return sentence


@linux_only
def test_a_full_disk_and_then_a_larger_one(long_job, mount):
    disk = long_job.path / "disk"
    mount(disk, "-t", "tmpfs", "-o", "size=3m", "tmpfs")
    (disk / "of others").write_bytes(bytes(2_700_000))
    full = long_job.run("run", "jobs.yaml", "--output", "disk/out")
    assert "No space left on device" in told(full) or "disk is full" in told(full)
    assert long_job.harmed("disk/out") == []
    assert long_job.parts() == []
    mount.again(disk, "size=64m")
    again = long_job.run("run", "jobs.yaml", "--output", "disk/out")
    assert again.returncode == 0
    assert re.search(r"\d+ made, \d+ made before, ", again.stdout)  # neither all, nor none
    assert long_job.differences("disk/out") == ""


@linux_only
def test_a_read_only_disk(long_job, mount):
    disk = long_job.path / "disk"
    mount(disk, "-t", "tmpfs", "tmpfs")
    mount.again(disk, "ro")
    assert "Read-only file system" in told(long_job.run("run", "jobs.yaml", "--output", "disk/out"))
    mount.again(disk, "rw")
    assert long_job.run("run", "jobs.yaml", "--output", "disk/out").returncode == 0
    mount.again(disk, "ro")
    assert "Read-only file system" in told(long_job.run("run", "jobs.yaml", "--output", "disk/out"))
    assert long_job.differences("disk/out") == ""


@linux_only
def test_an_output_folder_that_is_removed_midway(long_job):
    process = long_job.start("run", "jobs.yaml")
    wait_for_pictures(long_job, process, count=4)
    removed = long_job.output.rename(long_job.path / "removed")
    shutil.rmtree(removed)
    with promised(30):
        _, stderr = process.communicate()
    done = subprocess.CompletedProcess([], process.returncode, "", stderr)
    assert told(done) == f"{long_job.output / '_run'}: the folder is gone, or another one by now."
    wait_for_processes_to_end(process.pid)
    # One that was being written may still arrive, whole; no report of what is not there.
    assert long_job.harmed() == []
    assert not (long_job.output / "report.csv").exists()
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""


@linux_only
def test_a_worker_that_can_write_no_more(long_job, faults):
    done = long_job.run("run", "jobs.yaml", env=faults({"05.png": "full"}))
    assert told(done).endswith("cannot be written: File too large.")
    assert long_job.harmed() == []
    assert long_job.parts() == []
    assert {row["status"] for row in long_job.report()} == {"done", "pending"}
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""


def test_an_input_folder_that_is_gone_is_no_storage_trouble(workplace, undisturbed):
    shutil.copytree(undisturbed.path / "photos", workplace.path / "photos", copy_function=os.link)
    workplace.write_job(LONG_JOB)
    process = workplace.start("run", "jobs.yaml")
    wait_for_pictures(workplace, process, count=4)
    away = (workplace.path / "photos").rename(workplace.path / "away")
    with promised(60):
        process.communicate()
    assert process.returncode == 3
    errors = {row["error"] for row in workplace.report()}
    assert errors == {"", "unreadable: no regular file, or gone"}
    away.rename(workplace.path / "photos")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert {row["status"] for row in workplace.report()} == {"done"}


def test_too_many_open_files(long_job):
    # Too few for what the first process loads late, and for pipes or handles of the last of 12.
    for limit, workers in ((13, 1), (24, 12), (34, 12)):
        allow = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (limit, limit))
        done = long_job.run("run", "jobs.yaml", "-j", str(workers), preexec_fn=allow)
        # What the machine does not give is trouble of the output folder only where it is written.
        sentence = told(done, code=4 if "cannot be written" in done.stderr else 70)
        assert re.fullmatch(
            r"(a worker process cannot be started|\S+/_run/\S+: cannot be written|"
            r"\S+: cannot go on): Too many open files\. Allow more, as by `ulimit -n 1024`\.",
            sentence,
        )
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.differences() == ""


def move_and_link(path, elsewhere):
    """Let a file or folder lie elsewhere, and a link in its place; what lies there then."""
    if path.exists():
        path.rename(elsewhere / path.name)
    path.symlink_to(elsewhere / path.name)
    return contents_of(elsewhere)


def contents_of(folder):
    return {
        path: (path.read_bytes() if path.is_file() else None, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("name", ["_run", "_run/holder", "_run/run.log", "_run/page"])
def test_no_link_in_the_folder_of_the_run_leads_elsewhere(finished, tmp_path, name):
    link = finished.output / name
    before = move_and_link(link, tmp_path)
    finished.write_job("inputs: photos\nk: 7\n")
    done = finished.run("run", "jobs.yaml")
    assert told(done).startswith(f"{link}: it is a link to {tmp_path / link.name}, and nothing ")
    assert contents_of(tmp_path) == before


@pytest.mark.parametrize("name", ["_run", "_run/page", "_run/page/data"])
def test_no_link_leads_a_page_that_is_written_again_elsewhere(finished, tmp_path, name):
    (finished.output / "_run/page/data/9.js").write_text("of a longer page")
    before = move_and_link(finished.output / name, tmp_path)
    with pytest.raises(StorageError, match=f"leads out of the output folder, to {tmp_path}/"):
        write_page_again(finished.output)
    assert contents_of(tmp_path) == before
