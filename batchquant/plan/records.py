"""What is decided before a pixel is read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from batchquant.files.names import escape
from batchquant.images.read.density import PageDpi
from batchquant.images.read.formats import part_left_out
from batchquant.images.read.picture import MAX_PIXELS, Reading
from batchquant.images.read.version import FIRST
from batchquant.metrics.target import Target
from batchquant.plan.groups import Group
from batchquant.plan.wording import UNSAID, Wording
from batchquant.quantization.color import Color
from batchquant.quantization.restarts import NInit

if TYPE_CHECKING:  # workers read tasks only, and start sooner without what finding files needs
    from batchquant.sources.source import ImageFile

ImageKey = tuple[str, str, str, int]
"""Job, folder, image and frame: what names an image among all of a run."""


def label_of(key: ImageKey) -> str:
    """Say how a person knows an image: job, folder, path, a frame but the first; escaped."""
    path = escape("/".join(filter(None, key[:3])))
    return f"{path} frame {key[3]}" if key[3] else path


IS_ABSENT = "source not looked at: "
"""How `PlannedImage.absent` begins."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all variants of a job have in common, and outputs and figures depend on.

    Attributes are the keys of the same names in a job file, but for `color_names`, which colors of
    the palette have there, and `palette_key`: what the palette that pictures share was found for,
    `Group.key`; empty where none is shared.
    """

    seed: int
    n_init: NInit
    max_iter: int
    tol: float
    dpi: PageDpi
    truncated: str = "fail"
    max_pixels: int = MAX_PIXELS
    color_profile: str = "keep"
    alpha: str = "keep"
    reduce: int | None = None
    blur: float = 0.0
    palette: tuple[Color, ...] = ()
    pin: tuple[Color, ...] = ()
    color_space: str = "srgb"
    refine: str = "none"
    dither: str = "none"
    dither_strength: float = 1.0
    background: Color = (255, 255, 255)
    favor_rare: float = 0.0
    color_names: tuple[tuple[Color, str], ...] = ()
    palette_key: str = ""

    def reading(self, frame: int, *, takes_all: bool) -> Reading:
        """Return how a frame of a source, perhaps one of all, is to be read."""
        return Reading(
            frame=frame,
            tells_left=not takes_all,
            color_profile=self.color_profile,
            alpha=self.alpha,
            background=self.background,
            truncated=self.truncated,
            max_pixels=self.max_pixels,
            reduce=self.reduce,
            keeps_size=self.dpi == "source",
        )


class PlannedFile(NamedTuple):
    """A file that is to be made.

    Attributes
    ----------
    kind : str
        Of `batchquant.formats.registry.formats`.
    path : str
        Relative to the output folder.
    recipe : str
        Digest of the settings that it depends on, and of those of the pixels that it shows.
    """

    kind: str
    path: str
    recipe: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to show an image in few colors.

    Attributes
    ----------
    k : int
        Colors at most.
    init : str
        Start method.
    recipe : str
        Digest of the settings that its pixels and figures depend on.
    files : tuple of PlannedFile
        What is to be made of it.
    """

    k: int
    init: str
    recipe: str
    files: tuple[PlannedFile, ...]

    @property
    def outputs(self) -> dict[str, str]:
        """The paths of all its files, relative to the output folder, by their kind."""
        return {file.kind: file.path for file in self.files}


@dataclass(frozen=True, slots=True)
class Overview:
    """What shows an image as a whole, beside its variants.

    Attributes
    ----------
    files : tuple of tuple of str
        Kind and path, relative to the output folder: ``thumbnail``, ``preview`` and ``palettes`` of
        the page, ``sheet_png`` and ``sheet_pdf``, a ``page`` of the book, ``before_after``, and
        ``best``, which is there only where the target is reached.
    target : Target or None
        How close is close enough.
    is_in_book : bool
        Whether the job's book has its contact sheet.
    paper : str
        What paper that is for: ``a4``, ``letter`` or ``fit``.
    since : int
        As in `PlannedImage`.
    """

    files: tuple[tuple[str, str], ...] = ()
    target: Target | None = None
    is_in_book: bool = False
    since: int = FIRST
    paper: str = "fit"

    @property
    def outputs(self) -> dict[str, str]:
        """The paths of its files, by their kind."""
        return dict(self.files)


