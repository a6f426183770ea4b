"""What the machine does not give: it is named for what it is, and is no trouble of the disk."""

import errno
import os

import pytest


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ('OSError("libm.so.6: cannot open shared object file")', "cannot go on: libm.so.6: cannot"),
        ('ImportError("libm.so.6: cannot open")', "a library cannot be loaded: libm.so.6: cannot"),
        (
            f'OSError({errno.EACCES}, "Permission denied", "/else")',
            "/else: cannot go on: Permission",
        ),
        ("MemoryError()", "cannot go on: not enough memory."),
    ],
)
def test_what_the_machine_lacks_is_no_trouble_of_the_output_folder(workplace, photos, error, told):
    workplace.write_job("inputs: photos\nk: 3\n")
    (workplace.path / "sqlite3.py").write_text(f"raise {error}")
    done = workplace.run("run", "jobs.yaml", env={**os.environ, "PYTHONPATH": str(workplace.path)})
    assert done.returncode == 70
    assert f"batchquant: {told}" in done.stderr
    assert "fault of batchquant" not in done.stderr
