"""Job files that are made to hurt; what is merely wrong is in tests/data/jobs/bad."""

import re
import subprocess
import sys

import pytest
from circumstances import linux_only
from patience import promised
from workplaces import COMMAND

DEEP = 100_000
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""
FILES = {
    "deep brackets": "k: " + DEEP * "[" + DEEP * "]",
    "deep braces": "k: " + DEEP * "{" + DEEP * "}",
    "deep dashes": "k:\n" + DEEP * "- " + "3",
    "deep keys": DEEP * "? " + "3",
    "deep tags": "k: " + DEEP * "!",
    "deep quotes": "k: " + DEEP * "'",
    "laughs": "".join(
        f"l{number}: &l{number} [{9 * f'*l{number - 1}, '}]\n" if number else 'l0: &l0 ["ha"]\n'
        for number in range(30)
    ),
    "a tag": "k: !!python/object/apply:os.system [touch owned]",
    "NUL": "inputs: photos\nk: 3\0\n",
    "not UTF-8": "inputs: photos\nk: 3 # \udcff\n",
    "a cycle": "inputs: &a [*a]\nk: 3",
    "a cycle of two": "inputs: &a\n  path: &b {name: *a, path: *b}\nk: 3",
    "a cycle of merges": "k: &a {<<: *a}",
    "many anchors": "k: [" + "".join(f"&a{number} {number}, " for number in range(20_000)) + "1]",
    "many keys": "".join(f"k{number}: 3\n" for number in range(20_000)),
    "50 MB in a list": "k: [" + 17_000_000 * "1, " + "1]",
    "50 MB in a word": 50_000_000 * "k",
    "50 MB of nothing": 50_000_000 * "\n",
}


def measure(workplace, content):
    """Run a job file; what it says, its exit code, seconds on a core, and peak memory."""
    (workplace.path / "jobs.yaml").write_bytes(content)
    # A process of its own measures: memory counts from before the command took its place.
    command = [sys.executable, "-c", MEASURE, *COMMAND, "run", "jobs.yaml"]
    with promised(60):
        done = subprocess.run(
            command, cwd=workplace.path, capture_output=True, text=True, check=True
        )
    code, cpu_s, peak_bytes = done.stdout.split()
    return done.stderr, code, float(cpu_s), int(peak_bytes)


@linux_only
@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_at_once(workplace, name):
    (workplace.path / "photos").mkdir()
    content = FILES[name].encode("utf-8", "surrogateescape")
    told, code, cpu_s, peak_bytes = measure(workplace, content)
    assert code == "2"
    # Beside others a core does less in a second, now for the one and now for the other: what takes
    # no longer than what is merely wrong shows it at one of a few looks; what hangs, at none.
    assert cpu_s < 1 or any(
        measure(workplace, content)[2] < 1.5 * measure(workplace, b"k: 0")[2] for _ in range(5)
    )
    assert peak_bytes < 200e6
    assert re.match(r"jobs\.yaml:\d+:\d+: ", told)
    assert len(told) < 10_000
    assert workplace.names() == ["jobs.yaml", "photos"]
