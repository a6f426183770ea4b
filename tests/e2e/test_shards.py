"""The pictures of a job file in shards, on machines that know nothing of each other, and merged."""

import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import time
from contextlib import closing

import pytest
from circumstances import STRESS, linux_only
from patience import promised
from processes import kill_9, wait_for_processes_to_end
from toy_engine import ToyEngine
from workplaces import wait_for_pictures, wait_until, write_photos

from batchquant import Selection, load_job
from batchquant.errors import StorageError, UsageError
from batchquant.plan.shard import Shard
from batchquant.run.corridor import run_job
from batchquant.run.merge import merge_shards
from batchquant.store.shards import ShardFolder, path_of, unmerged_in

N = 4
JOB = """
inputs: photos
k: [2, 3]
report: [csv, json]
book: true
target: {psnr_db: 20}
jobs:
  - name: day
    formats: [png, pdf]
  - name: night
    init: [random, in_pixel]
"""


@pytest.fixture(scope="session")
def whole(tmp_path_factory, photo):
    """A job of two jobs over twelve pictures, one of which cannot be read, done by one run."""
    from workplaces import Workplace

    workplace = Workplace(tmp_path_factory.mktemp("whole"))
    write_photos(workplace.path / "photos", photo)
    for number in range(8):
        photo(workplace.path / "photos" / f"more/{number}.png", seed=10 + number)
    (workplace.path / "photos" / "broken.png").write_bytes(b"no picture")
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", "--output", "reference").returncode == 3
    return workplace


@pytest.fixture
def job(workplace, whole):
    """The same job, not done, beside what a run of it made as `reference`."""
    for name in ("photos", "reference"):
        (workplace.path / name).symlink_to(whole.path / name)
    workplace.write_job(JOB)
    return workplace


def run_shard(job, number, n_shards=N, **options):
    job_file = load_job(job.path / "jobs.yaml")
    shard = Shard(number, n_shards)
    selection = Selection(**options.pop("selection", {}), shard=shard)
    return run_job(job_file, selection=selection, engine=ToyEngine(1), **options)


def run_all(job, **options):
    return run_job(load_job(job.path / "jobs.yaml"), engine=ToyEngine(1), **options)


def merge(job, **options):
    return merge_shards(job.output, engine=ToyEngine(1), **options)


def page_of(job, output):
    """What the page loads, but for the file that tells of clocks."""
    root = job.path / output / "_run"
    return {
        path.relative_to(root): path.read_bytes()
        for folder in ("page", "thumbs", "previews", "palettes", "book")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and not path.name.startswith("run-")
    }


def states(job, output="out"):
    rows = job.report(output)
    return {(row["job"], row["image"], row["k"], row["init"]): row["status"] for row in rows}


def test_shards_by_the_command_in_any_order_give_what_one_run_gives(job):
    codes = [job.run("run", "jobs.yaml", "--shard", f"{number}/{N}") for number in (3, 1, 4, 2)]
    assert sorted(done.returncode for done in codes) == [0, 0, 0, 3]
    assert all("batchquant merge " in done.stdout for done in codes)
    assert not (job.output / "report.csv").exists()
    assert not list(job.output.rglob("book.pdf"))
    done = job.run("merge", "out")
    assert done.returncode == 3
    assert done.stdout.startswith("4 shards merged. 72 variants of 12 pictures: 66 made before, ")
    assert "6 failed (1 picture), " in done.stdout
    assert "broken.png (2 jobs): unreadable: " in done.stdout
    assert not list(job.output.rglob("*_best.png"))
    assert "\n0 of 24 reach psnr_db ≥ 20.\n" in done.stdout
    assert job.differences() == ""
    assert page_of(job, "out") == page_of(job, "reference")
    again = job.run("run", "jobs.yaml")
    assert again.stdout.startswith("Nothing to do. ")
    assert again.returncode == 3
    assert job.run("verify", "out").returncode == 0
    assert job.differences() == ""


