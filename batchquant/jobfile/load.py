"""A job file → `JobFile`, or every problem of it with its line and column."""

import difflib
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from batchquant.errors import JobFileError, JobFileProblem
from batchquant.images.read.formats import read_suffixes
from batchquant.jobfile.given import node_of
from batchquant.jobfile.model import Job
from batchquant.jobfile.overrides import Override
from batchquant.jobfile.run_wide import RUN_WIDE, JobFile
from batchquant.jobfile.scalar import describe
from batchquant.jobfile.sentences import translate_all, unfit
from batchquant.jobfile.slips import find_missing_colons
from batchquant.jobfile.tree import Node, Place, Problem, parse
from batchquant.jobfile.vary import Varied, as_varied, expand, inherit

MAX_BYTES = 256 * 1024
MAX_PROBLEMS = 20  # told one by one
WHOLE = "job file"  # names the file itself where a problem has no key
TOP = Place(1, 1)
AT_LEAST = "Write at least two lines, such as inputs: photos and k: 3,5,7"


JobLike = str | os.PathLike[str] | Mapping[str, object]
"""A job file by its path, its text, or as what the text says."""


def load_job(
    job: JobLike,
    *,
    output: str | Path | None = None,
    overrides: Sequence[Override] = (),
) -> JobFile:
    """Read and check a job.

    Parameters
    ----------
    job : str, path-like or mapping
        The path of a YAML file; or its text, a str of several lines or in braces; or what it says:
        ``{"inputs": "photos", "k": [3, 5]}``. Paths are relative to the file, or else to the
        current folder.
    output : str or pathlib.Path, optional
        Output folder to use instead of the file's; relative to the current folder.
    overrides : sequence of Override
        What stands in place of keys of the file, in this order.

    Returns
    -------
    JobFile
        All keys with their defaults filled in, all paths absolute.

    Raises
    ------
    JobFileError
        With all problems of it at once.

    Examples
    --------
    >>> job_file = load_job({"inputs": ".", "k": [3, 5], "output": "../out"})
    >>> job_file.jobs[0].k, job_file.jobs[0].init
    ((3, 5), ('kmeans++',))
    """
    name = resolved = Path(WHOLE)  # of what is in no file
    base = Path().resolve()
    root: Node | None
    problems: list[Problem] = []
    if isinstance(job, Mapping):
        root = node_of(job)
    elif isinstance(job, str) and _is_text(job):
        root, problems = _parse(job.encode("utf-8", "surrogatepass"))
    else:
        name, resolved = Path(job), Path(job).resolve()
        root, problems, base = *_read(name), resolved.parent
    if root is None:
        raise _error(name, problems)
    for override in overrides:
        override.put_into(root)
    tree, families = _fill_in_defaults(root, problems)
    raw = {**_plain_mapping(tree), "path": resolved, **as_varied(families)}
    raw["overrides"] = tuple(override.text for override in overrides)
    if output is not None:
        raw["output"] = str(Path(output).resolve())
        raw.pop("state", None)
    context = {"base": base}
    try:
        job_file = JobFile.model_validate(raw, context=context)
    except ValidationError as error:
        problems += translate_all(error, tree)
    # Defaults that every entry overrides are in no entry, and are checked all the same.
    if root.entries is not None and "jobs" in root.entries:
        problems += _check_defaults(root, context)
    if problems:
        raise _error(name, problems)
    return job_file


def as_job_file(job: JobFile | JobLike) -> JobFile:
    """Load a job, unless it is loaded."""
    return job if isinstance(job, JobFile) else load_job(job)


def output_of(path: str | Path) -> Path:
    """Return the output folder of a job file, whatever is to be mended in the rest of it.

    Parameters
    ----------
    path : str or pathlib.Path
        A YAML file.

    Returns
    -------
    pathlib.Path
        The folder, links resolved; of outputs in a bucket that of their state.

    Raises
    ------
    JobFileError
        If the file does not say.
    """
    path = Path(path)
    root, problems = _read(path)
    if root is None:
        raise _error(path, problems)
    keys = {key: node for key, node in (root.entries or {}).items() if key in ("output", "state")}
    tree = Node(root.place, "", root.place, entries=keys)
    raw = {**_plain_mapping(tree), "path": path.resolve(), "jobs": ()}
    try:
        return JobFile.model_validate(raw, context={"base": path.resolve().parent}).output
    except ValidationError as error:
        raise _error(path, translate_all(error, tree)) from None


