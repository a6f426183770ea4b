"""A run's calls go down through the rooms; what climbs is a seam, and each is listed."""

import re
import subprocess
import sys
from pathlib import Path

from patience import promised

TESTS = Path(__file__).parents[1]
SEAMS = {
    ("engine", "steps", "need_bytes"),  # of `Work`
    ("engine", "steps", "limit"),
    ("engine", "steps", "affinity"),
    ("engine", "run", "prepare"),  # of `Due`
    ("engine", "run", "take"),
    ("engine", "run", "is_over"),
    ("engine", "run", "is_to_stop"),
    ("steps", "run", "pending"),  # iterators that are drawn from as there is room
    ("store", "run", "<genexpr>"),
    ("files", "report", "write"),  # content that is streamed
    ("report", "run", "check"),  # whether somebody still waits for a report
    ("run", "cli", "hear"),  # of those who listen to a run
}


def test_only_what_was_handed_down_climbs():
    with promised(60):
        done = subprocess.run(
            [sys.executable, "-m", "climbs"], cwd=TESTS, capture_output=True, text=True, check=True
        )
    assert "20 made, 5 contact sheets drawn" in done.stdout
    climbs = re.findall(r"^ *[\d,]+ (\w+)\S+ -> (\w+)(\S+)$", done.stdout, re.MULTILINE)
    assert {(lower, higher, name.rpartition(".")[2]) for lower, higher, name in climbs} == SEAMS
