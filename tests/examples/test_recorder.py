"""What comes back while a run goes on."""

import dataclasses
from pathlib import Path

import pytest
from test_ledger import IMAGE, MADE, OTHER, RESULT, VARIANT

from batchquant.errors import StorageError
from batchquant.plan.records import Plan
from batchquant.run.events import Advanced, Taken
from batchquant.run.ownership import Ownership
from batchquant.run.recorder import Recorder
from batchquant.steps.result import TaskResult
from batchquant.steps.task import Task
from batchquant.store import LEDGER, Ledger

TASK = Task(
    *(0, 0, IMAGE.label, "a.jpg", 0, False, 1, Path(), IMAGE.settings, None),
    variants=(VARIANT, OTHER),
    key=IMAGE.key,
)
SO_FAR = dataclasses.replace(RESULT, error=None, variants=(MADE,))
LOST = TaskResult.of_nothing(0, 2, "worker_died: its process was ended by SIGKILL")


class Listener:
    def __init__(self):
        self.heard = []

    def hear(self, event):
        match event:
            case Taken(_, record):
                self.heard.append(record.status)
            case Advanced(_, _, records):
                self.heard.append([record.status for record in records])


@pytest.fixture
def told():
    return Listener()


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / LEDGER) as ledger:
        yield ledger


def open_recorder(ledger, told, check=lambda: None, image=IMAGE):
    plan = Plan(Path(), (image,), (), ())
    ownership = Ownership(Path(), ledger, may_replace=False)
    return Recorder(plan, ledger, ownership, told.hear, check)


@pytest.fixture
def recorder(ledger, told):
    return open_recorder(ledger, told)


def statuses(records):
    return {key[-2:]: record.status for key, record in records.items()}


def test_what_was_taken_is_in_the_ledger_at_once(recorder, ledger, told):
    recorder.take(TASK, SO_FAR)
    assert statuses(ledger.records) == statuses(recorder.settled) == {(3, "random"): "done"}
    assert told.heard == ["done"]


def test_what_was_taken_stays_though_the_worker_dies(recorder, ledger, told):
    recorder.take(TASK, SO_FAR)
    assert recorder.enter(TASK, LOST)
    assert statuses(ledger.records) == {(3, "random"): "done", (5, "random"): "failed"}
    assert told.heard == ["done", ["done", "failed"]]
    assert (recorder.work.n_made, recorder.work.n_failed) == (1, 1)


def test_what_is_taken_again_is_not_told_again(recorder, told):
    recorder.take(TASK, SO_FAR)
    recorder.take(TASK, SO_FAR)
    assert told.heard == ["done"]


def test_what_was_taken_of_a_task_without_an_end_is_told_in_the_end(recorder, told):
    recorder.take(TASK, SO_FAR)
    recorder.close()
    recorder.close()
    assert told.heard == ["done", ["done"]]
    assert (recorder.work.n_made, recorder.work.n_failed) == (1, 0)


def test_nothing_is_written_into_a_folder_that_is_gone(ledger, told):
    def check():
        raise StorageError("gone")

    recorder = open_recorder(ledger, told, check)
    for enter in (recorder.take, recorder.enter):
        with pytest.raises(StorageError, match="gone"):
            enter(TASK, SO_FAR)
    assert dict(ledger.records) == {}
    assert told.heard == []


def test_what_cannot_be_recorded_costs_its_variant_only(recorder, ledger, told):
    huge = MADE._replace(n_iter=2**63)
    assert recorder.enter(TASK, dataclasses.replace(RESULT, error=None, variants=(huge, MADE)))
    assert statuses(ledger.records) == statuses(recorder.settled)
    assert statuses(ledger.records) == {(3, "random"): "failed", (5, "random"): "done"}
    failed = ledger.records[("", "photos", "a.jpg", 0, 3, "random")]
    assert failed.error.startswith("internal: cannot be recorded (OverflowError: ")
    assert told.heard == [["failed", "done"]]


@pytest.mark.parametrize(
    "odd",
    [
        dataclasses.replace(IMAGE, file=dataclasses.replace(IMAGE.file, size_bytes=2**63)),
        dataclasses.replace(IMAGE, image="\udcff.jpg"),
    ],
)
def test_what_cannot_even_be_said_to_have_failed_is_told_and_stays_pending(odd, ledger, told):
    """The ledger knows nothing of it, so that the next run makes it; this one counts it."""
    recorder = open_recorder(ledger, told, image=odd)
    result = dataclasses.replace(RESULT, error=None, size_bytes=None, variants=(MADE, MADE))
    assert recorder.enter(TASK, dataclasses.replace(result, mtime_ns=None))
    assert dict(ledger.records) == dict(recorder.settled) == {}
    assert told.heard == [["failed", "failed"]]
    assert (recorder.work.n_made, recorder.work.n_failed) == (0, 2)


def test_a_result_that_is_whole_has_not_failed(recorder, ledger, told):
    assert not recorder.enter(TASK, dataclasses.replace(SO_FAR, variants=(MADE, MADE)))
    assert statuses(ledger.records) == {(3, "random"): "done", (5, "random"): "done"}
    assert told.heard == [["done", "done"]]
