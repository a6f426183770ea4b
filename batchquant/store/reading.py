"""Plan and records, side by side: memory does not grow with them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from batchquant.plan.records import ImageKey, Plan
from batchquant.steps.result import DrawnKey
from batchquant.store.drawn import OverviewRecord
from batchquant.store.known import Drawn
from batchquant.store.records import Key, VariantRecord


class Known(NamedTuple):
    """A plan, what is settled of it, and what is drawn: all that report and page are made of."""

    plan: Plan
    settled: Mapping[Key, VariantRecord]
    drawn: Mapping[DrawnKey, OverviewRecord]


def overviews_of(
    drawn: Mapping[DrawnKey, OverviewRecord], images: Sequence[ImageKey]
) -> list[OverviewRecord | None]:
    """Return what was drawn of each of some images, at most `MAX_READ`."""
    if isinstance(drawn, Drawn):
        found = zip(images, drawn.of_images(images), strict=True)
        return [of_image.get(image) for image, of_image in found]
    return [drawn.get(image) for image in images]
