"""What works may leave for each other in their process: an engine of processes looks at it."""

import os
import time
from dataclasses import dataclass
from typing import ClassVar

from patience import promised
from works import Call

from batchquant.engine.backlog import Backlog
from batchquant.engine.protocol import Done


def meet(folder):
    """Wait until two processes are there; return which this is."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid()


def test_a_work_goes_where_the_last_of_its_affinity_was(engine_of_processes, tmp_path):
    folders = [tmp_path / str(turn) for turn in range(6)]
    for folder in folders:
        folder.mkdir()
    turns = [
        [Call(meet, folder, affinity=name) for name in ("ab" if turn % 3 else "ba")]
        for turn, folder in enumerate(folders)
    ]
    due, places, n_done = Backlog(turns.pop(0)), {"a": set(), "b": set()}, 0
    with promised(60):
        for event in engine_of_processes(2).run(due):
            if isinstance(event, Done):
                places[event.work.affinity].add(event.value)
                n_done += 1
                if n_done % 2 == 0 and turns:  # both are idle now
                    due.put_first(turns.pop(0))
    assert [len(place) for place in places.values()] == [1, 1]
    assert n_done == 12


@dataclass(frozen=True)
class Leaving(Call):
    """Leaves its item, until the process is told to forget."""

    left: ClassVar[list[str]] = []

    @staticmethod
    def forget():
        Leaving.left.clear()


def leave(item):
    """Return what works before left here, and leave an item."""
    found = list(Leaving.left)
    Leaving.left.append(item)
    return found


def found_after(pause_s, engine):
    """What the second of two works finds, that comes a while after the first."""
    due, values = Backlog([Leaving(leave, "first")]), []
    for event in engine(1).run(due):
        if isinstance(event, Done):
            values.append(event.value)
            if len(values) == 1:
                time.sleep(pause_s)
                due.put_first([Leaving(leave, "second")])
    return values[1]


def test_what_is_left_is_there_for_the_next_and_gone_when_none_comes(engine_of_processes):
    # On a busy machine either may take longer than it is given.
    with promised(60):
        while found_after(0, engine_of_processes) != ["first"]:
            pass
        pause_s = 0.5
        while found_after(pause_s, engine_of_processes) != []:
            pause_s *= 2
