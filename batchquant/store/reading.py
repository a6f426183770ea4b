"""Plan and records, side by side, an image at a time: memory does not grow with them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.known import MAX_READ, Drawn, Records
from batchquant.store.records import Key, VariantRecord


class ImageState(NamedTuple):
    """An image and what is known of it.

    Attributes
    ----------
    image : PlannedImage
        As it is planned.
    records : list of VariantRecord or None
        Of each of its variants; None where it is not settled.
    overview : OverviewRecord or None
        What was drawn of it.
    """

    image: PlannedImage
    records: list[VariantRecord | None]
    overview: OverviewRecord | None

    @property
    def known(self) -> list[VariantRecord]:
        """The records that there are."""
        return [record for record in self.records if record is not None]


Name = TypeVar("Name", Key, DrawnKey)
Record = TypeVar("Record", VariantRecord, OverviewRecord)


class Known(NamedTuple):
    """A plan, what is settled of it, and what is drawn: all that report and page are made of."""

    plan: Plan
    settled: Mapping[Key, VariantRecord]
    drawn: Mapping[DrawnKey, OverviewRecord]

    def states(self, positions: slice = slice(None)) -> Iterator[ImageState]:
        """Yield images with what is known of them, in plan order: all, or those at positions."""
        images = self.plan.images
        wanted = iter(images if positions == slice(None) else images[positions])
        while some := list(islice(wanted, MAX_READ)):
            keys = [image.key for image in some]
            of_each, drawn = _of_each(self.settled, keys), _of_each(self.drawn, keys)
            for image, known, overviews in zip(some, of_each, drawn, strict=True):
                key = image.key
                records = [
                    # As `record_of`, sooner.
                    None if image.refusal else known.get((*key, variant.k, variant.init))
                    for variant in image.variants
                ]
                yield ImageState(image, records, overviews.get(image.key))


def _of_each(
    known: Mapping[Name, Record], images: Sequence[ImageKey]
) -> Sequence[Mapping[Name, Record]]:
    """Return where to find what is known of each of some images."""
    if isinstance(known, Records | Drawn):
        return known.of_images(images)
    return [known] * len(images)
