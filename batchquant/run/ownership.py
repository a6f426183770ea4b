"""Which places in an output folder are ours: asked, and noted, before anything is written there."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from batchquant.files.outputs import is_taken
from batchquant.plan.overviews import book_key
from batchquant.plan.records import ImageKey
from batchquant.steps.drawings import AnyTask, Drawing
from batchquant.steps.task import Task
from batchquant.steps.varied_sheet import VariedSheetTask
from batchquant.store import Ledger


class Ownership:
    """Lets tasks replace what batchquant wrote, and nothing else.

    Ours is what the ledger knows; what a killed run was about to write; and what shows a picture or
    a job as a whole, where that was known before this run, and nothing yet of how it was shown.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    ledger : Ledger
        Of it, held by this run.
    may_replace : bool
        Whether files of others may be replaced.

    Attributes
    ----------
    replaced : list of str
        Files of others that were replaced.
    """

    def __init__(self, output: Path, ledger: Ledger, *, may_replace: bool) -> None:
        self._output, self._ledger = output, ledger
        # Images and jobs that this run works on: whether they were ours before.
        self._was_ours: dict[ImageKey, bool] = {}
        self._recognized = set[ImageKey]()  # of which a variant was there, and in no ledger
        self._may_replace = may_replace
        self._foreign = set[str]()
        self.replaced: list[str] = []
        intended = ledger.read_intended()
        ledger.forget_intended([path for path in intended if not self._is_taken(path)])

    def look_at(self, key: ImageKey) -> None:
        """Take note whether something was made of an image or a job before what comes now."""
        self._was_ours[key] = self._was_known(key)

    def recognize(self, key: ImageKey) -> None:
        """Take note that an image is one of ours."""
        self._was_ours |= {key: True, book_key(key[0]): True}
        self._recognized.add(key)

    def prepare(self, tasks: Sequence[AnyTask]) -> list[AnyTask]:
        """Say which files tasks may replace, and note what they are about to write.

        The note comes onto the disk once for all of them.
        """
        intended: set[str] = set()
        prepared = [self._prepare(task, intended) for task in tasks]
        self._ledger.intend(intended)
        return prepared

    def _prepare(self, task: AnyTask, intended: set[str]) -> AnyTask:
        known = self._ledger.find_ours(task.places)
        ours, others = set(known), set(task.places) - known
        if isinstance(task, Task):
            for key in (task.key, book_key(task.key[0])):
                self._was_ours.setdefault(key, self._was_known(key))
        elif self._may_be_ours(task):
            ours |= others
        taken = {path for path in others if self._is_taken(path)}
        if self._may_replace:
            self._foreign |= taken - ours
            ours |= taken
        intended |= (others - taken) | (others & ours)
        return replace(task, ours=frozenset(ours))

    def _may_be_ours(self, task: Drawing) -> bool:
        """Tell whether files may be ours though no record tells of them: it may be lost."""
        if task.key in self._ledger.drawn:
            return False
        if isinstance(task, VariedSheetTask):  # all versions that drew it took note of it
            return task.first in self._recognized
        return self._was_known(task.scope)

    def settle(self, task: AnyTask, written: Iterable[str]) -> None:
        """Take note of what a task has written; what else it was to write is free again."""
        paths = set(written)
        self.replaced += sorted(self._foreign & paths)
        self._foreign -= set(task.places)
        self._ledger.forget_intended(set(task.places) - paths)

    def leave(self, scope: ImageKey) -> None:
        """Take note that nothing more is made of an image: one entry each would be a plan."""
        self._was_ours.pop(scope, None)
        self._recognized.discard(scope)

    def _was_known(self, key: ImageKey) -> bool:
        """Tell whether something was made of an image or a job before this run."""
        known = self._was_ours.get(key)
        return self._ledger.has_made(key) if known is None else known

    def _is_taken(self, path: str) -> bool:
        return is_taken(self._output, path)
