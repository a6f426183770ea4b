"""What failed → what is to be done about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from batchquant.report.failed import Failure, failures_by_picture, told_once
from batchquant.report.page.advice import ABSENT, UNDRAWN, advise, class_of
from batchquant.report.summary import find_undrawn
from batchquant.store.reading import Known
from batchquant.store.totals import states_of


@dataclass(frozen=True, slots=True)
class FailureClass:
    """What failed for one class of reasons."""

    heading: str  # what it is
    advice: str  # what to do
    noun: str  # of one of them: input, picture or contact sheet
    failures: tuple[Failure, ...]  # in the order of the page


def group_failures(
    failed: Iterable[Failure],
    absent: Iterable[tuple[str, str]] = (),
    undrawn: Iterable[tuple[str, str, int | None]] = (),
) -> tuple[FailureClass, ...]:
    """Group failures by advice: inputs; images, most frequent first; what could not be drawn.

    `absent` are places of inputs with reasons, `undrawn` names of overviews and books with reasons
    and places of images.
    """

    def reason_class(failure: Failure) -> str:
        return class_of(failure.reason)

    failed = sorted(told_once(failed), key=reason_class)
    by_class = [(name, tuple(same)) for name, same in groupby(failed, reason_class)]
    by_class.sort(key=lambda entry: -len(entry[1]))
    classes = [FailureClass(*advise(name), "picture", same) for name, same in by_class]
    if inputs := tuple(Failure(place, reason, None) for place, reason in absent):
        classes.insert(0, FailureClass(*ABSENT, "input", inputs))
    if overviews := tuple(Failure(*entry) for entry in undrawn):
        classes.append(FailureClass(*UNDRAWN, "contact sheet", overviews))
    return tuple(classes)


def failures_of(known: Known) -> tuple[FailureClass, ...]:
    """Group what failed of a plan, as the page does."""
    found = states_of(known.plan.images, known.settled).failures
    failed = failures_by_picture(found)
    absent = dict.fromkeys((place, reason) for _, place, reason in known.plan.absent)
    return group_failures(failed, absent, find_undrawn(known.plan, known.drawn))
