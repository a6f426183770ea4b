"""What is known of an overview, a book, or what a step of a package made."""

from dataclasses import dataclass, field
from typing import Self

from batchquant.plan.records import ImageKey
from batchquant.steps.drawings import BookTask, Drawing, OverviewTask
from batchquant.steps.result import DrawnKey, OverviewResult
from batchquant.store.records import Output


@dataclass(frozen=True, slots=True)
class OverviewRecord:
    """What the ledger knows of the overview of an image, of the book of a job, or of a step.

    Attributes
    ----------
    job, folder, image, frame : str and int
        What names it; a book has a job only.
    fingerprint : str
        Digest of all that it depends on.
    error : str or None
        Why it could not be drawn.
    elapsed_s : float
        Seconds it took.
    outputs : dict of str to Output
        Its files by kind.
    step : str
        The step of a package that made it; empty of overviews and books.
    """

    job: str
    folder: str
    image: str
    frame: int
    fingerprint: str
    error: str | None
    elapsed_s: float
    outputs: dict[str, Output] = field(default_factory=dict)
    step: str = ""

    @property
    def key(self) -> DrawnKey:
        """What names it."""
        return (*self.image_key, self.step) if self.step else self.image_key

    @property
    def image_key(self) -> ImageKey:
        """What names the image, or the job alone."""
        return self.job, self.folder, self.image, self.frame

    @classmethod
    def of(cls, task: Drawing, result: OverviewResult) -> Self:
        """Join what was planned and what came back."""
        paths = dict(task.files)
        outputs = {kind: Output(paths[kind], *made) for kind, made in result.files.items()}
        step = "" if isinstance(task, OverviewTask | BookTask) else task.step
        image = task.key[:4]  # what comes behind a sheet of several jobs may be another's turn
        return cls(*image, task.fingerprint, result.error, result.elapsed_s, outputs, step)
