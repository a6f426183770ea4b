"""Pictures that a worker dies of, hangs at, or cannot hold in memory."""

import json
import os

from conftest import linux_only

KILLED = (
    "worker_died: its process was ended by SIGKILL (the system does that when memory runs out),"
    " also when tried alone"
)


def poisoned(workplace, mishaps, *options):
    environment = {**os.environ, "BATCHQUANT_TEST_FAULTS": json.dumps(mishaps)}
    return workplace.run("run", "jobs.yaml", *options, env=environment)


@linux_only
def test_each_fails_alone_with_its_own_reason(workplace, photo):
    good = [f"good{number}.png" for number in range(8)]
    mishaps = {
        "first kill.png": "kill",
        "second kill.png": "kill",
        "hang.png": "hang",
        "hog.png": "hog",
        "crash.png": "crash",
        "raise.png": "raise",
    }
    for number, name in enumerate([*good, *mishaps]):
        photo(workplace.path / "photos" / name, seed=number)
    workplace.write_job("inputs: photos\nk: [3, 5]\ntimeout: 3\n")
    done = poisoned(workplace, mishaps, "-j", "2")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    rows = workplace.report()
    assert len(rows) == 2 * (len(good) + len(mishaps))
    assert {row["image"] for row in rows if row["status"] == "done"} == set(good)
    assert {row["image"]: row["error"] for row in rows if row["status"] == "failed"} == {
        "first kill.png": KILLED,
        "second kill.png": KILLED,
        "hang.png": "timeout: not done within 3 s",
        "hog.png": "too_large: not enough memory to work on it",
        "crash.png": "worker_died: its process was ended by SIGSEGV, also when tried alone",
        "raise.png": "internal: RuntimeError: a fault on order",
    }
    assert workplace.run("run", "jobs.yaml").returncode == 0  # none of it sticks to a picture
    assert {row["status"] for row in workplace.report()} == {"done"}
