"""`batchquant failed` as a user types it."""

import os
import signal

from patience import promised
from processes import wait_for_processes_to_end

from batchquant.report.page.advice import UNDRAWN


def test_failures_stand_below_what_to_do_about_them_while_a_run_goes_on(workplace, photos, faults):
    (photos / "d.jpg").write_text("no picture")
    (photos / "e.jpg").write_text("no picture either")
    workplace.write_job("inputs: photos\nk: [3, 5]\nmax_pixels: 1000\ntimeout: 0\n")
    environment = faults({"a.png": "hang"})
    process = workplace.start("run", "jobs.yaml", "-j", "2", env=environment)
    with promised(60):
        while (told := workplace.run("failed", "out")).stdout.count("photos/") < 3:
            assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    with promised(30):
        process.communicate()
    wait_for_processes_to_end(process.pid)
    assert (told.returncode, told.stderr) == (3, "")
    lines = told.stdout.splitlines()
    advice = [line for line in lines if line.startswith("  ")]
    assert advice[0].startswith("  Open the file in an image viewer.")
    assert [line.partition(": JPEG")[0] for line in lines if line not in advice] == [
        "Cannot be read: 2 pictures",
        "photos/d.jpg: unreadable: no picture of a format that is read",
        "photos/e.jpg: unreadable: no picture of a format that is read",
        "",
        "Too large: 1 picture",
        "photos/c.bmp: too_large: 32 x 40 pixels, more than the 1,000 that are allowed",
    ]


def test_where_nothing_failed_it_says_so(finished):
    done = finished.run("failed", "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing failed.\n", "")


def test_a_folder_that_nothing_ran_into_is_said_so(workplace, photos):
    done = workplace.run("failed", "photos")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("batchquant: photos: nothing has been run into")


def test_what_could_not_be_drawn_is_listed_too(workplace, photos, faults):
    workplace.write_job("inputs: photos\nk: 3\n")
    environment = faults({"overview of a.png": "raise"})
    assert workplace.run("run", "jobs.yaml", env=environment).returncode == 3
    told = workplace.run("failed", "out")
    reason = "not drawn: internal: batchquant has made a mistake (RuntimeError: a fault on order)"
    heading, *advice, last = told.stdout.splitlines()
    assert (told.returncode, told.stderr) == (3, "")
    assert heading == "Could not be drawn: 1 contact sheet"
    assert " ".join(line.strip() for line in advice) == UNDRAWN[1]
    assert last == f"photos/a.png: {reason}"
    assert reason in (workplace.output / "index.html").read_text()
    assert workplace.run("run", "jobs.yaml").returncode == 0
    assert workplace.run("failed", "out").returncode == 0
