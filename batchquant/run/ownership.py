"""Which places in an output folder are ours: asked, and noted, before anything is written there."""

import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from batchquant.plan.records import ImageKey
from batchquant.steps.drawings import AnyTask
from batchquant.steps.task import Task
from batchquant.store import Ledger


class Ownership:
    """Lets tasks replace what batchquant wrote, and nothing else.

    Ours is what the ledger knows; what a killed run was about to write; and what shows a picture or
    a job as a whole, where that is known, and nothing yet of how it was shown.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    ledger : Ledger
        Of it, held by this run.
    known : iterable of ImageKey
        Images of which a variant is recorded.
    drawn : collection of ImageKey
        Images and jobs of which an overview or a book is recorded, or that it could not be drawn.
        Read again whenever it is asked for.
    may_replace : bool
        Whether files of others may be replaced.

    Attributes
    ----------
    replaced : list of str
        Files of others that were replaced.
    """

    def __init__(
        self,
        output: Path,
        ledger: Ledger,
        known: Iterable[ImageKey],
        drawn: Collection[ImageKey],
        *,
        may_replace: bool,
    ) -> None:
        self._output, self._ledger, self._drawn = output, ledger, drawn
        self._known = set[ImageKey]()
        self._may_replace = may_replace
        self._foreign = set[str]()
        self.replaced: list[str] = []
        for key in known:
            self.recognize(key)
        intended = ledger.read_intended()
        ledger.forget_intended([path for path in intended if not self._is_taken(path)])

    def recognize(self, key: ImageKey) -> None:
        """Take note that an image is one of ours."""
        self._known |= {key, (key[0], "", "", 0)}  # and its job has a book

    def prepare(self, task: AnyTask) -> AnyTask:
        """Say which files a task may replace, and note what it is about to write."""
        known = self._ledger.find_ours(task.places)
        ours, others = set(known), set(task.places) - known
        if not isinstance(task, Task) and task.key in self._known and task.key not in self._drawn:
            ours |= others
        taken = {path for path in others if self._is_taken(path)}
        if self._may_replace:
            self._foreign |= taken - ours
            ours |= taken
        self._ledger.intend((others - taken) | (others & ours))
        return replace(task, ours=frozenset(ours))

    def settle(self, task: AnyTask, written: Iterable[str]) -> None:
        """Take note of what a task has written; what else it was to write is free again."""
        paths = set(written)
        self.replaced += sorted(self._foreign & paths)
        self._foreign -= set(task.places)
        self._ledger.forget_intended(set(task.places) - paths)

    def _is_taken(self, path: str) -> bool:
        return os.path.lexists(self._output / path)
