import csv
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "batchquant"]


class Workplace:
    """A folder to run the command in, as a person would."""

    def __init__(self, path):
        self.path = path
        self.output = path / "out"

    def write_job(self, text, name="jobs.yaml"):
        (self.path / name).write_text(text, encoding="utf-8")

    def run(self, *arguments, **options):
        """Run the command to its end."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        )

    def start(self, *arguments):
        """Start the command in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def report(self, output="out"):
        with (self.path / output / "report.csv").open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def tree(self, output="out"):
        """Everything that must be the same bytes in every run: all but the folder _run."""
        root = self.path / output
        return {
            path.relative_to(root): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.relative_to(root).parts[0] != "_run"
        }

    def names(self):
        """All that lies in the folder, at any depth."""
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*"))


@pytest.fixture
def workplace(tmp_path):
    return Workplace(tmp_path)


@pytest.fixture
def photos(workplace, photo):
    """Three small pictures in a folder with a subfolder, and something that is no picture."""
    folder = workplace.path / "photos"
    photo(folder / "a.png", seed=1)
    photo(folder / "trip" / "b.jpg", seed=2, quality=90)
    photo(folder / "c.bmp", seed=3, height=40)
    (folder / "notes.txt").write_text("no picture")
    return folder


def pixels_of(path):
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def processes_of(group):
    """Processes of a group that are alive."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(process_group) == group and state != "Z":
            alive.append(stat.parent.name)
    return alive
