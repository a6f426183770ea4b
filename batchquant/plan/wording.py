"""A job file → what its keys are set to, for people to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # workers read tasks only, and start sooner without what job files need
    from batchquant.jobfile import JobFile

Keys = tuple[tuple[str, str], ...]
"""Keys of a job file, each with what it is set to."""
UNSET = {"include": "all formats"}
"""What an empty list says; that of other keys says ``none``."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A job file in words.

    Attributes
    ----------
    name : str
        Of the file, without its folder; as the operating system gave it.
    shared : Keys
        What belongs to the whole file.
    jobs : tuple of tuple of str and Keys
        Name and keys of each job; the name is empty in a file without entries.
    varied : tuple of tuple of str and Keys
        Name of each job that is one of several combinations, and what its varied keys are set to.
    overrides : tuple of str
        What was given beside the file, as options.
    combinations : tuple of tuple of str and tuple of str
        Of each entry that varies keys its first job, and all of them, in their order.
    """

    name: str = ""
    shared: Keys = ()
    jobs: tuple[tuple[str, Keys], ...] = ()
    varied: tuple[tuple[str, Keys], ...] = ()
    overrides: tuple[str, ...] = ()
    combinations: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def varied_in(self, job: str) -> Keys:
        """Return what varied keys are set to in a job; nothing where it varies none."""
        return dict(self.varied).get(job, ())


UNSAID = Wording()


def word(job_file: "JobFile") -> Wording:
    """Say what every key of a job file is set to, by itself or by default.

    Parameters
    ----------
    job_file : JobFile
        With all defaults filled in.

    Returns
    -------
    Wording
        Keys in the order of `JobFile` and `Job`. Inputs are told by their names in the output tree,
        and ``output`` not at all: the same pictures in another place give the same words. Nor is
        ``when_done``, which makes none, and may hold what is secret.
    """
    unsaid = {
        "path",
        "output",
        "state",
        "bucket",
        "varied",
        "combinations",
        "overrides",
        "when_done",
    }
    content = job_file.model_dump(exclude=unsaid)
    jobs = content.pop("jobs")
    return Wording(
        job_file.path.name,
        _keys(content),
        tuple((job.pop("name"), _keys(job)) for job in jobs),
        tuple((name, tuple(keys.items())) for name, keys in job_file.varied.items()),
        job_file.overrides,
        tuple(job_file.combinations.items()),
    )


def tell_varied(varied: Iterable[tuple[str, str]]) -> str:
    """Say in a line what varied keys are set to."""
    return " · ".join(f"{key} {value or 'none'}" for key, value in varied)


def _keys(content: dict[str, Any]) -> Keys:
    return tuple((key, _say(value) or UNSET.get(key, "none")) for key, value in content.items())


def _say(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.15g}"  # the shortest that YAML reads as the same
        case tuple():
            return ", ".join(map(_say, value))
        case {"name": name, "only": only, "exclude": exclude}:
            told = f"{name}, only {_say(only)}" if only else name
            return f"{told} without {_say(exclude)}" if exclude else told
        case dict():
            return ", ".join(f"{key}: {_say(entry)}" for key, entry in value.items())
    return str(value)