def _read(path: Path) -> tuple[Node | None, list[Problem]]:
    """Read and parse the file; without a mapping there is at least one problem."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        told = _about_unreadable(path, error)
        raise JobFileError((JobFileProblem(str(path), None, None, "", told),)) from None
    if path.suffix.lower() in read_suffixes():
        told = "a picture, not a job file. To show it in a few colors: batchquant image"
        told += f" {shlex.quote(str(path))} -k 5"
        raise JobFileError((JobFileProblem(str(path), None, None, "", told),))
    return _parse(content)


def _is_text(job: str) -> bool:
    """Tell the text of a job file from the path of one."""
    return "\n" in job or job.lstrip().startswith("{")


def _parse(content: bytes) -> tuple[Node | None, list[Problem]]:
    """Parse what is in a job file; without a mapping there is at least one problem."""
    problems: list[Problem] = []

    def hopeless(place: Place, text: str) -> tuple[None, list[Problem]]:
        return None, [*problems, Problem(place, "", text)]

    if len(content) > MAX_BYTES:
        return hopeless(
            TOP,
            f"the file is larger than {MAX_BYTES // 1024} kB, which no job file is. Name another.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        # Columns count characters, and what comes before the fault is good UTF-8.
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        told = f"the byte 0x{content[error.start]:02X} here is no UTF-8. Save the file as UTF-8."
        return hopeless(Place(line, column), told)
    root, problems = parse(text)
    if root is None and not problems:
        return hopeless(TOP, f"the file is empty. {AT_LEAST}")
    if root is not None and root.entries is None:
        if root.items is None and (slips := find_missing_colons(text)):
            return None, [Problem(Place(at.line, at.column), at.key, at.told) for at in slips]
        return hopeless(root.place, f"{describe(root.plain())} is no job. {AT_LEAST}")
    return root, problems


def _about_unreadable(path: Path, error: OSError) -> str:
    """Say why there is no text of a job file, and what would help."""
    named = shlex.quote(str(path))
    if isinstance(error, IsADirectoryError):
        return f"a folder, not a job file. To write one for it: batchquant init {named}"
    if isinstance(error, FileNotFoundError):
        wanted = path if path.suffix else path.with_suffix(".yaml")
        beside = (*path.parent.glob("*.yaml"), *path.parent.glob("*.yml"))
        if close := difflib.get_close_matches(str(wanted), sorted(map(str, beside)), 1, 0.8):
            return f"no such file. Did you mean {close[0]}?"
        other = "" if path.name == "jobs.yaml" else f" --file {named}"
        return f"no such file. To write one: batchquant init FOLDER{other}"
    return f"cannot be read: {(error.strerror or str(error)).lower()}."


def _fill_in_defaults(root: Node, problems: list[Problem]) -> tuple[Node, list[list[Varied]]]:
    """Bring all forms of a job file into one: run-wide keys and a list of full jobs.

    Nodes keep their places: a default that stands above the entries is reported where it stands.
    Also returns, of each entry, those that it stands for.
    """
    entries = root.entries or {}
    run_wide = {key: node for key, node in entries.items() if key in RUN_WIDE}
    shared = {key: node for key, node in entries.items() if key not in RUN_WIDE | {"jobs"}}
    if "name" in shared:
        node = shared.pop("name")
        text = "a name is for an entry of 'jobs'. Move it into one, or take it out."
        problems.append(Problem(node.key_place, node.path, text))
    full: list[Node] = []
    listed = entries.get("jobs")
    if listed is None:
        full.append(Node(root.place, "", root.place, entries=shared))
    elif not listed.items:
        text = f"{unfit(listed.plain())} Write a list of jobs, each with a 'name'."
        problems.append(Problem(listed.place, listed.path, text))
    for entry in (listed.items if listed else None) or []:
        if entry.entries is None:
            text = f"{unfit(entry.plain())} Write the keys of a job, its 'name' among them."
            problems.append(Problem(entry.place, entry.path, text))
            continue
        if "name" not in entry.entries:
            text = "this job has no name. Add one, which is that of its folder: name: holiday"
            problems.append(Problem(entry.place, entry.path, text))
        keys = inherit(shared, entry.entries)
        full.append(Node(entry.place, entry.path, entry.place, entries=keys))
    families = [list(expand(entry, problems)) for entry in full]
    expanded = [each.entry for family in families for each in family]
    _refuse_equal_names(expanded, problems)
    jobs = Node(root.place, "", root.place, items=expanded)
    return Node(root.place, "", root.place, entries={**run_wide, "jobs": jobs}), families


def _refuse_equal_names(entries: list[Node], problems: list[Problem]) -> None:
    names = set[str]()
    for entry in entries:
        node = (entry.entries or {}).get("name")
        if node is None or not isinstance(node.scalar, str):
            continue
        if node.scalar in names:
            text = f"another job is called {describe(node.scalar)}, too. Give each its own name."
            problems.append(Problem(node.place, node.path, text))
        names.add(node.scalar)


def _check_defaults(root: Node, context: dict[str, Path]) -> Iterator[Problem]:
    outside = RUN_WIDE | {"jobs", "name"}
    shared = {key: node for key, node in (root.entries or {}).items() if key not in outside}
    found: list[Problem] = []
    for combination in expand(Node(root.place, "", root.place, entries=shared), found):
        tree = combination.entry
        (tree.entries or {}).pop("name", None)
        try:
            Job.model_validate(tree.plain(), context=context)
        except ValidationError as error:
            yield from translate_all(error, tree, incomplete=True)
    yield from found


def _plain_mapping(tree: Node) -> dict[str, Any]:
    return {key: node.plain() for key, node in (tree.entries or {}).items()}


def _error(path: Path, problems: Iterable[Problem]) -> JobFileError:
    """Put the problems into the order of the file, the first of each place and path only."""
    first: dict[tuple[int, int, str], str] = {}
    for problem in problems:
        place = (problem.place.line, problem.place.column, problem.path or WHOLE)
        first.setdefault(place, problem.text)
    found = [
        JobFileProblem(str(path), line or None, column or None, where, text)
        for (line, column, where), text in sorted(first.items())[:MAX_PROBLEMS]
    ]
    n_more = len(first) - MAX_PROBLEMS
    if n_more > 0:
        told = f"and {n_more} more problem{'s' if n_more > 1 else ''}."
        found.append(JobFileProblem(str(path), None, None, "", told))
    return JobFileError(tuple(found))
