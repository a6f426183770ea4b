"""Processes that begin to load before it is certain that there is work."""

import os

import pytest

from batchquant.cli import early
from batchquant.errors import MachineError


class Started:
    """Stands for what starts workers."""

    def __init__(self, kind):
        self.kind, self.is_ended = kind, False

    def end(self):
        self.is_ended = True


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    monkeypatch.setattr(early, "are_compiled", lambda: True)
    monkeypatch.setattr("batchquant.engine.local.Starter", Started)


@pytest.mark.parametrize(
    "text, folder",
    [
        ("inputs: in\n", "out"),
        ("inputs: in\noutput: made\nk: 3\n", "made"),
        ('output: "two words"  # mine\n', "two words"),
        ("output : 'a/b'\n", "a/b"),
        ("jobs:\n  - output: inner\n", "out"),
    ],
)
def test_starts_only_where_an_output_folder_is_not_there(tmp_path, text, folder):
    path = tmp_path / "jobs.yaml"
    path.write_text(text)
    with early.started_early([str(path)], None) as starter:
        assert not starter.is_ended
    assert starter.is_ended
    (tmp_path / folder / "_run").mkdir(parents=True)
    with early.started_early([str(path)], None) as starter:
        assert starter is None
    with early.started_early([str(path)], tmp_path / "elsewhere") as starter:
        assert starter is not None


def test_of_several_job_files_one_without_an_output_folder_is_enough(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"output: {name}\n")
    paths = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    (tmp_path / "a/_run").mkdir(parents=True)
    with early.started_early(paths, None) as starter:
        assert starter is not None


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "n" * 300])
def test_starts_nothing_for_what_is_no_job_file(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with early.started_early([str(tmp_path / name)], None) as starter:
        assert starter is None


def test_waits_for_no_pipe_and_reads_nothing_of_it(tmp_path):
    os.mkfifo(tmp_path / "jobs.yaml")
    with early.started_early([str(tmp_path / "jobs.yaml")], None) as starter:
        assert starter is None


def test_is_compiled_before_or_starts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(early, "are_compiled", lambda: False)
    with early.started_early([str(tmp_path / "x.yaml")], tmp_path / "out") as starter:
        assert starter is None


def test_a_machine_that_starts_no_process_is_told_of_by_the_run(tmp_path, monkeypatch):
    def refuse(kind):
        raise MachineError("no more processes")

    monkeypatch.setattr("batchquant.engine.local.Starter", refuse)
    with early.started_early([str(tmp_path / "x.yaml")], tmp_path / "out") as starter:
        assert starter is None


def test_ends_what_it_started_when_the_job_file_is_wrong(tmp_path):
    started = []
    with pytest.raises(KeyError), early.started_early(["x"], tmp_path / "out") as starter:
        started.append(starter)
        raise KeyError
    assert started[0].is_ended