def test_shards_at_once_are_in_nobodys_way(job):
    runs = [
        job.start("run", "jobs.yaml", "-j", "1", "--shard", f"{number}/{N}")
        for number in range(1, N + 1)
    ]
    with promised(120):
        told = [run.communicate() for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 0, 0, 3], told
    assert job.run("merge", "out").returncode == 3
    assert job.differences() == ""


@linux_only
@pytest.mark.parametrize("kills", [20 if STRESS else 3])
def test_a_shard_that_is_killed_goes_on_by_the_same_command(long_job, kills):
    for number in range(kills):
        run = long_job.start("run", "jobs.yaml", "-j", "2", "--shard", "1/2")
        if number == 0:
            wait_for_pictures(long_job, run, count=3)
        else:
            time.sleep(random.uniform(0, long_job.seconds / 2))
        kill_9(run, "group")
        with promised(30):
            run.communicate()
        wait_for_processes_to_end(run.pid)
        assert long_job.harmed() == []
    for number in (1, 2):
        assert long_job.run("run", "jobs.yaml", "--shard", f"{number}/2").returncode == 0
    assert long_job.run("merge", "out").returncode == 0
    assert long_job.differences() == ""
    assert long_job.parts() == []


def test_what_was_made_before_a_kill_is_not_made_again(job, monkeypatch):
    """A kill at the first moment after a commit: the next run finds all that was committed."""
    monkeypatch.setattr(ShardFolder, "leave", lambda self, output: None)
    seen = []

    def die(event):
        if type(event).__name__ == "Advanced":
            seen.append(event)
            if len(seen) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_shard(job, 1, 1, tell=die)
    records = [record for event in seen for record in event.records]
    summary = run_shard(job, 1, 1)
    # Those of the task before the last were committed before the last was begun.
    n_done = sum(record.status == "done" for event in seen[:-1] for record in event.records)
    assert n_done <= summary.n_skipped <= len(records)
    merge(job)
    assert job.differences() == ""


def test_of_shards_that_have_not_run_rows_are_pending(job):
    for number in (1, 2, 4):
        run_shard(job, number)
    merged = merge(job)
    assert [str(shard) for shard in merged.taken] == ["1/4", "2/4", "4/4"]
    assert [str(shard) for shard in merged.missing] == ["3/4"]
    assert merged.summary.n_pending > 0
    found, reference = states(job), states(job, "reference")
    assert found.keys() == reference.keys()
    third = Shard(3, N)
    for key, state in reference.items():
        assert found[key] == ("pending" if third.takes("photos", key[1]) else state)
    before = job.tree()
    again = merge(job)
    assert again.taken == ()
    assert job.tree() == before
    run_shard(job, 3)
    merged = merge(job)
    assert [str(shard) for shard in merged.taken] == ["3/4"]
    assert merged.missing == ()
    assert job.differences() == ""
    told = json.loads((job.output / "_run" / "last_run.json").read_text())
    assert 0 < told["n_done"] < told["n_skipped"]
    assert told["n_done"] + told["n_skipped"] == merged.summary.n_skipped


def test_what_is_merged_already_is_written_no_second_time(job):
    for number in range(1, N + 1):
        run_shard(job, number)
    merge(job)
    files = [path for path in job.output.rglob("*") if "_run" not in path.parts and path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in files}
    merge(job)
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert run_all(job).n_done == 0


def test_another_number_of_shards_waits_for_the_merge_and_goes_on_from_it(job):
    run_shard(job, 1)
    run_shard(job, 2)
    with pytest.raises(UsageError) as caught:
        run_shard(job, 2, 3)
    assert re.search(
        r"shards 1/4, 2/4 made, and is not merged\..*batchquant merge ", str(caught.value)
    )
    assert not (job.output / "_run" / "shard-2-of-3").exists()
    merge(job)
    summaries = [run_shard(job, number, 3) for number in (1, 2, 3)]
    n_before = sum(state == "done" for state in states(job).values())
    assert sum(summary.n_skipped for summary in summaries) == n_before
    merge(job)
    assert job.differences() == ""


def test_after_a_run_of_all_shards_find_nothing_to_do(job):
    run_all(job)
    summaries = [run_shard(job, number) for number in range(1, N + 1)]
    assert sum(summary.n_done + summary.n_attempted for summary in summaries) == 0
    assert sum(summary.n_drawn for summary in summaries) == 0
    merge(job)
    assert job.differences() == ""


