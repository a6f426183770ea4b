"""Who does not need a library does not wait for it."""

import subprocess
import sys

import pytest


def loaded(code):
    """The libraries that a new process has loaded after some code."""
    watched = {"numpy", "PIL", "numba", "pikepdf", "pydantic", "OpenImageIO"}
    told = f"{code}; import sys; print(*sorted({watched} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import batchquant.formats.registry as r; r.formats()",
        "import batchquant.plan.keys",
        "import batchquant.quantization.painting",
    ],
)
def test_who_lists_formats_or_paints_does_not_wait_for_numba(code):
    assert loaded(code) <= {"numpy", "PIL"}


def test_who_reads_a_job_file_does_not_wait_for_numba():
    assert "numba" not in loaded("import batchquant.jobfile")


def test_who_quantizes_one_picture_waits_for_no_job():
    assert loaded("from batchquant import quantize; quantize") == {"numpy", "PIL", "numba"}
