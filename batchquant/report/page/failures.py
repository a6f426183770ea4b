"""Images that failed → what is to be done about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from batchquant.report.page.advice import advise, class_of
from batchquant.report.page.records import ShownImage


@dataclass(frozen=True, slots=True)
class FailureClass:
    """Images that failed for one class of reasons.

    Attributes
    ----------
    heading, advice : str
        What it is, and what to do.
    images : tuple of tuple of int and ShownImage
        Each with its place among all images, in their order.
    """

    heading: str
    advice: str
    images: tuple[tuple[int, ShownImage], ...]


def group_failures(images: Sequence[ShownImage]) -> tuple[FailureClass, ...]:
    """Bring failed images together by what is to be done about them; the most frequent first."""
    failed = [(i, image) for i, image in enumerate(images) if image.error is not None]

    def reason(entry: tuple[int, ShownImage]) -> str:
        return class_of(entry[1].error or "")

    by_class = [(name, tuple(same)) for name, same in groupby(sorted(failed, key=reason), reason)]
    return tuple(
        FailureClass(*advise(name), same)
        for name, same in sorted(by_class, key=lambda entry: -len(entry[1]))
    )