def test_what_a_run_changed_after_a_merge_is_what_shards_go_on_from(job):
    """Else a merge would bring back what shards knew before."""
    for number in range(1, N + 1):
        run_shard(job, number)
    merge(job)
    job.write_job(JOB.replace("k: [2, 3]", "k: [2, 3, 5]").replace("psnr_db: 20", "psnr_db: 12"))
    run_all(job)
    made = job.tree()
    for number in range(1, N + 1):
        summary = run_shard(job, number)
        assert (summary.n_attempted, summary.n_drawn) == (0, 0)
    merge(job)
    assert job.tree() == made


def test_a_job_file_that_was_changed_between_shards_leaves_what_differs(job):
    run_shard(job, 1, 2)
    job.write_job(JOB.replace("k: [2, 3]", "k: [3, 4]"))
    run_shard(job, 2, 2)
    merged = merge(job)
    (note,) = merged.notes
    assert note == (
        "Shard 1/2 ran by another job file than 2/2, which began last: what differs is left."
        " Run 1/2 again."
    )
    first = Shard(1, 2)
    for (_, image, k, _), state in states(job).items():
        if image != "broken.png":
            is_left = first.takes("photos", image) and k == "4"
            assert state == ("pending" if is_left else "done"), (image, k)
    run_shard(job, 1, 2)
    assert merge(job).summary.n_pending == 0
    assert job.run("run", "jobs.yaml", "--output", "one").returncode == 3
    one, merged = job.tree("one"), job.tree()
    assert {path: merged[path] for path in one} == one
    left = {path.name for path in merged.keys() - one.keys()}
    assert left
    assert all("_k002_" in name for name in left)  # until prune


def test_other_formats_and_targets_in_the_job_file_of_a_shard_are_left_to_make(job):
    run_shard(job, 1, 2)
    job.write_job(JOB.replace("[png, pdf]", "[png, pdf, gif]").replace("psnr_db: 20", "psnr_db: 9"))
    run_shard(job, 2, 2)
    assert merge(job).summary.n_pending > 0
    summary = run_all(job)
    assert summary.n_attempted > 0
    assert job.run("run", "jobs.yaml", "--output", "one").returncode == 3
    one, merged = job.tree("one"), job.tree()
    assert {path: merged[path] for path in one} == one


def at_work(job, shard, *, environment):
    """A shard that hangs at a picture, and the process."""
    run = job.start("run", "jobs.yaml", "-j", "1", "--shard", shard, env=environment)
    number, n_shards = shard.split("/")
    log = job.output / "_run" / f"shard-{number}-of-{n_shards}" / "plan.json"
    wait_until(log.exists, run)
    return run


def end(run):
    kill_9(run, "group")
    with promised(30):
        run.communicate()
    wait_for_processes_to_end(run.pid)


@linux_only
def test_who_works_on_all_and_a_shard_keep_each_other_out(job, faults):
    hanging = faults(dict.fromkeys(("0.png", "1.png", "2.png", "a.png", "b.jpg"), "hang"))
    run = at_work(job, "1/2", environment=hanging)
    try:
        who = f"process {run.pid} on {socket.gethostname()}, running since 20"
        for command, folder in (
            (["run", "jobs.yaml"], "shard-1-of-2"),
            (["run", "jobs.yaml", "--shard", "1/2"], "shard-1-of-2"),
            (["run", "jobs.yaml", "--shard", "1/3"], "shard-1-of-2"),
            (["merge", "out"], "_run"),
            (["plan", "jobs.yaml"], "shard-1-of-2"),
        ):
            done = job.run(*command)
            assert done.returncode == 5, command
            assert f"{folder}: it is in use by " in done.stderr
            assert who in done.stderr
        status = job.run("status", "out").stdout
        assert "out: 1 shard at work.\n  shard 1/2 process " in status
        assert run_shard(job, 2, 2).n_done > 0
    finally:
        end(run)
    status = job.run("status", "out").stdout
    assert "nothing is running now" in status
    assert "by its own word: killed, or on a machine we do not see" in status
    for number in (1, 2):
        run_shard(job, number, 2)
    merge(job)
    assert job.differences() == ""


