"""How far a run has come, at one moment. Pure: knows no clock."""

from dataclasses import dataclass, replace

PATIENCE_S = 10.0  # small pictures are late by seconds at the end of every run


@dataclass(frozen=True, slots=True)
class AtWork:
    """What a worker is busy with.

    Attributes
    ----------
    label : str
        How a person knows the image, the image's overview, or the book.
    work : float
        `Task.work` of what the worker was given.
    for_s : float
        How long it has been at it.
    part : str
        Which share of the variants it has, where those of the image are several tasks.
    where : str
        The machine, where there may be several.
    """

    label: str
    work: float
    for_s: float
    part: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done and what is ahead, in variants and in time.

    Attributes
    ----------
    n_variants : int
        To be made when the run began.
    n_made, n_failed : int
        Of those, settled by now.
    elapsed_s : float
        Since the first could be begun.
    waiting : float
        Work of all tasks that are not begun.
    s_per_work : float or None
        Seconds that a worker took for a unit of work, so far; None where nothing is made yet.
    n_workers : int
        Most that were busy at a time.
    at_work : tuple of AtWork
        In the order they were begun.
    undrawn_s : float
        Seconds that workers will take for overviews, those at work included.

    Examples
    --------
    Two workers, one of them idle by now, with 10 s left of the 15 that its task takes:

    >>> busy = AtWork("photos/a.png", work=3.0, for_s=5.0)
    >>> now = Progress(8, 6, 0, 20.0, waiting=0.0, s_per_work=5.0, n_workers=2, at_work=(busy,))
    >>> now.left_s, now.after(4.0).left_s, now.n_left, now.variants_per_minute
    (10.0, 6.0, 2, 18.0)
    """

    n_variants: int
    n_made: int
    n_failed: int
    elapsed_s: float
    waiting: float
    s_per_work: float | None
    n_workers: int
    at_work: tuple[AtWork, ...]
    undrawn_s: float = 0.0

    @property
    def n_left(self) -> int:
        """Variants that are neither made nor failed."""
        return self.n_variants - self.n_made - self.n_failed

    @property
    def variants_per_minute(self) -> float:
        """Made, on average since the beginning."""
        return 60 * self.n_made / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take; None where that cannot be told.

        What waits is shared by all workers; what a worker is busy with, nobody helps it with. It
        cannot be told before something is made, nor once an image is late by more than all the rest
        would take, and by `PATIENCE_S`: then that image decides, and nothing is known of it.
        """
        if self.s_per_work is None:
            return None
        rests = [  # of overviews, whose time is in undrawn_s, nothing is known one by one
            task.work * self.s_per_work - task.for_s for task in self.at_work if task.work
        ]
        ahead = [max(0.0, rest) for rest in rests]
        together = self.waiting * self.s_per_work + sum(ahead) + self.undrawn_s
        left_s = max([together / max(1, self.n_workers), *ahead])
        late_s = max((-rest for rest in rests), default=0.0)
        return left_s if late_s <= max(left_s, PATIENCE_S) else None

    def after(self, seconds: float) -> "Progress":
        """Return what it is some time later, if nothing more has happened."""
        at_work = tuple(replace(task, for_s=task.for_s + seconds) for task in self.at_work)
        return replace(self, elapsed_s=self.elapsed_s + seconds, at_work=at_work)