class PlannedStep(NamedTuple):
    """What a step of a package makes of an image: kind and path of each file."""

    name: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """An image and everything that is to be made of it.

    Attributes
    ----------
    job : str
        Name of the job; empty in a file without entries.
    folder : str
        Name of the input folder.
    image : str
        Path below the input folder, with ``/``.
    frame : int
        Which picture of the file, from 0.
    takes_all : bool
        Whether the others of the file are images of the plan, too.
    file : ImageFile
        The source.
    size : tuple of int or None
        Width and height from the header; None where it could not be read.
    settings : Settings
        Of the job.
    variants : tuple of Variant
        By k, then in the job's order of starts.
    refusal : str or None
        Why the image cannot have outputs at all; begins with the class of the reason.
    overview : Overview
        What shows it as a whole.
    absent : str or None
        Why it is not looked for, though it was planned before: its input is not there. All that is
        known of it stays, and nothing is made.
    since : int
        The version of the decoder since which its variants are made as they are today.
    steps : tuple of PlannedStep
        What steps of packages make of it.
    group : Group or None
        The pictures that it shares a palette with.
    """

    job: str
    folder: str
    image: str
    frame: int
    takes_all: bool
    file: "ImageFile"
    size: tuple[int, int] | None
    settings: Settings
    variants: tuple[Variant, ...]
    refusal: str | None = None
    overview: Overview = Overview()
    absent: str | None = None
    since: int = FIRST
    steps: tuple[PlannedStep, ...] = ()
    group: Group | None = None

    @property
    def key(self) -> ImageKey:
        """What names the image."""
        return self.job, self.folder, self.image, self.frame

    @property
    def label(self) -> str:
        """How a person knows the image."""
        return label_of(self.key)

    @property
    def pixels(self) -> int:
        """Width times height; 0 where the header could not be read."""
        width, height = self.size or (0, 0)
        return width * height

    @property
    def megapixels(self) -> float:
        """Millions of pixels; 0 where the header could not be read."""
        return self.pixels / 1e6


SETTINGS = tuple(field.name for field in fields(Settings) if field.name != "palette_key")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before a pixel is read.

    Attributes
    ----------
    output : pathlib.Path
        The output folder.
    images : sequence of PlannedImage
        In the order of the report. Of a large plan they lie in a table, and each is made when it is
        asked for: go through them once, and keep none.
    left_out : tuple of tuple of str
        Job and place of files that are no images by their ending, or that a missing package would
        read.
    warnings : tuple of tuple of str
        Job and sentence about what a person may not expect.
    wording : Wording
        What the job file says.
    absent : tuple of tuple of str
        Job, input and reason of what was there before, and is not.
    news : tuple of str
        Sentences about what an upgrade changes, said until a run has begun; no report has them.
    """

    output: Path
    images: Sequence[PlannedImage]
    left_out: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    wording: Wording = UNSAID
    absent: tuple[tuple[str, str, str], ...] = ()
    news: tuple[str, ...] = ()

    @property
    def left_out_by_kind(self) -> Counter[str]:
        """How many files were left out of each ending that no package reads, lower case."""
        return part_left_out(self._left_out)[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences of `warnings`, each once, and what would read files that were left out."""
        told = [text for _, text in self.warnings] + part_left_out(self._left_out)[1]
        return tuple(dict.fromkeys(told))

    @property
    def _left_out(self) -> set[str]:
        """Each file once, though several jobs met it."""
        return {place for _, place in self.left_out}

    @property
    def n_variants(self) -> int:
        """Rows of the report."""
        return sum(len(image.variants) for image in self.images)
