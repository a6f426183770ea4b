"""What failed → what is to be done about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from batchquant.report.page.advice import ABSENT, UNDRAWN, advise, class_of
from batchquant.report.page.records import Shown


@dataclass(frozen=True, slots=True)
class Failure:
    """An image or input that failed, or an overview or book that could not be drawn."""

    label: str  # as a person knows it
    reason: str
    place: int | None  # of the image among all; None of an input and of a book


@dataclass(frozen=True, slots=True)
class FailureClass:
    """What failed for one class of reasons."""

    heading: str  # what it is
    advice: str  # what to do
    noun: str  # of one of them: input, image or overview
    failures: tuple[Failure, ...]  # in the order of the page


def group_failures(shown: Shown) -> tuple[FailureClass, ...]:
    """Group failures by advice: inputs; images, most frequent first; what could not be drawn."""

    def reason_class(failure: Failure) -> str:
        return class_of(failure.reason)

    failed = sorted(_failed_images(shown), key=reason_class)
    by_class = [(name, tuple(same)) for name, same in groupby(failed, reason_class)]
    by_class.sort(key=lambda entry: -len(entry[1]))
    classes = [FailureClass(*advise(name), "image", same) for name, same in by_class]
    if shown.absent:
        absent = tuple(Failure(place, reason, None) for place, reason in shown.absent)
        classes.insert(0, FailureClass(*ABSENT, "input", absent))
    if shown.undrawn:
        places = {image.label: place for place, image in enumerate(shown.images)}
        undrawn = (Failure(label, reason, places.get(label)) for label, reason in shown.undrawn)
        classes.append(FailureClass(*UNDRAWN, "overview", tuple(undrawn)))
    return tuple(classes)


def _failed_images(shown: Shown) -> Iterator[Failure]:
    for place, image in enumerate(shown.images):
        if image.error is not None:
            yield Failure(image.label, image.error, place)