@linux_only
def test_a_shard_is_kept_out_by_a_run_of_all(job, faults):
    run = job.start("run", "jobs.yaml", "-j", "1", env=faults({"0.png": "hang", "1.png": "hang"}))
    wait_until((job.output / "_run" / "plan.json").exists, run)
    done = job.run("run", "jobs.yaml", "--shard", "1/2")
    end(run)
    assert done.returncode == 5
    assert f"_run: it is in use by process {run.pid} on " in done.stderr


def test_what_knows_the_whole_waits_for_the_merge(job):
    run_shard(job, 1, 2)
    for command in (
        ["run", "jobs.yaml"],
        ["plan", "jobs.yaml"],
        ["failed", "out"],
        ["report", "out"],
        ["verify", "out"],
        ["prune", "out", "jobs.yaml", "--yes"],
    ):
        done = job.run(*command)
        assert done.returncode == 2, command
        assert "found what shard 1/2 made, and is not merged. " in done.stderr
        assert done.stderr.rstrip().endswith(("batchquant merge out", f"merge {job.output}"))
    told = job.run("run", "jobs.yaml", "--dry-run", "--shard", "1/2").stdout
    assert "  to make   0" in told
    status = job.run("status", "out").stdout
    assert re.search(r"shard 1/2 began 20.*, took .*, \d+ made\n", status)
    assert "  then      batchquant merge out\n" in status
    merge(job)
    assert job.run("failed", "out").returncode == (3 if has_broken(1, 2) else 0)
    assert job.run("prune", "out", "jobs.yaml", "--yes").stdout == "Nothing to delete.\n"


def has_broken(number, n_shards):
    return Shard(number, n_shards).takes("photos", "broken.png")


def test_where_no_shard_has_run_there_is_nothing_to_merge(finished):
    done = finished.run("merge", "out")
    assert done.returncode == 2
    assert "out: no shard has run into it. Name the output folder of some, as" in done.stderr
    assert finished.run("merge", "nowhere").returncode == 2
    assert not (finished.path / "nowhere").exists()


