"""What must not be lost when a run ends before its time."""

import math
import os
import re
import signal

import pytest
from circumstances import linux_only
from patience import FOREVER_S, promised, slowness
from processes import kill_9, wait_for_processes_to_end
from workplaces import LONG_JOB, N_IMAGES, every_process_runs, wait_for_pictures, wait_until

from batchquant.cli.outlets import GOES_ON
from batchquant.run.status import look_at

SAID = {"done": "variants? done", "failed": r"failed, of \d+ pictures?", "pending": "still to do"}


def counts_on_page(workplace):
    """How many variants are done, failed and pending, as the page says; it leaves out what is 0."""
    text = (workplace.output / "index.html").read_text(encoding="utf-8")
    counts = {"failed": 0, "pending": 0}
    for status, n, told in re.findall(r'<span class="(\w+)"><b>([\d,]+)</b> ([^<]+)</span>', text):
        assert re.fullmatch(SAID[status], told)
        counts[status] = int(n.replace(",", ""))
    return counts


@linux_only
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("to", ["parent", "group"])
def test_an_interrupted_run_ends_soon_and_resumes_to_the_same_bytes(long_job, signum, code, to):
    process = long_job.start("run", "jobs.yaml")
    wait_for_pictures(long_job, process)
    with promised(5):
        (os.killpg if to == "group" else os.kill)(process.pid, signum)
        _, told = process.communicate()
    assert process.returncode == code
    assert "interrupted; what was finished is kept" in told
    assert "Traceback" not in told
    wait_for_processes_to_end(process.pid)
    assert long_job.parts() == []
    statuses = [row["status"] for row in long_job.report()]
    assert len(statuses) == 2 * N_IMAGES
    assert {"done", "pending"} == set(statuses)
    n_done = statuses.count("done")
    assert counts_on_page(long_job) == {
        "done": n_done,
        "failed": 0,
        "pending": 2 * N_IMAGES - n_done,
    }
    # Nothing that was finished is made again.
    pngs = {str(path) for path in long_job.tree() if path.suffix == ".png"}
    written = {path for path in pngs if not path.endswith("_sheet.png")}
    assert written == {row["png"] for row in long_job.report() if row["png"]}
    assert not (long_job.output / "_run" / "stop").exists()

    again = long_job.run("run", "jobs.yaml")
    assert again.returncode == 0
    assert "made before" in again.stdout
    assert long_job.tree() == long_job.tree("reference")


LONG_GRACE = f"from batchquant.engine.local import dispatch; dispatch.GRACE_S = {FOREVER_S}"


@linux_only
def test_a_second_signal_ends_a_run_at_once_whatever_its_workers_are_at(workplace, photo, faults):
    photo(workplace.path / "photos" / "a.png")
    workplace.write_job("inputs: photos\nk: [3, 5]\ntimeout: 0\n")
    environment = every_process_runs(LONG_GRACE, workplace.path / "site")
    environment = faults({"a.png": "hang"}, environment)
    process = workplace.start("run", "jobs.yaml", "-j", "1", env=environment)
    wait_until((workplace.output / "_run" / "plan.json").exists, process)
    wait_until(lambda: look_at(workplace.output).now.progress.at_work, process)
    process.send_signal(signal.SIGINT)
    wait_until((workplace.output / "_run" / "stop").exists, process)  # so the first is heard
    with promised(2):
        process.send_signal(signal.SIGINT)
        shown, told = process.communicate()
    assert process.returncode == 130
    assert shown == ""  # of the first more would be said
    assert told.endswith(f"batchquant: interrupted; {GOES_ON}\n")
    wait_for_processes_to_end(process.pid)
    assert counts_on_page(workplace) == {"done": 0, "failed": 0, "pending": 2}
    assert not (workplace.output / "_run" / "stop").exists()
    assert workplace.parts() == []


def test_a_slow_variant_does_not_cost_its_finished_siblings(workplace, photo):
    photo(workplace.path / "photos" / "large.png", height=1000, width=1000)
    workplace.write_job("inputs: photos\nk: [2, 200, 201]\n")
    process = workplace.start("run", "jobs.yaml", "-j", "1")
    wait_until((workplace.output / "_run" / "plan.json").exists, process)
    wait_until(lambda: look_at(workplace.output).summary.n_skipped == 1, process)
    process.send_signal(signal.SIGINT)
    with promised(30):
        process.communicate()
    assert process.returncode == 130
    assert [row["status"] for row in workplace.report()] == ["done", "pending", "pending"]


@linux_only
def test_a_worker_that_hears_nothing_costs_what_it_is_at(workplace, photo, faults):
    photo(workplace.path / "photos" / "a.png")
    workplace.write_job("inputs: photos\nk: [3, 5, 7]\ntimeout: 0\n")
    environment = faults({"k=5 of a.png": "hang"})
    process = workplace.start("run", "jobs.yaml", "-j", "1", env=environment)
    wait_until(lambda: "this run  1 made" in workplace.run("status", "out").stdout, process)
    with promised(5):
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
    wait_for_processes_to_end(process.pid)
    assert [row["status"] for row in workplace.report()] == ["done", "pending", "pending"]
    log = (workplace.output / "_run" / "run.log").read_text()
    assert "photos/a.png: 1 made; " in log
    assert log.endswith(" stopped before the end, 2 variants of this run left\n")
    again = workplace.run("run", "jobs.yaml")
    assert "3 variants of 1 picture: 2 made, 1 made before, 1 contact sheet drawn; " in again.stdout


