"""A job file → the plan: finds the images and looks at their headers."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from heapq import merge

from batchquant.engine.memory import budget_bytes
from batchquant.errors import NoImagesError, UsageError
from batchquant.files.names import printable
from batchquant.files.output_bucket import declare
from batchquant.files.outputs import place_of_output
from batchquant.images.read.formats import SOME, part_left_out, read_suffixes
from batchquant.images.read.frames import SIZES_OF_ONE, tell_several
from batchquant.images.read.header import Header
from batchquant.jobfile import InputFolder, Job, JobFile, JobLike, as_job_file
from batchquant.jobfile.where import about_key
from batchquant.plan.groups import Group, group_of
from batchquant.plan.records import Plan
from batchquant.plan.selection import Selection
from batchquant.plan.sweep import Row, Sweep, notes_of, rows_of_file
from batchquant.plan.wording import word
from batchquant.run.absent import EarlierRun
from batchquant.run.upgrade import news_of
from batchquant.sources.search import NOT_READ, Found, find_images
from batchquant.sources.source import ImageFile
from batchquant.steps.need import source_bytes
from batchquant.store import IN_RUN_FOLDER, Store
from batchquant.store.draft import Draft
from batchquant.store.headers import Headers


def plan_job(
    job_file: JobFile | JobLike, headers: Headers | None = None, *, store: Store = IN_RUN_FOLDER
) -> Plan:
    """Find the images of a job and plan all outputs. Writes nothing.

    Parameters
    ----------
    job_file : JobFile, str, path-like or mapping
        From `load_job`, or what it takes.
    headers : Headers, optional
        What is remembered of pictures; default: what the ledger of the output folder knows.
    store : Store
        Where that lies.

    Returns
    -------
    Plan
        Images with their variants, in the order of the report.

    Raises
    ------
    JobFileError
        If the job is not good.
    NoImagesError
        If no input folder holds an image.
    UsageError
        If Python reads file names by the locale, and not as UTF-8.
    """
    if (encoding := sys.getfilesystemencoding()) != "utf-8":
        raise UsageError(
            f"file names: Python reads them as {encoding}, and not as UTF-8. Start it by"
            " `python -X utf8`, or with PYTHONUTF8=1 in the environment."
        )
    job_file = as_job_file(job_file)
    declare(job_file.output, job_file.bucket)
    with closing(headers or Headers(job_file.output, store)) as known:
        survey = _Survey(job_file, known, store)
        for job in job_file.jobs:
            survey.find(job)
    return survey.plan()


def select(job_file: JobFile, plan: Plan, selection: Selection) -> Plan:
    """Return the part of a job file's plan that is meant.

    Parameters
    ----------
    job_file : JobFile
        From `load_job`.
    plan : Plan
        From `plan_job`.
    selection : Selection
        What is meant.

    Returns
    -------
    Plan
        With at least one variant, unless it is of a shard.

    Raises
    ------
    UsageError
        If an entry of the selection means nothing; says what there is.
    NoImagesError
        If its jobs have no image.
    """
    known = [job.name for job in job_file.jobs]
    for name in selection.jobs:
        if name not in known:
            named = ", ".join(filter(None, known)) or "none, since the file has no 'jobs'"
            raise UsageError(
                f"{job_file.path}: there is no job {name!r} in it. There are: {named}."
            )
    try:
        chosen = selection.of(plan)
    except UsageError as error:
        raise UsageError(f"{job_file.path}: {error}") from error
    if selection.shard is None and not chosen.images:
        jobs = [job for job in job_file.jobs if job.name in selection.jobs]
        raise NoImagesError(_about_no_image(job_file, jobs, plan.left_out))
    return chosen


def _about_no_image(
    job_file: JobFile,
    jobs: Sequence[Job],
    left_out: Iterable[tuple[str, str]],
    reasons: Sequence[str] = (),
) -> str:
    """Say where no image was found, and what was looked for."""
    folders = dict.fromkeys(folder.path for job in jobs for folder in job.inputs)
    patterns = dict.fromkeys(pattern for job in jobs for pattern in job.include)
    expected = SOME
    if all(job.include for job in jobs):
        expected = f"files matching 'include' ({' '.join(patterns)})"
    names = {job.name for job in jobs}
    _, waiting = part_left_out({place for name, place in left_out if name in names})
    more = "".join(f" {told.removesuffix('.')}." for told in (*reasons, *waiting))
    for job in jobs:
        for at, folder in enumerate(job.inputs):
            if n := _count_excluded(job_file, job, folder):
                told = f"every picture of {folder.path} is left out, {n:,} in all."
                keys = ("inputs", at, "exclude")
                return f"{about_key(job_file, job, keys, told)} Take out what is too much.{more}"
    told = f"no picture in {', '.join(folders)}. Looked for: {expected}."
    told = f"{told} Check 'inputs', 'include' and 'exclude'.{more}"
    return about_key(job_file, jobs[0], ("inputs",), told)


def _count_excluded(job_file: JobFile, job: Job, given: InputFolder) -> int:
    """Count the pictures of an input that are there but for its `exclude`."""
    if not given.exclude:
        return 0
    every = find_images(
        given.path,
        suffixes=read_suffixes(),
        include=job.include,
        only=given.only,
        leave_out=place_of_output(job_file.output),
    )
    return len(every.files)


class _Survey:
    """What is found of the jobs, one after the other."""

    def __init__(self, job_file: JobFile, headers: Headers, store: Store) -> None:
        self._job_file, self._headers = job_file, headers
        self._earlier = EarlierRun(job_file.output, store)
        self._budget = budget_bytes(job_file.memory)
        self._draft = Draft()
        self._left_out: list[tuple[str, str]] = []
        self._warnings: list[tuple[str, str]] = []
        self._several = "", 0

    def find(self, job: Job) -> None:
        """Plan the images of a job; a file that two inputs reach counts for the first."""
        self._warnings += [(job.name, told) for told in notes_of(job)]
        seen: set[str] = set()
        combinations = self._job_file.combinations.get(job.name, ())
        sweep = Sweep.of(job, self._job_file.seed, combinations)
        clashes = []
        self._several = "", 0  # the first file with frames that are not taken, and how many
        for at, given in enumerate(job.inputs):
            found = find_images(
                given.path,
                suffixes=read_suffixes(),
                is_picture=self._headers.is_picture,
                include=job.include,
                only=given.only,
                exclude=given.exclude,
                leave_out=place_of_output(self._job_file.output),
            )
            self._left_out += [(job.name, place) for place in found.left_out]
            absent = self._earlier.find_absent(job.name, given, found)
            self._warnings += [(job.name, told) for told in _warnings(given, found)]
            if found.excludes_nothing and not found.unreadable:
                told = about_key(
                    self._job_file,
                    job,
                    ("inputs", at, "exclude"),
                    f"nothing in {given.path} is left out by {' '.join(given.exclude)}",
                )
                self._warnings.append((job.name, told))
            rows = (
                (_of_group(sweep, job.shared_palette, row), row)
                for file in self._headers.ahead(f for f in found.files if f.place not in seen)
                for row in rows_of_file(
                    job.name, sweep, given.name, file, self._header(file, job), frames=job.frames
                )
            )
            for of_row, row in merge(rows, absent, key=lambda entry: entry[1].relative):
                seen.add(row.place)
                clashes.append(self._draft.add(self._draft.add_sweep(of_row), row))
        self._warnings += [(job.name, told) for told in clashes if told is not None]
        if self._several[1]:
            self._warnings.append((job.name, tell_several(*self._several)))

    def plan(self) -> Plan:
        """Return all that was found."""
        if not self._draft.images:
            reasons = [told for _, told in self._warnings if NOT_READ in told]
            jobs = self._job_file.jobs
            raise NoImagesError(_about_no_image(self._job_file, jobs, self._left_out, reasons))
        return Plan(
            output=self._job_file.output,
            images=self._draft.images,
            left_out=tuple(self._left_out),
            warnings=tuple(self._warnings),
            wording=word(self._job_file),
            absent=tuple(self._earlier.absent),
            news=news_of(self._job_file),
        )

    def _header(self, file: ImageFile, job: Job) -> Header | None:
        """Return what a file says of itself, if there is memory for reading that."""
        # Some plugins read all of a file to tell its size.
        is_read = source_bytes(file.place, file.size_bytes) <= self._budget
        header = self._headers.probe(file) if is_read else None
        is_one = header is None or file.relative.lower().endswith(SIZES_OF_ONE)
        if not is_one and header and len(header.sizes) > 1 and job.frames == "first":
            first, n = self._several
            self._several = first or printable(file.relative), n + 1
        return header


@lru_cache(maxsize=64)  # neighbors are of one group, and equal sweeps are looked up
def _sweep_of_group(sweep: Sweep, group: Group) -> Sweep:
    return sweep.of_group(group)


def _of_group(sweep: Sweep, scope: str, row: Row) -> Sweep:
    """Return the sweep of the pictures that a picture shares its palette with."""
    group = group_of(scope, row.job, row.folder, row.directory, takes_all=row.takes_all)
    return _sweep_of_group(sweep, group) if group else sweep


def _warnings(given: InputFolder, found: Found) -> Iterator[str]:
    yield from found.reasons(given.path)
    if not found.files:
        yield f"{given.path}: no picture in it"
