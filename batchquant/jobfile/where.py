"""A key of a job file that was loaded → where it stands, for what is found out only later."""

from batchquant.errors import JobFileProblem
from batchquant.jobfile.model import Job
from batchquant.jobfile.run_wide import JobFile
from batchquant.jobfile.tree import NOWHERE, Node, Place, parse


def about_key(job_file: JobFile, job: Job, keys: tuple[str | int, ...], told: str) -> str:
    """Say something of a key of a job, with its line where the file has one.

    The key may stand in the entry of the job, or above all entries. A file that has changed since,
    and a job that is in no file, are told without a line.
    """
    place, path = _find(job_file, job, keys)
    line, column = (place.line, place.column) if place.line else (None, None)
    return str(JobFileProblem(str(job_file.path), line, column, path, told))


def _find(job_file: JobFile, job: Job, keys: tuple[str | int, ...]) -> tuple[Place, str]:
    try:
        root, _ = parse(job_file.path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        root = None
    if root is None or root.entries is None:
        return NOWHERE, ""
    listed = root.entries.get("jobs")
    name = job.name.partition("~")[0]  # behind it stands what is varied
    entries = [entry for entry in (listed and listed.items) or [] if _name_of(entry) == name]
    for node in (*entries, root):
        found, is_there = node.at(keys)
        if is_there:
            return found.key_place, found.path
    return NOWHERE, ""


def _name_of(entry: Node) -> str:
    node = (entry.entries or {}).get("name")
    return str(node.scalar) if node else ""
