"""The power goes: what the disk has by then is what there is.

A disk image shows it: it holds what the kernel has sent to the disk, and nothing of what only its
memory holds. What a real disk may lose of what it was sent is not seen here.
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from circumstances import STRESS, linux_only, long_form
from patience import promised
from processes import wait_for_processes_to_end
from programs import need
from traces import Trace, tracing
from workplaces import wait_for_pictures, wait_until

from batchquant.plan.shard import Shard
from batchquant.store.shards import look_at_shard

pytestmark = linux_only


def test_the_ledger_speaks_of_what_is_on_the_disk(workplace, photos):
    workplace.write_job(
        "inputs: photos\nk: 3\nformats: [png, pdf]\nbook: true\ntarget: {psnr_db: 10}\n"
    )
    traced = tracing("fsync,fdatasync,link,linkat,rename,renameat,renameat2,pwrite64")
    assert workplace.run("run", "jobs.yaml", "-j", "1", before=traced).returncode == 0
    trace = Trace((workplace.path / "trace").read_text())
    with closing(sqlite3.connect(workplace.output / "_run" / "ledger.sqlite")) as ledger:
        outputs = ledger.execute("SELECT path, kind FROM outputs").fetchall()
    assert {kind for _, kind in outputs} >= {"png", "pdf", "sheet_png", "best", "book"}
    for name, kind in outputs:
        path = workplace.output / name
        is_for_people = not name.startswith("_run/")
        # A link leaves what has come into its place meanwhile.
        named = trace.first("link" if is_for_people else "rename", '.part"', f'"{path}"')
        if is_for_people:
            intended = trace.first("pwrite64", "ledger.sqlite-wal>", name)
            assert trace.first("sync", "ledger.sqlite-wal>", since=intended) < named
        part = re.search(r'"([^"]+\.part)"', trace.calls[named])[1]
        if kind != "best":  # a second name of a file that is looked at under its first
            assert trace.first("fsync", f"<{part}>") < named
        kept = trace.first("fsync", f"<{path.parent}>", since=named)
        recorded = trace.first("pwrite64", "ledger.sqlite-wal>", name, since=named)
        assert kept < recorded
        # Only then the worker, who made all of its picture, is given something to write, or the
        # report is written.
        synced = trace.first("sync", "ledger.sqlite-wal>", since=recorded)
        assert synced < trace.first('.part", ', since=recorded)


@pytest.fixture
def disk(long_job, mount):
    """The image that the file system below `disk` lies in; in memory, since both are only tools."""
    mount(long_job.path / "memory", "-t", "tmpfs", "tmpfs")
    image = long_job.path / "memory" / "image"
    with image.open("wb") as stream:
        stream.truncate(32 * 1024 * 1024)
    subprocess.run([need("mkfs.ext4", package="e2fsprogs"), "-q", "-F", image], check=True)
    mount(long_job.path / "disk", "-o", "loop", image)
    return image


def cut_power(process, image, copy):
    """Copy what is on the disk at this moment, and end what was running."""
    os.killpg(process.pid, signal.SIGSTOP)
    while shutil.copyfile(image, copy).read_bytes() != image.read_bytes():
        pass  # the kernel was just writing
    os.killpg(process.pid, signal.SIGKILL)
    with promised(30):
        process.communicate()
    wait_for_processes_to_end(process.pid)


def done(workplace, output):
    """Files of what the ledger says is done."""
    with closing(sqlite3.connect(workplace.path / output / "_run" / "ledger.sqlite")) as ledger:
        rows = set(ledger.execute("SELECT image, k FROM variants WHERE status = 'done'"))
    return [
        row[column]
        for row in workplace.report("reference")
        for column in ("png", "pdf")
        if (row["image"], int(row["k"])) in rows
    ]


def missing(workplace, output, files):
    return [path for path in files if not (workplace.path / output / path).exists()]


@pytest.mark.parametrize("cuts", [20 if STRESS else 2])
def test_power_cuts_at_any_moment_cost_only_what_was_at_work(long_job, disk, mount, cuts):
    for number in range(cuts):
        process = long_job.start("run", "jobs.yaml", "--output", "disk/out")
        wait_for_pictures(long_job, process, count=1 if number else 12, output="disk/out")
        time.sleep(random.uniform(0, 1))
        copy, after = disk.with_name(f"copy{number}"), long_job.path / f"after{number}"
        cut_power(process, disk, copy)
        mount(after, "-o", "loop", copy)
        output = f"after{number}/out"
        files = done(long_job, output)
        assert files or number
        assert missing(long_job, output, files) == []
        assert long_job.harmed(output) == []
        assert long_job.run("run", "jobs.yaml", "--output", output).returncode == 0
        assert long_job.differences(output) == ""
        shutil.rmtree(long_job.path / "disk" / "out")


@long_form
@pytest.mark.parametrize("cuts", [20 if STRESS else 2])
def test_power_cuts_of_a_shard_cost_only_what_was_at_work(long_job, disk, mount, cuts):
    shard = "run", "jobs.yaml", "--shard", "1/1", "--output"
    for number in range(cuts):
        process = long_job.start(*shard, "disk/out")
        wait_for_pictures(long_job, process, count=1 if number else 12, output="disk/out")
        time.sleep(random.uniform(0, 1))
        copy, after = disk.with_name(f"copy{number}"), long_job.path / f"after{number}"
        cut_power(process, disk, copy)
        mount(after, "-o", "loop", copy)
        with look_at_shard(after / "out", Shard(1, 1)) as ledger:
            files = [
                file.path for record in ledger.records.values() for file in record.outputs.values()
            ]
        output = f"after{number}/out"
        assert files or number
        assert missing(long_job, output, files) == []
        assert long_job.harmed(output) == []
        assert long_job.run(*shard, output).returncode == 0
        assert long_job.run("merge", output).returncode == 0
        assert long_job.differences(output) == ""
        shutil.rmtree(long_job.path / "disk" / "out")


@pytest.mark.parametrize("cuts", [20 if STRESS else 2])
def test_power_cuts_of_a_merge_cost_nothing(long_job, disk, mount, cuts):
    for number in (1, 2):
        done = long_job.run("run", "jobs.yaml", "--shard", f"{number}/2", "--output", "made")
        assert done.returncode == 0
    for number in range(cuts):
        shutil.copytree(long_job.path / "made", long_job.path / "disk" / "out")
        os.sync()
        process = long_job.start("merge", "disk/out")
        wait_until((long_job.path / "disk" / "out" / "_run" / "ledger.sqlite").exists, process)
        time.sleep(random.uniform(0, 0.5))
        copy, after = disk.with_name(f"copy{number}"), long_job.path / f"after{number}"
        cut_power(process, disk, copy)
        mount(after, "-o", "loop", copy)
        assert long_job.run("merge", f"after{number}/out").returncode == 0
        assert long_job.differences(f"after{number}/out") == ""
        shutil.rmtree(long_job.path / "disk" / "out")


def test_without_fsync_a_power_cut_does_harm(long_job, disk, mount):
    """Else the test above would prove nothing."""
    (long_job.path / "sitecustomize.py").write_text(
        "import os\n"
        "sync = os.fsync\n"
        "def sync_ledger_only(descriptor):\n"
        "    if os.readlink(f'/proc/self/fd/{descriptor}').endswith('-wal'):\n"
        "        sync(descriptor)\n"
        "os.fsync = sync_ledger_only\n"
    )
    path = os.pathsep.join([str(long_job.path), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    process = long_job.start("run", "jobs.yaml", "--output", "disk/out", env=environment)
    wait_for_pictures(long_job, process, count=12, output="disk/out")
    copy = disk.with_name("copy")
    cut_power(process, disk, copy)
    mount(long_job.path / "after", "-o", "loop", copy)
    files = done(long_job, "after/out")
    assert files
    harmed = {str(path) for path in long_job.harmed("after/out")}
    assert missing(long_job, "after/out", files) or harmed & set(files)