def test_a_worker_that_dies_takes_with_it_what_it_is_at(workplace, photo, faults):
    photo(workplace.path / "photos" / "a.png")
    workplace.write_job("inputs: photos\nk: [3, 5, 7]\n")
    environment = faults({"k=5 of a.png": "kill"})
    assert workplace.run("run", "jobs.yaml", env=environment).returncode == 3
    rows = workplace.report()
    assert [row["status"] for row in rows] == ["done", "failed", "failed"]
    assert [row["error"][:12] for row in rows] == ["", "worker_died:", "worker_died:"]
    again = workplace.run("run", "jobs.yaml")
    assert again.returncode == 0
    assert "3 variants of 1 picture: 2 made, 1 made before, 1 contact sheet drawn; " in again.stdout


def test_fail_fast_leaves_the_rest_pending_and_goes_on_from_there(workplace, photos, photo):
    photo(workplace.path / "photos" / "cut.png", height=100, width=100)  # the largest, so the first
    whole = (photos / "cut.png").read_bytes()
    (photos / "cut.png").write_bytes(whole[: len(whole) // 2])
    for name in ("one", "two"):
        workplace.write_job(f"inputs: photos\nk: 3\noutput: {name}\n", f"{name}.yaml")
    command = ["run", "one.yaml", "two.yaml", "-j", "1", "--fail-fast"]
    first = workplace.run(*command)
    assert first.returncode == 1
    assert first.stdout.startswith(
        "4 variants of 4 pictures: 0 made, 1 failed (1 picture), 3 left; "
    )
    assert first.stderr.endswith(f"batchquant: stopped at the first failure; {GOES_ON}\n")
    assert not (workplace.path / "two").exists()
    second = workplace.run(*command)
    assert second.returncode == 3
    assert (
        "4 variants of 4 pictures: 3 made, 1 failed (1 picture), 3 contact sheets drawn; "
        in second.stdout
    )
    assert [row["status"] for row in workplace.report("two")].count("pending") == 3


def test_a_killed_run_resumes_to_the_same_bytes(long_job):
    process = long_job.start("run", "jobs.yaml")
    wait_for_pictures(long_job, process)
    os.killpg(process.pid, signal.SIGKILL)
    with promised(30):
        process.communicate()
    reference = long_job.tree("reference")
    for path, content in long_job.tree().items():
        if path.suffix in {".png", ".pdf"}:
            assert content == reference[path]
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.tree() == reference
    assert long_job.parts() == []


@linux_only
def test_a_worker_that_is_killed_costs_nothing(long_job):
    process = long_job.start("run", "jobs.yaml", "-j", "1")
    wait_for_pictures(long_job, process)
    assert kill_9(process, "worker")
    with promised(60):
        assert process.wait() == 0
    assert long_job.tree() == long_job.tree("reference")
    assert long_job.parts() == []


def test_a_file_where_the_folder_of_all_pictures_goes_blocks_them_all(workplace, photos):
    (workplace.path / "out").mkdir()
    (workplace.path / "out" / "photos").write_text("a file where a folder should be")
    workplace.write_job(LONG_JOB)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 1
    reason = "blocked: photos is a file, where a folder goes"
    assert {row["error"] for row in workplace.report()} == {reason}
    (workplace.path / "out" / "photos").unlink()
    assert workplace.run("run", "jobs.yaml").returncode == 0


def test_a_ledger_of_another_version_ends_with_4(workplace, photos):
    import sqlite3

    run_folder = workplace.path / "out" / "_run"
    run_folder.mkdir(parents=True)
    connection = sqlite3.connect(run_folder / "ledger.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    workplace.write_job(LONG_JOB)
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert "a newer batchquant wrote it, in version 99" in done.stderr


def test_a_second_run_into_the_same_folder_is_told_who_runs(long_job):
    process = long_job.start("run", "jobs.yaml")
    wait_for_pictures(long_job, process)
    os.kill(process.pid, signal.SIGSTOP)  # else it may be over before the second begins
    second = long_job.run("run", "jobs.yaml")
    assert second.returncode == 5
    assert f"it is in use by process {process.pid} on " in second.stderr
    os.kill(process.pid, signal.SIGKILL)
    with promised(30):
        process.communicate()
    assert long_job.run("run", "jobs.yaml").returncode == 0
    assert long_job.tree() == long_job.tree("reference")


def test_a_page_written_while_a_run_goes_on_shows_what_is_done_and_disturbs_nothing(
    workplace, photos
):
    workplace.write_job(LONG_JOB)
    process = workplace.start("run", "jobs.yaml", "-j", "1")
    wait_for_pictures(workplace, process, count=3)  # two of the first image, so that is recorded
    os.kill(process.pid, signal.SIGSTOP)  # else it may be over before the page is written
    said = workplace.run("report", "out")
    assert (said.returncode, said.stdout) == (0, "Written: out/index.html\n")
    counts = counts_on_page(workplace)
    assert counts["done"] >= 2
    assert counts["done"] + counts["pending"] == 6
    os.kill(process.pid, signal.SIGCONT)
    with promised(60):
        process.communicate()
    assert process.returncode == 0
    assert counts_on_page(workplace) == {"done": 6, "failed": 0, "pending": 0}
    assert workplace.parts() == []


def test_an_image_that_takes_too_long_fails_alone(workplace, photo):
    photo(workplace.path / "photos" / "large.png", height=600, width=600)
    photo(workplace.path / "photos" / "small.png")
    limit_s = math.ceil(3 * slowness())
    workplace.write_job(f"inputs: photos\nk: [5, 64]\nn_init: 300\ntimeout: {limit_s}\n")
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 3
    errors = {row["image"]: row["error"] for row in workplace.report()}
    assert errors == {"large.png": f"timeout: not done within {limit_s} s", "small.png": ""}
    workplace.write_job("inputs: photos\nk: [5, 64]\nn_init: 1\ntimeout: 0\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
