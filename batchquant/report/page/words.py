"""Words of the page that a newcomer may not know → what they mean."""

from collections.abc import Iterable, Iterator

from batchquant.jobfile.model import Job
from batchquant.plan.wording import Wording
from batchquant.report.page.statistics import JobFigures

STARTS = {
    "random": "K-Means begins with colors from anywhere in the RGB cube.",
    "in_pixel": "K-Means begins with pixels of the picture, chosen by chance.",
    "kmeans++": "K-Means begins with pixels that are far apart, chosen by chance.",
    "maximin": "K-Means begins with pixels as far apart as there are.",
}


def explain_words(jobs: Iterable[JobFigures], wording: Wording) -> dict[str, str]:
    """Return what starts that were tried, and keys that are varied, mean."""
    return dict([*_keys(wording), *_starts(jobs)])


def _starts(jobs: Iterable[JobFigures]) -> Iterator[tuple[str, str]]:
    tried = {start for job in jobs for start in job.n_iter}
    return ((name, meaning) for name, meaning in STARTS.items() if name in tried)


def _keys(wording: Wording) -> Iterator[tuple[str, str]]:
    varied = dict.fromkeys(key for _, keys in wording.varied for key, _ in keys)
    for key in varied:
        field = Job.model_fields.get(key)
        if field is not None and field.description:  # a key may be of a version to come
            yield key, field.description
