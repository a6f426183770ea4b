"""What an upgrade changes in an output folder, though nobody has changed the job file."""

from batchquant.jobfile import JobFile
from batchquant.plan.wording import word
from batchquant.quantization.restarts import restarts_of
from batchquant.store.kept_plan import wording_of_last_run

FIRST_DEFAULTS = {"init": "in_pixel", "n_init": "1"}
KNOWN_SINCE = "refine"  # a key that there was not before the defaults changed


def news_of(job_file: JobFile) -> tuple[str, ...]:
    """Say which defaults are others than in the last run into the output folder.

    Only where that was by a version with the first defaults, and the job file leaves a key to
    them; so it is said until the next run has begun.
    """
    last = wording_of_last_run(job_file.output)
    if last is None:
        return ()
    before = dict(last.jobs)
    changed: dict[str, str] = {}
    for job, (name, keys) in zip(job_file.jobs, word(job_file).jobs, strict=True):
        said = dict(before.get(name, ()))
        if not said or KNOWN_SINCE in said or job.palette:
            continue
        repeats = {restarts_of(job.n_init, k, init) for k in job.k for init in job.init} != {1}
        for key, now in keys:
            if (
                key in FIRST_DEFAULTS
                and said.get(key) == FIRST_DEFAULTS[key]
                and key not in job.model_fields_set
            ):
                changed |= {key: now} if key != "n_init" or repeats else {}
    if not changed:
        return ()
    told = ", ".join(f"{key} {now} (was {FIRST_DEFAULTS[key]})" for key, now in changed.items())
    keep = " and ".join(f"{key}: {FIRST_DEFAULTS[key]}" for key in changed)
    return (
        f"Since the last run defaults have changed: {told}. So outputs are made anew. To keep those"
        f" that are there, write {keep} into the job file.",
    )
