"""What is to be made of an image: a share of it is what a worker gets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from batchquant.engine.work import Limit
from batchquant.plan.groups import Group
from batchquant.plan.picture_step import VARIANTS
from batchquant.plan.records import ImageKey, PlannedImage, Settings, Variant
from batchquant.steps.effort import limit_of, n_searches, work_of
from batchquant.steps.need import BYTES_PER_KEPT_PIXEL, TILE_BYTES, need_to_decode
from batchquant.steps.result import TaskResult, VariantResult
from batchquant.steps.step import Step
from batchquant.steps.stopping import STOP_FILE


class Known(NamedTuple):
    """What is known of a variant whose pixels are there: files or figures are to be made of them.

    Attributes
    ----------
    made : VariantResult
        What came of it before, with the files that stay.
    kinds : frozenset of str
        Files that are to be made.
    kind, path, size_bytes, digest
        A file that gives the pixels back.
    lacks_figure : bool
        Whether its figures are to be computed again, since one is wanted that was not known then.
    """

    made: VariantResult
    kinds: frozenset[str]
    kind: str
    path: str
    size_bytes: int
    digest: bytes
    lacks_figure: bool = False


def shared_of(image: PlannedImage, output: Path) -> dict[str, Any]:
    """Return what all tasks of an image that open its file say of it, by attribute."""
    return {
        "key": image.key,
        "title": image.label,
        "source": image.file.place,
        "size_bytes": image.file.size_bytes,
        "frame": image.frame,
        "takes_all": image.takes_all,
        "pixels": image.pixels,
        "settings": image.settings,
        "output": output,
        "stop_file": output / STOP_FILE,
    }


@dataclass(frozen=True, slots=True)
class Pending:
    """Variants of one image that are to be made.

    Attributes
    ----------
    position : int
        Of the image in the plan.
    image : PlannedImage
        The image.
    variants : tuple of Variant
        At least one.
    known : tuple of Known
        Of each variant, where only files are to be made; else empty.
    earlier : TaskResult or None
        What is known of the picture then.
    """

    position: int
    image: PlannedImage
    variants: tuple[Variant, ...]
    known: tuple[Known, ...] = ()
    earlier: TaskResult | None = None


@dataclass(frozen=True, slots=True)
class Task(Step):
    """One image with variants to make of it, as a worker gets it.

    Attributes
    ----------
    index : int
        What the result is named by.
    position : int
        Of the image in the plan.
    title : str
        How a person knows the image.
    source : str
        The place of the image file.
    frame : int
        Which picture of it, from 0.
    takes_all : bool
        Whether other tasks make the others of the file.
    pixels : int
        Of the picture, as its header says; 0 where that could not be read.
    output : pathlib.Path
        The output folder.
    settings : Settings
        Of the job.
    stop_file : pathlib.Path or None
        When it appears, the worker comes to an end with what it has made.
    variants : tuple of Variant
        At most 16 (`batchquant.steps.tasks.MAX_VARIANTS`).
    known, earlier
        As in `Pending`.
    key : tuple of str and int
        Job, folder, image and frame: what names the image.
    part : str
        Which share of the image it has, where others have the rest; empty where none have.
    ours : frozenset of str
        Those of its paths whose files may be replaced.
    size_bytes : int
        Of the image file; 0 where nobody asked.
    timeout : float or str
        As in the job file.
    is_shown_next : bool
        Whether an overview follows that will want what this process has of the picture.
    is_in_other_jobs : bool
        Whether tasks of other jobs, right before or behind it, show the same picture: then it is
        decoded once.
    group : Group or None
        The pictures that it shares a palette with.
    """

    index: int
    position: int
    title: str
    source: str
    frame: int
    takes_all: bool
    pixels: int
    output: Path
    settings: Settings
    stop_file: Path | None
    variants: tuple[Variant, ...]
    known: tuple[Known, ...] = ()
    earlier: TaskResult | None = None
    key: ImageKey = ("", "", "", 0)
    part: str = ""
    ours: frozenset[str] = frozenset()
    size_bytes: int = 0
    timeout: float | str = 0.0
    is_shown_next: bool = False
    is_in_other_jobs: bool = False
    group: Group | None = None

    def run(self, give: Callable[[TaskResult], None]) -> TaskResult:
        """Make the variants, in a worker."""
        from batchquant.steps.variants import process

        return process(self, give)

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most."""
        kinds = self.variants[0].outputs
        needed = need_to_decode(self.source, self.size_bytes, self.pixels, self.settings, kinds)
        if self.is_in_other_jobs:
            needed += BYTES_PER_KEPT_PIXEL * self.pixels
        return needed + (len(self.variants) * TILE_BYTES if self.is_shown_next else 0)

    @property
    def limit(self) -> Limit:
        """How long it may take."""
        n_further_files = len(self.places) - len(self.variants)
        return limit_of(self.timeout, self.pixels, self.n_steps + n_further_files)

    @property
    def scope(self) -> ImageKey:
        """What it is of: its image."""
        return self.key

    @property
    def step(self) -> str:
        """What it is called: one of several that make variants."""
        return VARIANTS

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of all files that it makes, relative to the output folder."""
        return tuple(path for variant in self.variants for path in variant.outputs.values())

    @property
    def work(self) -> float:
        """How long it takes beside others: to make each variant, and to decode once."""
        return work_of(self.pixels, len(self.variants) + 1)

    @property
    def n_steps(self) -> int:
        """How often colors are searched for."""
        if self.group is not None:
            return len(self.variants)
        return sum(n_searches(self.settings, each.k, each.init) for each in self.variants)
