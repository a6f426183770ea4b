"""What a run takes out of report and page that another put there, said before it does so."""

from contextlib import suppress
from pathlib import Path

from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.outputs import place_of_output
from batchquant.jobfile import JobFile
from batchquant.report.manifest import MANIFEST_FILE, read_manifest
from batchquant.run.reasons import Reason
from batchquant.run.review import Review


def displaced_by(job_file: JobFile, found: Review) -> tuple[str, ...]:
    """Say what is replaced, or leaves the report, of what another job file made there.

    Or what leaves it by keys that were set beside the job file. Nothing is said of a job file that
    was edited: whoever did so knows. No question is asked, since nobody may be there to answer, and
    nothing is refused, since nothing is lost: the other job file makes its own again.
    """
    other = _other_job_file(job_file)
    if other is None and not job_file.overrides:
        return ()
    n_leaving = found.count_leaving()
    leaving = f"{_variants(n_leaving)} no more in report and page, though their files stay"
    if other is None:
        if not n_leaving:
            return ()
        keys = " and ".join(job_file.overrides)
        return (
            f"By {keys}, in place of what the job file says, {leaving}. To make a part of what the"
            " job file says, and keep the rest: -k, --init, --only, --job.",
        )
    n_replaced = found.count_reasons()[Reason.SETTING_CHANGED]
    told = [f"{_variants(n_replaced)} made again by this job file"] if n_replaced else []
    told += [leaving] if n_leaving else []
    if not told:
        return ()
    is_beside = other.parent == job_file.path.parent
    return (
        f"{place_of_output(job_file.output)} was last written by"
        f" {other.name if is_beside else other}: {', and '.join(told)}. To keep both, give this job"
        f" file an output of its own, such as output: out-{job_file.path.stem}.",
    )


def _other_job_file(job_file: JobFile) -> Path | None:
    """Return the job file of the last run into the output folder, if it is another, and is there.

    One that was renamed since is there no more.
    """
    output = job_file.output
    with suppress(OSError, ValueError):  # nobody has run, or of another version
        manifest = read_regular(output / RUN_FOLDER / MANIFEST_FILE)
        other = read_manifest(manifest, output).job_file.path
        if other != job_file.path and other.is_file():
            return other
    return None


def _variants(n: int) -> str:
    return "1 variant is" if n == 1 else f"{n:,} variants are"
