import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from builders import install_extension, on_path
from patience import promised
from programs import need

COMMAND = [sys.executable, "-m", "batchquant"]
STRESS = bool(os.environ.get("BATCHQUANT_STRESS"))  # the long forms: make stress
LONG_JOB = "inputs: photos\nk: [12, 24]\nformats: [png, pdf]\n"
N_IMAGES = 12
NOBODY = 12345  # the number of a user without name and home

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


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


@pytest.fixture
def workplace(tmp_path):
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, photo):
    """A job of some seconds, done: pictures, `reference`, and the `seconds` that it took."""
    workplace = Workplace(tmp_path_factory.mktemp("undisturbed"))
    for number in range(N_IMAGES):
        photo(workplace.path / "photos" / f"{number:02}.png", height=150, width=150, seed=number)
    workplace.write_job(LONG_JOB)
    begin = time.monotonic()
    assert workplace.run("run", "jobs.yaml", "--output", "reference").returncode == 0
    workplace.seconds = time.monotonic() - begin
    return workplace


@pytest.fixture
def long_job(workplace, undisturbed):
    """The job of `undisturbed`, to be disturbed."""
    for name in ("photos", "reference"):
        (workplace.path / name).symlink_to(undisturbed.path / name)
    workplace.write_job(LONG_JOB)
    workplace.seconds = undisturbed.seconds
    return workplace


@pytest.fixture
def photos(workplace, photo):
    """Three small pictures in a folder with a subfolder, and something that is no picture."""
    return write_photos(workplace.path / "photos", photo)


def write_photos(folder, photo):
    photo(folder / "a.png", seed=1)
    photo(folder / "trip" / "b.jpg", seed=2, quality=90)
    photo(folder / "c.bmp", seed=3, height=40)
    (folder / "notes.txt").write_text("no picture")
    return folder


class Mounts:
    """File systems of a test."""

    def __init__(self):
        self._targets = []

    def __call__(self, target, *arguments):
        """Mount a file system onto a folder; the test skips where that is not allowed."""
        target.mkdir()
        command = [need("mount", package="mount"), *arguments, target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
        self._targets.append(target)

    def again(self, target, options):
        """Mount what is mounted with other options."""
        subprocess.run(["mount", "-o", f"remount,{options}", target], check=True)

    def end(self):
        """Unmount all."""
        for target in reversed(self._targets):
            # By name only: what was killed may still hold it, on a busy machine.
            subprocess.run(["umount", "--lazy", target], check=True)


@pytest.fixture
def mount():
    mounts = Mounts()
    yield mounts
    mounts.end()


FINISHED = "inputs: photos\nk: [3, 5]\ninit: [random, in_pixel]\nformats: [png, pdf]\n"


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory, photo):
    workplace = Workplace(tmp_path_factory.mktemp("finished") / "workplace")
    write_photos(workplace.path / "photos", photo)
    workplace.write_job(FINISHED)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    shutil.copytree(workplace.path, workplace.path.with_name("as it was"))
    return workplace


@pytest.fixture
def finished(finished_once):
    """The workplace of `photos` after a run of the job `FINISHED`, restored for each test."""
    shutil.rmtree(finished_once.path)
    shutil.copytree(finished_once.path.with_name("as it was"), finished_once.path)
    return finished_once


def becoming_nobody():
    """What stands before a command to run it as a user who may read everything, and write nothing.

    The test skips where that is not allowed.
    """
    become = [need("setpriv", package="util-linux"), f"--reuid={NOBODY}", f"--regid={NOBODY}"]
    # The interpreter may lie in root's home, which others may not look into.
    become += [
        "--clear-groups",
        *(f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")),
    ]
    if subprocess.run([*become, "true"], capture_output=True, check=False).returncode:
        pytest.skip("becoming another user is not allowed here")
    return become


def every_process_runs(code, folder):
    """An environment in which each Python process begins with this code."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return on_path(folder, os.environ)


class Faults:
    """Mishaps that a picture brings about, by its name, or that of what is made of it.

    ``{"a.png": "kill", "k=5 of a.png": "hang", "overview of a.png": "raise"}``
    """

    ORDER = "BATCHQUANT_TEST_FAULTS"

    def __init__(self, site):
        self._site = site
        install_extension(site, Path(__file__).parents[1] / "faults_on_order.py", "Faults")

    def __call__(self, mishaps, environment=os.environ):
        """An environment in which they come about in the workers of a command."""
        return on_path(self._site, environment) | {self.ORDER: json.dumps(mishaps)}

    def here(self, mishaps, monkeypatch):
        """Let them come about in the workers of this process."""
        monkeypatch.syspath_prepend(self._site)  # which workers take over
        monkeypatch.setenv(self.ORDER, json.dumps(mishaps))


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    return Faults(tmp_path_factory.mktemp("faults") / "site")


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


def wait_for_pictures(workplace, process, count=8, output="out"):
    wait_until(lambda: len(list((workplace.path / output).rglob("*.pdf"))) >= count, process)


def wait_until(is_so, process):
    """Wait for a moment of a run, which must come before its end."""
    with promised(60):
        while not is_so():
            assert process.poll() is None, "the run was over before it could be disturbed"
            time.sleep(0.01)


@pytest.fixture
def counted(tmp_path):
    """Return an environment that notes what is read, and what gives the notes."""
    module = Path(__file__).parents[1] / "reads_counted.py"
    install_extension(tmp_path / "site", module, "Reads")
    environment = on_path(tmp_path / "site", os.environ)

    def count(name):
        folder = tmp_path / f"reads-{name}"
        folder.mkdir()
        order = f"{name.partition(' ')[0]}:{folder}"

        def read():
            found = Counter()
            for path in folder.iterdir():
                found[path.name.partition("-")[0]] += path.stat().st_size
            return found

        return {**environment, "BATCHQUANT_TEST_READS": order}, read

    return count


OF_BUCKETS = """\
inputs: photos
k: [2, 5]
init: [random, in_pixel]
book: true
target: {psnr_db: 20}
"""


class Bucket:
    """A bucket of the server, and a way to run what reads it."""

    def __init__(self, workplace, counted):
        self.server, self.counted, self._workplace = counted.server, counted, workplace
        self.name = self.server.make_bucket()

    def run(self, *arguments, **environment):
        self.counted.forget()
        env = os.environ | self.counted.environment | environment
        return self._workplace.run(*arguments, env=env)

    def tree(self, prefix):
        """What lies below a prefix, as `Workplace.tree` of a folder."""
        begin = len(prefix) + 1
        return {
            Path(key[begin:]): self.server.get(self.name, key)
            for key in self.server.keys(self.name, f"{prefix}/")
            if not key[begin:].startswith("_run/")
        }

    def put(self, key, content):
        self.server.put(self.name, key, content)


@pytest.fixture
def bucket(workplace, counted_s3):
    return Bucket(workplace, counted_s3)


@pytest.fixture(scope="session")
def of_a_folder(tmp_path_factory, photo):
    """A folder of pictures, after a run."""
    workplace = Workplace(tmp_path_factory.mktemp("of a folder"))
    photos = write_photos(workplace.path / "photos", photo)
    photo(photos / "ä b+%25#?" / "x&y.webp", seed=4)
    shutil.copy(photos / "a.png", photos / "scan")  # a picture without an ending
    workplace.write_job(OF_BUCKETS)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    return workplace
