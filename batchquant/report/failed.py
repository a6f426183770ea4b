"""Images that failed → what a person is told of them: a picture once, in however many jobs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from batchquant.plan.records import ImageKey, label_of


@dataclass(frozen=True, slots=True)
class Failure:
    """An image or input that failed, or an overview or book that could not be drawn."""

    label: str  # as a person knows it
    reason: str
    place: int | None  # of the image among all; None of an input and of a book
    picture: str = ""  # what several jobs call alike
    n_jobs: int = 1  # in which it failed for this reason

    @property
    def told(self) -> str:
        """What it is called where all jobs are told of at once."""
        return self.label if self.n_jobs == 1 else f"{self.label} ({self.n_jobs} jobs)"


def failures_by_picture(failures: Mapping[ImageKey, str]) -> Iterator[Failure]:
    """Yield what images failed for, by what all jobs call them."""
    for key, reason in failures.items():
        yield Failure(label_of(key), reason, None, label_of(("", *key[1:])))


def told_once(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Bring together what failed for the same reason in several jobs, where it stands first."""
    found: dict[tuple[str, str], Failure] = {}
    for failure in failures:
        name = failure.picture or failure.label
        first = found.get((name, failure.reason))
        if first is not None:
            failure = replace(first, label=name, n_jobs=first.n_jobs + 1)
        found[name, failure.reason] = failure
    return tuple(found.values())


def n_failed_pictures(failures: Iterable[Failure]) -> int:
    """Count pictures, whatever the number of jobs and reasons."""
    return len({failure.picture for failure in failures if failure.picture})