def test_what_cannot_be_in_shards_is_told(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\nshared_palette: folder\n")
    done = workplace.run("run", "jobs.yaml", "--shard", "1/2")
    assert done.returncode == 2
    assert "shared_palette: 'folder' does not go with --shard: " in done.stderr
    workplace.write_job("inputs: photos\nk: 3\n")
    for text in ("0/2", "3/2", "half"):
        done = workplace.run("run", "jobs.yaml", "--shard", text)
        assert done.returncode == 2
        assert done.stderr.startswith("batchquant: shard: ")
    assert not workplace.output.exists()


def test_shards_do_not_go_into_a_bucket(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\noutput: s3://night/out\nstate: state\n")
    done = workplace.run("run", "jobs.yaml", "--shard", "1/2")
    assert done.returncode == 2
    assert "output: shards cannot write into a bucket, as s3://night/out." in done.stderr
    assert not (workplace.path / "state").exists()


def test_a_shard_without_a_picture_has_nothing_to_do(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    summaries = {number: run_shard(workplace, number, 8) for number in range(1, 9)}
    assert sum(summary.n_done for summary in summaries.values()) == 3
    number = next(number for number, summary in summaries.items() if not summary.n_images)
    done = workplace.run("run", "jobs.yaml", "--shard", f"{number}/8")
    assert done.returncode == 0
    assert "0 variants of 0 pictures: none in this shard; " in done.stdout
    assert workplace.run("merge", "out").returncode == 0
    assert workplace.run("run", "jobs.yaml", "--output", "reference").returncode == 0
    assert workplace.differences() == ""


@linux_only
def test_a_signal_to_one_shard_stops_no_other(long_job):
    first, second = (
        long_job.start("run", "jobs.yaml", "-j", "1", "--shard", f"{number}/2") for number in (1, 2)
    )
    wait_for_pictures(long_job, first, count=2)
    first.send_signal(signal.SIGTERM)
    with promised(30):
        first.communicate()
        assert first.returncode == 143
    with promised(120):
        second.communicate()
        assert second.returncode == 0
    assert long_job.run("run", "jobs.yaml", "--shard", "1/2").returncode == 0
    assert long_job.run("merge", "out").returncode == 0
    assert long_job.differences() == ""


def test_parts_of_other_shards_stay_until_the_merge(job):
    """A shard cannot know whether another writes them at this moment."""
    part = job.output / f".{'0' * 32}.part"
    part.parent.mkdir()
    part.write_bytes(b"half")
    run_shard(job, 1, 2)
    run_shard(job, 2, 2)
    assert part.exists()
    merge(job)
    assert not part.exists()


STAGES = ("take_shard", "take_plan", "settle_as_planned", "take_marks", "note_merged", "sync")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("is_behind", [False, True])
def test_a_merge_that_is_cut_off_is_made_up_for_by_the_next(job, monkeypatch, stage, is_behind):
    from batchquant.store import Ledger

    run_shard(job, 1, 2)
    run_shard(job, 2, 2)
    given = getattr(Ledger, stage)

    def cut(self, *arguments, **options):
        if is_behind:
            given(self, *arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, stage, cut)
        with pytest.raises(KeyboardInterrupt):
            merge(job)
    if unmerged_in(job.output):
        with pytest.raises(UsageError, match="is not merged"):
            run_all(job)
    merge(job)
    assert unmerged_in(job.output) == []
    assert job.differences() == ""
    assert run_all(job).n_attempted == 0


@linux_only
@pytest.mark.parametrize("kills", [20 if STRESS else 4])
def test_a_merge_may_be_killed_at_any_moment(job, kills):
    for number in (1, 2, 3):
        run_shard(job, number, 3)
    shutil.copytree(job.output, job.path / "kept", symlinks=True)
    for number in range(kills):
        shutil.rmtree(job.output)
        shutil.copytree(job.path / "kept", job.output)
        run = job.start("merge", "out", "-j", "1")
        time.sleep(random.uniform(0.2, 3))
        end(run)
        assert job.run("merge", "out").returncode == 3, number
        assert job.differences() == ""


def test_a_damaged_ledger_of_a_shard_is_told_and_nothing_of_it_taken(job):
    for number in (1, 2):
        run_shard(job, number, 2)
    path = path_of(job.output, Shard(2, 2))
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no ledger" * 5000):
        path.write_bytes(content)
        with pytest.raises(StorageError, match=r"shard-2-of-2/ledger.sqlite\* away and run again"):
            merge(job)
    assert run_shard(job, 1, 2).n_skipped > 0  # which is another's
    path.unlink()
    run_shard(job, 2, 2)
    merge(job)
    assert job.differences() == ""


@pytest.mark.parametrize("name", ["manifest.json", "plan.json"])
def test_damaged_notes_of_a_shard_are_told_and_mended_by_running_it_again(job, name):
    run_shard(job, 1, 1)
    (job.output / "_run" / "shard-1-of-1" / name).write_bytes(b"[" * 100_000)
    with pytest.raises(StorageError, match=rf"{name}: .*again"):
        merge(job)
    run_shard(job, 1, 1)
    merge(job)
    assert job.differences() == ""


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"started": "2026-01-01", "elapsed_s": 1e300, "n_done": 5}',
        b'{"started": "2026-01-01T00:00:00", "elapsed_s": NaN, "n_done": -5}',
        b'{"started": "9999-12-31T23:59:59Z", "elapsed_s": 1e9}',
    ],
)
def test_what_the_clock_is_said_to_have_said_decides_nothing(job, content):
    run_shard(job, 1, 2)
    run_shard(job, 2, 2)
    for number in (1, 2):
        (job.output / "_run" / f"shard-{number}-of-2" / "last_run.json").write_bytes(content)
    assert job.run("status", "out").returncode == 0
    merge(job)
    assert job.differences() == ""


