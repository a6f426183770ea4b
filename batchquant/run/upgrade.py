"""What an upgrade changes in an output folder, though nobody has changed the job file."""

from batchquant.errors import StorageError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.jobfile import JobFile
from batchquant.plan.wording import word
from batchquant.quantization.restarts import restarts_of
from batchquant.store.kept_plan import PLAN_FILE, read_plan

FIRST_DEFAULTS = {"init": "in_pixel", "n_init": "1"}
KNOWN_SINCE = "refine"  # a key that there was not before the defaults changed


def news_of(job_file: JobFile) -> tuple[str, ...]:
    """Say which defaults are others than in the last run into the output folder.

    Only where that was by a version with the first defaults, and the job file leaves a key to
    them; so it is said until the next run has begun.
    """
    try:
        content = read_regular(job_file.output / RUN_FOLDER / PLAN_FILE)
        before = dict(read_plan(content, job_file.output).wording.jobs)
    except (OSError, StorageError):
        return ()
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
