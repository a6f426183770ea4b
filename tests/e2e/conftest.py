import json
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from builders import install_extension, on_path
from programs import need
from workplaces import FINISHED, LONG_JOB, N_IMAGES, OF_BUCKETS, Workplace, write_photos


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