@linux_only
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ledger.sqlite", "pipe"),
        ("ledger.sqlite", "link"),
        ("now.json", "pipe"),
        ("holder", "link"),
    ],
)
def test_links_and_pipes_in_the_folder_of_a_shard_are_told(job, name, kind):
    run_shard(job, 1, 2)
    path = job.output / "_run" / "shard-2-of-2" / name
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(job.path / "elsewhere")
    for command in (["merge", "out"], ["run", "jobs.yaml", "--shard", "1/2"]):
        done = job.run(*command)
        assert done.returncode == 4, command
        assert f"{path}: " in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert job.run("status", "out").returncode == (4 if name == "ledger.sqlite" else 0)
    assert not (job.path / "elsewhere").exists()


def test_rows_of_other_pictures_in_the_ledger_of_a_shard_are_not_taken(job):
    for number in (1, 2):
        run_shard(job, number, 2)
    with closing(sqlite3.connect(path_of(job.output, Shard(1, 2)))) as ledger, ledger:
        ledger.execute("INSERT INTO overviews VALUES ('day', '', '', 0, '', 'x', NULL, 1)")
        for image in ("more/0.png", "more/1.png", "more/2.png", "more/3.png"):
            ledger.execute(
                "INSERT OR REPLACE INTO outputs (path, job, folder, image, frame, k, init, kind,"
                " size_bytes, is_current) VALUES (?, 'day', 'photos', ?, 0, 2, 'kmeans++', 'png',"
                " 1, 1)",
                [f"day/photos/{image}/{image[5]}_k002_kmeans++.png", image],
            )
        n_others = ledger.execute("SELECT count(*) FROM outputs WHERE size_bytes = 1").fetchone()
    assert n_others == (4,)
    merge(job)
    with closing(sqlite3.connect(job.output / "_run" / "ledger.sqlite")) as ledger:
        rows = ledger.execute("SELECT image FROM outputs WHERE size_bytes = 1").fetchall()
        books = ledger.execute("SELECT fingerprint FROM overviews WHERE image = ''").fetchall()
    assert {Shard(1, 2).takes("photos", image) for (image,) in rows} <= {True}
    assert len(rows) < 4
    assert ("x",) not in books


def test_a_book_of_somebody_else_stays(job):
    (job.output / "day").mkdir(parents=True)
    (job.output / "day" / "book.pdf").write_bytes(b"mine")
    run_shard(job, 1, 1)
    merged = merge(job)
    assert (job.output / "day" / "book.pdf").read_bytes() == b"mine"
    assert any("book.pdf" in name and "blocked" in why for name, why in merged.summary.failures)
    assert "day/book.pdf" in merge(job, replace_blocked=True).summary.replaced
    assert job.differences() == ""


def test_other_versions_are_told(job, monkeypatch):
    run_shard(job, 1, 2)
    monkeypatch.setattr("batchquant.report.manifest.version", lambda name: "99")
    run_shard(job, 2, 2)
    told = next(note for note in merge(job).notes if "versions" in note)
    assert told.startswith("Shard 1/2 ran with other versions than 2/2: ")
    assert ", numpy 2." in told


def test_a_picture_that_changes_between_shards_is_as_the_shard_saw_it(workplace, photo):
    names = [f"{number}.png" for number in range(6)]
    for number, name in enumerate(names):
        photo(workplace.path / "photos" / name, seed=number)
    workplace.write_job("inputs: photos\nk: 2\n")
    run_shard(workplace, 1, 2)
    for number, name in enumerate(names):
        photo(workplace.path / "photos" / name, seed=50 + number)
    run_shard(workplace, 2, 2)
    assert merge(workplace).summary.n_pending == 0
    n_first = sum(Shard(1, 2).takes("photos", name) for name in names)
    assert run_all(workplace).n_done == n_first


def test_merging_needs_neither_job_file_nor_pictures(job):
    run_shard(job, 1, 2)
    run_shard(job, 2, 2)
    (job.path / "jobs.yaml").unlink()
    (job.path / "photos").unlink()
    job.output.rename(job.path / "moved")
    assert job.run("merge", "moved").returncode == 3
    assert job.differences("moved") == ""
