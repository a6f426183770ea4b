"""Plan and records, side by side, an image at a time: memory does not grow with them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from batchquant.plan.records import Plan, PlannedImage
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.records import Key, VariantRecord, record_of


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


class Known(NamedTuple):
    """A plan, what is settled of it, and what is drawn: all that report and page are made of."""

    plan: Plan
    settled: Mapping[Key, VariantRecord]
    drawn: Mapping[DrawnKey, OverviewRecord]

    def states(self, positions: slice = slice(None)) -> Iterator[ImageState]:
        """Yield images with what is known of them, in plan order: all, or those at positions."""
        images = self.plan.images
        for image in images if positions == slice(None) else images[positions]:
            records = [record_of(image, variant, self.settled) for variant in image.variants]
            yield ImageState(image, records, self.drawn.get(image.key))
