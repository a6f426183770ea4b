"""What the page shows."""

from dataclasses import dataclass, field
from typing import NamedTuple

from batchquant.metrics.target import Target
from batchquant.plan.records import label_of


class OutputFile(NamedTuple):
    """A file of a variant."""

    kind: str  # of the registry of formats
    path: str  # relative to the output folder
    size_bytes: int


@dataclass(slots=True)  # not frozen, which takes three times as long to make; nobody changes one
class ShownVariant:
    """One way an image was shown in a few colors; figures are None where it is not done."""

    k: int
    init: str
    status: str
    files: tuple[OutputFile, ...] = ()  # pictures before palettes
    seed: int | None = None
    n_colors: int | None = None
    n_iter: int | None = None
    converged: bool | None = None
    inertia: float | None = None
    shared_inertia: float | None = None
    figures: dict[str, float] = field(default_factory=dict)  # by name, as far as they are known
    animations: tuple[OutputFile, ...] = ()  # of all frames of its file


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image with everything that was made of it; paths are relative to the output folder."""

    job: str
    folder: str
    image: str
    frame: int
    width: int | None  # as it was clustered
    height: int | None
    distinct_colors: int | None
    source: str  # format and mode of the file
    notes: str  # what was converted or left while it was read
    error: str | None  # why variants failed; begins with the class of the reason
    variants: tuple[ShownVariant, ...]  # in plan order
    knee: int | None = None  # K from which more colors stop paying
    sharing: str = ""  # which pictures have its palette, too; empty where none do
    target: Target | None = None  # how close is close enough
    best: tuple[int, str] | None = None  # K and start that meet it with the fewest colors
    best_path: str | None = None  # the file that it stands as
    sheets: tuple[str, ...] = ()  # paths of its contact sheets
    before_after: str | None = None  # path of what fades from the original, if there is one
    pixel_aspect: float = 1.0  # how wide its pixels are beside their height
    # path, as of the next two: made by workers, None where it is not there
    thumbnail: str | None = None
    preview: str | None = None
    palettes: str | None = None

    @property
    def label(self) -> str:
        """How a person knows the image, as `PlannedImage.label`."""
        return label_of((self.job, self.folder, self.image, self.frame))

    @property
    def picture(self) -> str:
        """What all jobs call it."""
        return label_of(("", self.folder, self.image, self.frame))

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
