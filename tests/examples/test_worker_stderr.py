import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import variant_of
from patience import promised
from PIL import Image
from sources import encode, tiff

from batchquant.plan.records import Settings
from batchquant.steps.stderr import CaughtStderr
from batchquant.steps.task import Task
from batchquant.steps.variants import process

SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


def damaged_deflate():
    """A TIFF in which libtiff cannot read a single row."""
    content = tiff([np.zeros((4, 4), np.uint8)], compressed=True)
    return content[:-6] + bytes(6)


def damaged_fax():
    """A TIFF that libtiff reads to its end, but not as it was written."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 2, (40, 40)).astype(bool))
    content = bytearray(encode(noise, "TIFF", compression="group4"))
    content[8] ^= 255  # the first byte of its rows
    return bytes(content)


@pytest.fixture
def process_source(tmp_path):
    def processed(content):
        source = tmp_path / "source.tif"
        source.write_bytes(content)
        variant = variant_of(2, "random", png="source_k002_random.png")
        task = Task(
            index=0,
            position=0,
            title="a picture",
            source=str(source),
            frame=0,
            takes_all=False,
            pixels=0,
            output=tmp_path / "out",
            settings=SETTINGS,
            stop_file=None,
            variants=(variant,),
        )
        return process(task)

    return processed


def test_what_libtiff_prints_stands_in_the_reason_and_nowhere_else(process_source, capfd):
    error = process_source(damaged_deflate()).error
    assert error == (
        "unreadable: its pixels are damaged (decoder error -2) (ZIPDecode: Decoding error at"
        " scanline 0, incorrect data check.)"
    )
    assert capfd.readouterr().err == ""


def test_a_damage_that_libtiff_reads_over_is_a_note(process_source, capfd):
    result = process_source(damaged_fax())
    assert result.error is None
    assert result.notes.startswith("may be damaged: Fax4Decode: ")
    assert capfd.readouterr().err == ""


def print_line(text):
    os.write(2, f"{text}\n".encode())


def test_the_first_line_is_kept_without_the_name_that_pillow_gives(capfd):
    stderr = CaughtStderr()
    with stderr.caught():
        print_line("tempfile.tif: bad")
        print_line("worse")
    assert stderr.text == "bad"
    print_line("shown")
    assert capfd.readouterr().err == "shown\n"


def test_what_was_printed_is_known_after_an_error_too(capfd):
    stderr = CaughtStderr()
    with pytest.raises(ZeroDivisionError), stderr.caught():
        print_line("bad")
        raise ZeroDivisionError
    assert stderr.text == "bad"
    print_line("shown")
    assert capfd.readouterr().err == "shown\n"


def test_a_flood_does_not_block():
    stderr = CaughtStderr()
    code = "import os\nwhile True: os.write(2, b'0123456789' * 100)"
    with stderr.caught(), promised(30):
        flood = subprocess.run([sys.executable, "-c", code], check=False)
    assert flood.returncode == 1  # no more fits in
    assert 1000 <= len(stderr.text) <= 65536


def test_files_are_closed_behind_it():
    before = sorted(Path("/dev/fd").iterdir())
    with CaughtStderr().caught():
        pass
    assert sorted(Path("/dev/fd").iterdir()) == before


def test_a_closed_standard_error_stays_closed():
    code = (
        "import os; from batchquant.steps.stderr import CaughtStderr\n"
        "os.close(2); stderr = CaughtStderr()\n"
        "with stderr.caught(): made = 1\n"
        "try: os.fstat(2)\n"
        "except OSError: print('closed', made)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "closed 1\n"
