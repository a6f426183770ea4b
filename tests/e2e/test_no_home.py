"""A user without a home: neither HOME nor an entry in passwd, as in containers and services."""

import os

import pytest
from circumstances import NOBODY, STRESS, becoming_nobody, linux_only

from batchquant.cli.tell import COMPILING

pytestmark = [
    linux_only,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
    pytest.mark.skipif(not STRESS, reason="K-Means is compiled anew: make stress"),
]


@pytest.fixture
def run_homeless(workplace, photos):
    """Run the command as such a user, who may read everything, and write to his folder alone."""
    workplace.write_job("inputs: photos\nk: 3\n")
    temporary = workplace.path / "tmp"
    temporary.mkdir()
    for path in (workplace.path, *workplace.path.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    become = becoming_nobody()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "HOME" and not name.startswith(("XDG_", "NUMBA_"))
    }

    def run(*arguments):
        return workplace.run(*arguments, before=become, env={**kept, "TMPDIR": str(temporary)})

    return run


def kernels_in(folder):
    return list(folder.rglob("*.nbc"))


def test_a_run_keeps_all_in_its_output_folder(workplace, run_homeless):
    before = set(workplace.names())
    done = run_homeless("run", "jobs.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert COMPILING in done.stderr
    added = set(workplace.names()) - before
    assert all(name.split("/")[0] == "out" for name in added)
    assert kernels_in(workplace.output / "_run" / "numba")
    workplace.write_job("inputs: photos\nk: 5\n")
    again = run_homeless("run", "jobs.yaml")
    assert again.returncode == 0
    assert COMPILING not in again.stderr


def test_one_picture_and_a_plan_keep_nothing(workplace, run_homeless):
    before = set(workplace.names())
    assert run_homeless("plan", "jobs.yaml").returncode == 0
    assert run_homeless("image", "photos/a.png", "-k", "3").returncode == 0
    assert set(workplace.names()) - before == {"a_k003_kmeans++.png"}


def test_a_home_in_a_job_file_is_a_problem_with_its_place(workplace, run_homeless):
    workplace.write_job("inputs: ~/photos\nk: 3\noutput: ~/out\n")
    done = run_homeless("run", "jobs.yaml")
    assert done.returncode == 2
    assert "jobs.yaml:1:9: inputs: ~/photos: there is no such user's home." in done.stderr
    assert "jobs.yaml:3:9: output: ~/out: there is no such user's home." in done.stderr
    assert done.stderr.count("There is no such user's home.") == 2
