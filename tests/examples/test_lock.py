import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from batchquant.errors import OutputLockedError, StorageError
from batchquant.run.lock import hold, holder_of

HOLD = """
import sys, time
from pathlib import Path
from batchquant.run.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(86_400)
"""


@contextmanager
def another_run(folder):
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out" / "_run"


def test_the_second_is_told_who_runs(folder):
    with another_run(folder) as first:
        with pytest.raises(OutputLockedError) as caught, hold(folder):
            pass
        told = str(caught.value)
        assert told.startswith(f"{folder}: it is in use by process {first.pid} on ")
        assert f" on {socket.gethostname()}, running since 20" in told
        assert caught.value.exit_code == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else for a while")
def test_a_folder_that_may_not_be_looked_into_is_trouble_of_the_output_folder(tmp_path):
    tmp_path.chmod(0o700)
    os.seteuid(65534)
    try:
        with pytest.raises(StorageError, match="Permission denied"), hold(tmp_path / "_run"):
            pass
    finally:
        os.seteuid(0)


def test_a_kill_frees_it(folder):
    with another_run(folder) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert (folder / "holder").exists()  # out of date now
        with hold(folder):
            assert (folder / "holder").read_text().startswith(f"process {os.getpid()} on ")


def test_a_folder_that_was_removed_is_noticed_and_not_touched(folder):
    with hold(folder) as check:
        check()
        folder.rename(folder.with_name("elsewhere"))
        with pytest.raises(StorageError, match="the folder is gone"):
            check()
        with another_run(folder):  # it has a folder of its own now
            with pytest.raises(StorageError, match="or another one by now"):
                check()
            before = (folder / "holder").read_text()
    assert (folder / "holder").read_text() == before


def test_the_end_of_the_block_frees_it_also_after_an_error(folder):
    with pytest.raises(ZeroDivisionError), hold(folder):
        raise ZeroDivisionError
    assert not (folder / "holder").exists()
    with another_run(folder):
        pass


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"two\nlines", b"\x1b[31m"])
def test_a_holder_that_cannot_be_read_is_another_run(folder, content):
    with another_run(folder):
        (folder / "holder").unlink()
        if content is not None:
            (folder / "holder").write_bytes(content)
        with pytest.raises(OutputLockedError, match=r"in use by another run\. Wait"), hold(folder):
            pass


def test_two_in_one_process_are_two(folder):
    with hold(folder), pytest.raises(OutputLockedError, match=str(os.getpid())), hold(folder):
        pass


def test_a_run_that_is_refused_harms_no_holder(folder):
    with another_run(folder) as first:
        for _ in range(2):
            with pytest.raises(OutputLockedError, match=str(first.pid)), hold(folder):
                pass


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        ("file", "Not a directory"),
        pytest.param(
            "/proc/self",
            "No such file or directory",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="no /proc"),
        ),
    ],
)
def test_where_no_lock_can_be_made_is_storage_trouble(tmp_path, parent, why):
    (tmp_path / "file").write_text("a file where a folder should be")
    folder = tmp_path / parent / "_run"
    with pytest.raises(StorageError, match=f"{folder}: cannot be locked: {why}"), hold(folder):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_a_file_system_without_locks_is_storage_trouble(folder, monkeypatch, number):
    def flock(descriptor, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StorageError, match=os.strerror(number)), hold(folder):
        pass


def test_a_holder_that_cannot_be_written_frees_the_lock(folder):
    (folder / "holder").mkdir(parents=True)
    with pytest.raises(StorageError, match="Is a directory"), hold(folder):
        pass
    (folder / "holder").rmdir()
    with another_run(folder):
        pass


@pytest.mark.parametrize("name", [".", "lock", "holder", "run.log.1", "ledger.sqlite", "numba/a/b"])
@pytest.mark.parametrize("target", ["missing", "file", "folder"])
def test_a_link_is_refused_and_what_it_leads_to_is_not_touched(tmp_path, name, target):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "folder").mkdir(parents=True)
    (elsewhere / "file").write_text("precious")
    link = tmp_path / "out" / "_run" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere / target)
    with pytest.raises(StorageError) as caught, hold(tmp_path / "out" / "_run"):
        pass
    assert str(caught.value) == (
        f"{link}: it is a link to {elsewhere / target}, and nothing is written outside"
        " the output folder. Remove the link."
    )
    assert sorted(path.name for path in elsewhere.rglob("*")) == ["file", "folder"]
    assert (elsewhere / "file").read_text() == "precious"


def test_the_folders_above_may_be_links(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    with hold(tmp_path / "out" / "_run") as check:
        check()
        assert (tmp_path / "disk" / "_run" / "holder").exists()


def test_who_asks_is_told_who_holds_it_and_changes_nothing(folder):
    assert holder_of(folder) is None
    assert not folder.exists()
    with another_run(folder) as first:
        before = sorted(folder.iterdir())
        assert holder_of(folder).startswith(f"process {first.pid} on ")
        assert sorted(folder.iterdir()) == before
        (folder / "holder").write_bytes(b"\xff")
        assert holder_of(folder) == "another run"
        first.kill()
        first.wait()
        assert holder_of(folder) is None


def test_whoever_asks_all_the_time_refuses_no_run(folder):
    over, answers = threading.Event(), []

    def ask():
        while not over.is_set():
            answers.append(holder_of(folder))

    def wait_for(more):
        wanted = len(answers) + more
        while len(answers) < wanted and all(asker.is_alive() for asker in askers):
            time.sleep(0)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        wait_for(1)
        assert set(answers) == {None}
        for _ in range(100):
            with hold(folder):
                wait_for(len(askers) + 1)  # so that one at least began to ask while it was held
    finally:
        over.set()
        for asker in askers:
            asker.join()
    assert len([answer for answer in answers if answer is not None]) >= 100
