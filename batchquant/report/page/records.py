"""What the page shows."""

from dataclasses import dataclass
from datetime import datetime

from batchquant.files.names import escape
from batchquant.plan.wording import UNSAID, Wording


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of a variant.

    Attributes
    ----------
    kind : str
        ``png``, ``pdf``, ``gpl``, ``hex``, ``json`` or ``swatch``.
    path : str
        Relative to the output folder.
    size_bytes : int
        Size.
    """

    kind: str
    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ShownVariant:
    """One way an image was shown in few colors; figures are None where it is not done."""

    k: int
    init: str
    status: str
    files: tuple[OutputFile, ...] = ()
    seed: int | None = None
    n_colors: int | None = None
    n_iter: int | None = None
    converged: bool | None = None
    inertia: float | None = None
    psnr_db: float | None = None
    max_error: float | None = None


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image with everything that was made of it.

    Attributes
    ----------
    job, folder, image, frame
        What names it.
    width, height, distinct_colors : int or None
        As it was clustered.
    source : str
        Format and mode of the file.
    notes : str
        What was converted or left while it was read.
    error : str or None
        Why variants failed; begins with the class of the reason.
    variants : tuple of ShownVariant
        In plan order.
    knee : int or None
        K from which more colors stop paying.
    target_db : float or None
        PSNR that was asked for.
    best : tuple of int and str, or None
        K and start that meet it with the fewest colors.
    best_path : str or None
        The file that it stands as, relative to the output folder.
    sheets : tuple of str
        Paths of its contact sheets, relative to the output folder.
    pixel_aspect : float
        How wide its pixels are beside their height.
    thumbnail, preview, palettes : str or None
        Paths of what workers made for the page, relative to the output folder; None where it is
        not there.
    """

    job: str
    folder: str
    image: str
    frame: int
    width: int | None
    height: int | None
    distinct_colors: int | None
    source: str
    notes: str
    error: str | None
    variants: tuple[ShownVariant, ...]
    knee: int | None = None
    target_db: float | None = None
    best: tuple[int, str] | None = None
    best_path: str | None = None
    sheets: tuple[str, ...] = ()
    pixel_aspect: float = 1.0
    thumbnail: str | None = None
    preview: str | None = None
    palettes: str | None = None

    @property
    def label(self) -> str:
        """How a person knows the image, as `PlannedImage.label`."""
        path = escape("/".join(filter(None, (self.job, self.folder, self.image))))
        return f"{path} frame {self.frame}" if self.frame else path

    @property
    def status(self) -> str:
        """``failed`` if anything failed, else ``pending`` if anything is left, else ``done``."""
        statuses = {variant.status for variant in self.variants}
        return next((s for s in ("failed", "pending") if s in statuses), "done")

    @property
    def is_begun(self) -> bool:
        """Whether a variant is done."""
        return any(variant.status == "done" for variant in self.variants)

    @property
    def pending_k(self) -> frozenset[int]:
        """Each K of which a variant is neither done nor failed."""
        return frozenset(variant.k for variant in self.variants if variant.status == "pending")


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job with its images.

    Attributes
    ----------
    name : str
        Empty in a job file without entries.
    images : tuple of ShownImage
        In plan order.
    book : str or None
        Path of its book, relative to the output folder.
    """

    name: str
    images: tuple[ShownImage, ...]
    book: str | None = None


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the clock says of the last run; all else on the page is the same in every run.

    Attributes
    ----------
    started : datetime.datetime
        When it began.
    elapsed_s : float or None
        How long it took; None while it goes on, or where it ended without a word.
    n_done, n_skipped : int or None
        Variants that were made in it, and before it.
    """

    started: datetime
    elapsed_s: float | None = None
    n_done: int | None = None
    n_skipped: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything on the page.

    Attributes
    ----------
    jobs : tuple of ShownJob
        In plan order.
    wording : Wording
        What the job file says.
    absent : tuple of tuple of str
        Place and reason of each input that is not there.
    undrawn : tuple of tuple of str
        Name and reason of each overview and book that could not be drawn.
    left_out : str
        How many files are no images, by their endings; may be empty.
    warnings : tuple of str
        Sentences about what a person may not expect.
    reports : tuple of str
        Names of the reports beside the page.
    last_run : LastRun or None
        None where nothing is known of it.
    """

    jobs: tuple[ShownJob, ...]
    wording: Wording = UNSAID
    absent: tuple[tuple[str, str], ...] = ()
    undrawn: tuple[tuple[str, str], ...] = ()
    left_out: str = ""
    warnings: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    last_run: LastRun | None = None

    @property
    def images(self) -> tuple[ShownImage, ...]:
        """Those of all jobs."""
        return tuple(image for job in self.jobs for image in job.images)
