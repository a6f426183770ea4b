"""How much is planned, and how far it is carried out: counted in the table, or else one by one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from batchquant.files.layout import RUN_FOLDER
from batchquant.plan.picture_step import SHEET_VARY
from batchquant.plan.records import ImageKey, PlannedImage
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.known import Drawn, Records
from batchquant.store.planned import PlannedImages
from batchquant.store.records import Key, VariantRecord, record_of


@dataclass(slots=True)
class Totals:
    """How much is planned.

    Attributes
    ----------
    n_images, n_variants : int
        Refused ones count, too.
    n_refused, pixels : int
        Variants of images that are refused, and pixels of those that are not.
    folders : dict of tuple of str
        Jobs and input folders, in the order of the report.
    files : collections.Counter of str
        Files that a person will find, by kind.
    books : dict of str
        Jobs that have one.
    targets : dict of str
        What pictures are to reach, each as a condition.
    """

    n_images: int = 0
    n_variants: int = 0
    n_refused: int = 0
    pixels: int = 0
    folders: dict[tuple[str, str], None] = field(default_factory=dict)
    files: Counter[str] = field(default_factory=Counter)
    books: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)

    def add(self, image: PlannedImage, n_images: int, n_possible: int, pixels: int) -> None:
        """Count images like one, of which some are not refused."""
        self.n_images += n_images
        self.n_variants += n_images * len(image.variants)
        self.n_refused += (n_images - n_possible) * len(image.variants)
        self.pixels += pixels
        self.folders[image.job, image.folder] = None
        for kind, n in _kinds_of(image).items() if n_possible else ():
            self.files[kind] += n * n_possible
        if image.overview.is_in_book and n_possible:
            self.books[image.job] = None
        if image.overview.target is not None and n_possible:
            self.targets[image.overview.target.condition] = None

    @property
    def drawn(self) -> tuple[str, ...]:
        """What is drawn of pictures, as people call it; without sheets, what the page shows."""
        has_sheets = any(kind.startswith("sheet_") for kind in self.files)
        return ("contact sheet" if has_sheets else "preview", *(["book"] if self.books else []))

    @property
    def jobs(self) -> dict[str, None]:
        """Their names, in the order of the report."""
        return dict.fromkeys(job for job, _ in self.folders)


def totals_of(images: Sequence[PlannedImage]) -> Totals:
    """Count what is planned."""
    found = Totals()
    if isinstance(images, PlannedImages):
        for group in images.groups():
            found.add(*group)
    else:
        for image in images:
            is_possible = image.refusal is None
            found.add(image, 1, is_possible, image.pixels * is_possible)
    return found


def n_pictures_of(images: Sequence[PlannedImage]) -> int:
    """Count pictures: what several jobs show is one."""
    if isinstance(images, PlannedImages):
        return images.n_pictures
    return len({image.key[1:] for image in images})


def refused_of(images: Sequence[PlannedImage]) -> Iterator[PlannedImage]:
    """Yield images that cannot have outputs."""
    if isinstance(images, PlannedImages):
        return images.refused()
    return (image for image in images if image.refusal is not None)


class States(NamedTuple):
    """How many planned variants are settled, and the first reason of each image that failed.

    Attributes
    ----------
    n_done, n_failed : int
        Variants; those of refused images are not among them.
    failures : dict of tuple to str
        Keys of images and reasons, in the order of the report.
    """

    n_done: int
    n_failed: int
    failures: dict[ImageKey, str]


def states_of(images: Sequence[PlannedImage], settled: Mapping[Key, VariantRecord]) -> States:
    """Count what became of the variants of images."""
    if isinstance(images, PlannedImages) and isinstance(settled, Records):
        n_done, n_failed = settled.count("done"), settled.count("failed")
        reasons = {image.key: image.refusal or "" for image in images.refused()}
        reasons |= settled.errors()
        found = sorted((images.position(key), reason) for key, reason in reasons.items())
        return States(
            n_done, n_failed, {images[at].key: reason for at, reason in found if at is not None}
        )
    counts, failures = Counter[str](), dict[ImageKey, str]()
    for image in images:
        for variant in image.variants:
            record = record_of(image, variant, settled)
            error = image.refusal or (record and record.error)
            if error:
                failures.setdefault(image.key, error)
            if record is not None:
                counts[record.status] += 1
    return States(counts["done"], counts["failed"], failures)


def undrawn_of(drawn: Mapping[DrawnKey, OverviewRecord]) -> dict[ImageKey, str]:
    """Return which overviews and books could not be drawn, and why."""
    if isinstance(drawn, Drawn):
        return drawn.errors()
    return {record.image_key: record.error for record in drawn.values() if record.error is not None}


def n_best_of(drawn: Mapping[DrawnKey, OverviewRecord]) -> int:
    """Count pictures that reach their target."""
    if isinstance(drawn, Drawn):
        return drawn.n_with("best")
    return sum("best" in record.outputs for record in drawn.values())


def _kinds_of(image: PlannedImage) -> Counter[str]:
    """Count the files of an image that a person will find, by kind."""
    kinds = Counter(kind for variant in image.variants for kind in variant.outputs)
    whole = (kind for kind, path in image.overview.files if not path.startswith(f"{RUN_FOLDER}/"))
    of_all = (kind for step in image.steps if step.name == SHEET_VARY for kind, _ in step.files)
    return kinds + Counter(whole) + Counter(of_all)
