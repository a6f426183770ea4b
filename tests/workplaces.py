"""The command, run as a person would, and what it left."""

import csv
import os
import subprocess
import sys
import time

from builders import on_path
from patience import promised
from programs import need

COMMAND = [sys.executable, "-m", "batchquant"]
LONG_JOB = "inputs: photos\nk: [12, 24]\nformats: [png, pdf]\n"
N_IMAGES = 12
FINISHED = "inputs: photos\nk: [3, 5]\ninit: [random, in_pixel]\nformats: [png, pdf]\n"
OF_BUCKETS = """\
inputs: photos
k: [2, 5]
init: [random, in_pixel]
book: true
target: {psnr_db: 20}
"""


class Workplace:
    """A folder to run the command in, as a person would."""

    def __init__(self, path):
        self.path = path
        self.output = path / "out"

    def write_job(self, text, name="jobs.yaml"):
        (self.path / name).write_text(text, encoding="utf-8")

    def run(self, *arguments, before=(), **options):
        """Run the command to its end; by a program that stands before it, if need be.

        With one worker, unless it says otherwise: in a run this small they do little but start.
        """
        if arguments[:1] == ("run",) and "-j" not in arguments:
            arguments = (*arguments, "-j", "1")
        with promised(120):
            return subprocess.run(
                [*before, *COMMAND, *arguments],
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                check=False,
                **{"cwd": self.path, **options},
            )

    def start(self, *arguments, **options):
        """Start the command in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            **options,
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

    def harmed(self, output="out"):
        """Pictures under their final names that an undisturbed run makes otherwise."""
        root = self.path / output
        return [
            path
            for path, content in self.tree("reference").items()
            if path.suffix not in {".csv", ".html"}
            and (root / path).exists()
            and (root / path).read_bytes() != content
        ]

    def differences(self, output="out"):
        """What README promises to be nothing after an undisturbed run, or any others."""
        command = ["diff", "-r", "--exclude=_run", output, "reference"]
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def parts(self):
        """What is left of files that were being written."""
        return list(self.path.rglob("*.part"))

    def names(self):
        """All that lies in the folder, at any depth."""
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*"))


def write_photos(folder, photo):
    photo(folder / "a.png", seed=1)
    photo(folder / "trip" / "b.jpg", seed=2, quality=90)
    photo(folder / "c.bmp", seed=3, height=40)
    (folder / "notes.txt").write_text("no picture")
    return folder


def every_process_runs(code, folder):
    """An environment in which each Python process begins with this code."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return on_path(folder, os.environ)


def wait_for_pictures(workplace, process, count=8, output="out"):
    wait_until(lambda: len(list((workplace.path / output).rglob("*.pdf"))) >= count, process)


def wait_until(is_so, process):
    """Wait for a moment of a run, which must come before its end."""
    with promised(60):
        while not is_so():
            assert process.poll() is None, "the run was over before it could be disturbed"
            time.sleep(0.01)


def pixels_of(path):
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def text_of(pdf):
    """The words of a PDF, in lines as they stand."""
    program = need("pdftotext", package="poppler-utils")
    command = [program, "-layout", str(pdf), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
