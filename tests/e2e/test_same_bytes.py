"""The same job and the same libraries give the same bytes, wherever and whenever."""

import os

from circumstances import linux_only, long_form
from programs import need
from workplaces import N_IMAGES

ELSEWHERE = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C"}


def test_one_worker_equals_four(long_job):
    assert long_job.run("run", "jobs.yaml", "-j", "1").returncode == 0
    assert long_job.run("run", "jobs.yaml", "-j", "4", "--output", "four").returncode == 0
    assert long_job.differences() == long_job.differences("four") == ""
    assert len(long_job.tree()) == N_IMAGES * (2 * 2 + 1) + 2


@long_form
@linux_only
def test_time_zone_hash_seed_language_start_folder_and_clock_do_not_matter(long_job):
    elsewhere = long_job.path / "elsewhere"
    elsewhere.mkdir()
    late = [need("faketime", package="faketime"), "2038-01-20 03:14:08"]
    arguments = ["run", str(long_job.path / "jobs.yaml"), "--output", str(long_job.output)]
    environment = {**os.environ, **ELSEWHERE}
    done = long_job.run(*arguments, before=late, env=environment, cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert long_job.differences() == ""
    log = (long_job.output / "_run" / "run.log").read_text()
    assert log.startswith("2038-01-20 03:")  # it did think so
    assert "+0900" in log
