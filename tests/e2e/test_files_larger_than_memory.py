"""Files that are larger than the memory a run may use: they are not read, and the rest goes on."""

import os
import sys

import pytest
from circumstances import long_form
from PIL import Image

NOT_ENOUGH = (
    "too_large: not enough memory: the file alone takes {:,} bytes,"
    " memory in the job file allows 300,000,000"
)


@pytest.fixture
def larger_than_memory(workplace, photo):
    """A picture, and two behind which gigabytes of nothing follow: they take no room on the disk.

    Pillow reads all of a WebP file to tell its size.
    """
    photo(workplace.path / "photos" / "a.png")
    photo(workplace.path / "photos" / "b.png", seed=1)
    os.truncate(workplace.path / "photos" / "b.png", 2 * 10**9)
    Image.new("RGB", (30, 40)).save(workplace.path / "photos" / "c.webp")
    os.truncate(workplace.path / "photos" / "c.webp", 10**10)
    workplace.write_job("inputs: photos\nk: 3\nmemory: 300 MB\n")
    return workplace


def peak_bytes(workplace, *arguments):
    """Run the command; return its exit code, and the peak of memory of its largest process."""
    with workplace.start(*arguments) as process:
        process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return process.returncode, used.ru_maxrss * kilobyte


def test_they_are_not_read_and_the_rest_is_made(larger_than_memory):
    code, peak = peak_bytes(larger_than_memory, "run", "jobs.yaml", "-j", "1")
    assert code == 3
    assert peak < 10**9
    assert {row["image"]: row["error"] for row in larger_than_memory.report()} == {
        "a.png": "",
        "b.png": NOT_ENOUGH.format(2 * 10**9),
        "c.webp": NOT_ENOUGH.format(4 * 10**10),
    }


def test_a_plan_does_not_read_them_either(larger_than_memory):
    code, peak = peak_bytes(larger_than_memory, "plan", "jobs.yaml", "-j", "1")
    assert code == 0
    assert peak < 10**9


@long_form
def test_verify_does_not_read_a_source_that_has_grown(larger_than_memory):
    assert larger_than_memory.run("run", "jobs.yaml").returncode == 3
    os.truncate(larger_than_memory.path / "photos" / "a.png", 10**10)
    _, peak = peak_bytes(larger_than_memory, "verify", "out", "-j", "1")
    assert peak < 10**9
