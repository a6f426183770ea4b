"""What is begun next: steps whose inputs are there, drawn a few at a time."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from batchquant.engine.backlog import Backlog
from batchquant.engine.budget import Budget
from batchquant.plan.overviews import book_key
from batchquant.plan.picture_step import VARIANTS
from batchquant.plan.records import ImageKey
from batchquant.steps.drawings import AnyTask

WINDOW = 64  # tasks that wait: enough for one to be among them that fits into memory
DRAW_S = 0.2  # for drawing more of them at a time: who hands out work is to hear workers, too

Scope = ImageKey
"""An image, or a job alone, as `batchquant.plan.overviews.book_key` names it."""


class Schedule(Backlog[AnyTask]):
    """Tasks that wait, and what they wait for.

    Something is due of an image as a whole once nothing of it is to be made, and of a job once
    nothing of any of its images is.

    Parameters
    ----------
    images : iterable of tuple
        Scopes of images with the tasks of each; what has none is asked about at once. Drawn as
        there is room.
    n_images : mapping of tuple to int
        How many of them are of each wider scope, as `wider` tells; one may have none.
    follow : callable
        Asked what is due of a scope in which nothing is open any more, and behind which step.
    wider : callable
        Returns what waits for all that is done in a scope: of an image, its job.
    refuse : callable
        Asked why a task is not to be begun.
    prepare : callable
        Called with tasks before workers get them; what it returns is what these get.
    timeout : float or str
        As in the job file.

    Attributes
    ----------
    refused : deque of tuple
        Tasks that are not begun, with reasons. Whoever takes one calls `finish`.
    """

    def __init__(
        self,
        images: Iterable[tuple[Scope, Sequence[AnyTask]]],
        n_images: Mapping[Scope, int],
        *,
        follow: Callable[[Scope, str], AnyTask | None],
        wider: Callable[[Scope], Scope] = lambda image: book_key(image[0]),
        refuse: Callable[[AnyTask], str | None] = lambda task: None,
        prepare: Callable[[Sequence[AnyTask]], list[AnyTask]] = list,
        timeout: float | str = 0.0,
    ) -> None:
        super().__init__(())
        self._images: Iterator[tuple[Scope, Sequence[AnyTask]]] | None = iter(images)
        self._follow, self._refuse, self._prepare, self._timeout = follow, refuse, prepare, timeout
        self._wider, self._widest = wider, frozenset(n_images)
        self._open = Counter[Scope](n_images)
        self.refused: deque[tuple[AnyTask, str]] = deque()
        for scope in sorted(scope for scope, n in n_images.items() if not n):
            self._come_to(scope)

    @property
    def n_waiting(self) -> int:
        """How many tasks wait, as far as they are drawn: some are, also before any is taken."""
        self._draw()
        return super().n_waiting

    def take(self, budget: Budget) -> AnyTask | None:
        """Hand out what is next, as `Backlog` does."""
        self._draw()
        return super().take(budget)

    def prepare(self, works: Sequence[AnyTask]) -> list[AnyTask]:
        """Say which files they may replace, and how long each may take."""
        return [replace(task, timeout=self._timeout) for task in self._prepare(works)]

    def is_over(self) -> bool:
        """Tell whether nothing is waiting, and nothing is to be drawn any more."""
        return self._images is None and super().is_over()

    def finish(self, task: AnyTask) -> None:
        """Let what is due now be next: a task is finished, and what came of it is known."""
        if task.step == VARIANTS:
            self._close(task.scope)
        else:
            self._come_to(task.scope, task.step)

    def _close(self, scope: Scope) -> None:
        """Count one thing less that is open in a scope."""
        self._open[scope] -= 1
        if not self._open[scope]:
            del self._open[scope]
            self._come_to(scope)

    def _come_to(self, scope: Scope, behind: str = VARIANTS) -> None:
        """See what is due of a scope behind a step, of which nothing is open any more."""
        task = self._follow(scope, behind)
        if task is not None:
            self._add(task, first=True)
        elif scope not in self._widest:
            self._close(self._wider(scope))

    def _add(self, task: AnyTask, *, first: bool = False) -> None:
        reason = self._refuse(task)
        if reason is not None:
            self.refused.append((task, reason))
        elif first:
            self.put_first([task])
        else:
            self.put_last([task])

    def _draw(self) -> None:
        deadline = time.monotonic() + DRAW_S
        while self._images and super().n_waiting < WINDOW and time.monotonic() < deadline:
            entry = next(self._images, None)
            if entry is None:
                self._images = None
                return
            scope, tasks = entry
            if n_variants := sum(task.step == VARIANTS for task in tasks):
                self._open[scope] += n_variants
            for task in tasks:
                self._add(task)
            if not tasks:
                self._come_to(scope)
