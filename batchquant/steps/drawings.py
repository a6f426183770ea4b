"""What is drawn of an image as a whole, as a worker gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from batchquant.files.layout import RUN_FOLDER
from batchquant.images.draw.front_matter import Front
from batchquant.plan.picture_step import BOOK, OVERVIEW
from batchquant.plan.records import ImageKey, Settings
from batchquant.steps.animation import AnimationTask
from batchquant.steps.effort import work_of
from batchquant.steps.exhibit import Exhibit
from batchquant.steps.histogram import HistogramTask
from batchquant.steps.need import BYTES_OF_FADE, PROCESS_BYTES, need_to_decode, need_to_show
from batchquant.steps.picture_steps import StepTask
from batchquant.steps.result import OverviewResult
from batchquant.steps.shared_palette import SharedPaletteTask
from batchquant.steps.step import Step
from batchquant.steps.task import Task
from batchquant.steps.varied_sheet import VariedSheetTask


@dataclass(frozen=True, slots=True)
class OverviewTask(Step):
    """One image whose overview is to be drawn, as a worker gets it.

    Attributes
    ----------
    key : tuple of str and int
        Job, folder, image and frame: what names the image, and its result.
    fingerprint : str
        Digest of all that its files depend on.
    source, frame, takes_all, pixels, output, settings, stop_file, size_bytes, timeout
        As in `batchquant.steps.task.Task`.
    source_sha256 : str
        Of the source that the exhibits were made from, hexadecimal.
    title, subtitle : str
        Of the contact sheet; the title is how a person knows the image.
    files : tuple of tuple of str
        As in `Overview`.
    exhibits : tuple of Exhibit
        By start, then by K; at least one.
    varied : str
        What keys that the job file varies are set to; empty where it varies none.
    withdraws_best : bool
        Whether the best picture of an earlier target is to go, since none is good enough.
    ours : frozenset of str
        As in `batchquant.steps.task.Task`.
    """

    key: ImageKey
    fingerprint: str
    source: str
    source_sha256: str
    frame: int
    takes_all: bool
    pixels: int
    output: Path
    settings: Settings
    stop_file: Path | None
    title: str
    subtitle: str
    files: tuple[tuple[str, str], ...]
    exhibits: tuple[Exhibit, ...]
    varied: str = ""
    withdraws_best: bool = False
    ours: frozenset[str] = frozenset()
    size_bytes: int = 0
    timeout: float | str = 0.0

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Draw it, in a worker."""
        from batchquant.steps.overview import draw_overview

        return draw_overview(self)

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most."""
        needed = need_to_decode(self.source, self.size_bytes, self.pixels, self.settings)
        needed += BYTES_OF_FADE if "before_after" in dict(self.files) else 0
        return needed + need_to_show(self.pixels, self.settings, len(self.exhibits))

    @property
    def scope(self) -> ImageKey:
        """What it is of: its image."""
        return self.key

    @property
    def step(self) -> str:
        """What it is called, among what is drawn of an image."""
        return OVERVIEW

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of its files that a person finds, relative to the output folder."""
        paths = (path for _, path in self.files)
        return tuple(path for path in paths if not path.startswith(f"{RUN_FOLDER}/"))

    @property
    def n_steps(self) -> int:
        """How many pictures are looked at."""
        return 1 + len(self.exhibits)

    @property
    def work(self) -> float:
        """How long it takes beside others: to look at each exhibit, and at the source."""
        return work_of(self.pixels, self.n_steps)


@dataclass(frozen=True, slots=True)
class BookTask(Step):
    """All contact sheets of a job, to be bound.

    Attributes
    ----------
    key : tuple of str and int
        The job's name, and nothing else.
    fingerprint : str
        As in `OverviewTask`.
    output : pathlib.Path
        The output folder.
    files : tuple of tuple of str
        The kind ``book``, and where it goes.
    pages : tuple of tuple of str
        Title and path of each page, in order. Titles have ``/``: bookmarks nest by folder.
    front : Front
        What stands on the title page, and the paper.
    ours, timeout : frozenset of str, and float or str
        As in `batchquant.steps.task.Task`.
    """

    key: ImageKey
    fingerprint: str
    output: Path
    files: tuple[tuple[str, str], ...]
    pages: tuple[tuple[str, str], ...]
    front: Front
    ours: frozenset[str] = frozenset()
    timeout: float | str = 0.0

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Bind it, in a worker."""
        from batchquant.steps.book import bind_book

        return bind_book(self)

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak: no picture is decoded."""
        return PROCESS_BYTES

    @property
    def affinity(self) -> None:
        """No process has something that it wants."""
        return None

    @property
    def scope(self) -> ImageKey:
        """What it is of: its job."""
        return self.key

    @property
    def step(self) -> str:
        """What it is called, among what is drawn of a job."""
        return BOOK

    @property
    def title(self) -> str:
        """How a person knows the book."""
        return dict(self.files)["book"]

    @property
    def pixels(self) -> int:
        """None are decoded."""
        return 0

    @property
    def n_steps(self) -> int:
        """How many pages are copied."""
        return len(self.pages)


Drawing = (
    OverviewTask
    | BookTask
    | StepTask
    | VariedSheetTask
    | HistogramTask
    | SharedPaletteTask
    | AnimationTask
)
"""What is made of an image or a job beside its variants."""
AnyTask = Task | Drawing
"""All that a worker may be given."""
