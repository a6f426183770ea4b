"""What all images of a job have in common, and the row that tells one from the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from batchquant.files.names import printable
from batchquant.formats.registry import formats, kinds_of
from batchquant.images.read.header import Header
from batchquant.images.read.version import FIRST
from batchquant.metrics.registry import told_metrics
from batchquant.metrics.target import Target
from batchquant.plan.groups import (
    ANIMATED,
    ANIMATION,
    HISTOGRAM,
    SHARED_PALETTE,
    Group,
    histogram_path,
    palette_kinds,
)
from batchquant.plan.outputs import joined, plan_variants
from batchquant.plan.overviews import BEFORE_AFTER, OF_ALL, SHEETS, plan_overview, sheet_of_all
from batchquant.plan.picture_step import picture_steps
from batchquant.plan.records import SETTINGS, ImageKey, PlannedImage, PlannedStep, Settings
from batchquant.plan.refusals import refuse_name, refuse_size
from batchquant.sources.source import ImageFile, stem_of

if TYPE_CHECKING:
    from batchquant.jobfile import Job


ALWAYS_TOLD = (("psnr_db", 1), ("delta_e", 1))
"""Figures that contact sheets told when sweeps did not say which, with their versions of then."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is made of every image of a job.

    Attributes are keys of the job file, but for `kinds`, the files of each variant, and for names
    and versions of what packages add: `steps`, and `told`, figures that contact sheets tell. Where
    pictures share a palette each `group` has a sweep of its own. The first job of those that an
    entry stands for has a sheet of all `combinations`, and knows their names.
    """

    settings: Settings
    k: tuple[int, ...]
    init: tuple[str, ...]
    kinds: tuple[str, ...]
    sheet: str
    book: bool | str
    target: Target | None
    steps: tuple[tuple[str, int], ...] = ()
    told: tuple[tuple[str, int], ...] = ()
    group: Group | None = None
    before_after: str = "none"
    combinations: tuple[str, ...] = ()

    @classmethod
    def of(cls, job: "Job", seed: int, combinations: tuple[str, ...] = ()) -> "Sweep":
        """Take what matters for outputs and figures from a job, the first of `combinations`."""
        given = {name: getattr(job, name) for name in SETTINGS if name != "seed"}
        return cls(
            settings=Settings(seed=seed, **given),
            k=_shown_k(job),
            init=job.init,
            kinds=(*job.formats, *job.palette_files, *_error_maps(job)),
            sheet=job.sheet,
            book=job.book,
            before_after=job.before_after,
            target=job.target.goal if job.target else None,
            steps=tuple((name, step.version) for name, step in picture_steps().items()),
            told=tuple(
                (name, metric.version)
                for name, metric in told_metrics().items()
                if (name, metric.version) not in ALWAYS_TOLD
            ),
            combinations=combinations if SHEETS[job.sheet] else (),
        )

    def of_group(self, group: Group) -> "Sweep":
        """Return the same for the pictures of a group, as far as that is known."""
        profile = "srgb" if group.is_converted else self.settings.color_profile
        settings = replace(self.settings, palette_key=group.key, color_profile=profile)
        return replace(self, settings=settings, group=group)

    @property
    def group_files(self) -> tuple[tuple[str, str], ...]:
        """Kind and path of what is made of its group: its centroids, and palette files."""
        if self.group is None:
            return ()
        paths = [
            self.group.palette_path(k, init, kind)
            for k in self.k
            for init in self.init
            for kind in palette_kinds(self.kinds)
        ]
        centroids = (SHARED_PALETTE, self.group.centroids_path)
        return centroids, *((PurePosixPath(path).name, path) for path in paths)

    @property
    def n_variants(self) -> int:
        """Variants of each image."""
        return len(self.k) * len(self.init)

    @property
    def longest_ending(self) -> int:
        """Bytes that the longest name of an output has beside the name of its image."""
        whole = [f"_sheet.{kind}" for kind in SHEETS[self.sheet]]
        whole += [f"{OF_ALL}.{kind}" for kind in SHEETS[self.sheet] if self.combinations]
        whole += ["_best.png"] if self.target is not None else []
        whole += [BEFORE_AFTER] if self.before_after != "none" else []
        return _longest_ending(self.k, self.init, self.kinds, tuple(whole))


@lru_cache(maxsize=64)  # all images of a job share one
def _longest_ending(
    k: tuple[int, ...], init: tuple[str, ...], kinds: tuple[str, ...], others: tuple[str, ...]
) -> int:
    tails = [f"_k{number:03d}_{start}" for number in k for start in init]
    suffixes = [formats()[kind].suffix for kind in kinds]
    whole = list(others)
    for step in picture_steps().values():
        whole += step.suffixes.values()
    endings = [tail + suffix for tail in tails for suffix in suffixes] + whole
    return max(len(ending.encode()) for ending in endings)


class Row(NamedTuple):
    """An image of a plan, but for what it shares with the others of its job.

    Attributes
    ----------
    directory : str
        Where its outputs go, relative to the output folder.
    drawn_since : int
        `Overview.since`.

    The others are those of `PlannedImage`, its `file` and its `size`.
    """

    job: str
    folder: str
    image: str
    frame: int
    takes_all: bool
    place: str
    relative: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int | None
    width: int | None
    height: int | None
    directory: str
    refusal: str | None
    absent: str | None
    since: int
    drawn_since: int

    @property
    def base(self) -> str:
        """What the names of its outputs begin with, relative to the output folder."""
        stem = stem_of(self.image.rpartition("/")[2])
        stem += f"_f{self.frame:03d}" if self.takes_all else ""
        return f"{self.directory}/{stem}"


def rows_of_file(
    job: str, sweep: Sweep, folder: str, file: ImageFile, header: Header | None, *, frames: str
) -> Iterator[Row]:
    """Yield the images in one file.

    Outputs go to ``[JOB/]FOLDER/RELATIVE_DIR/FILE.EXT/``, a folder per source file, extension
    included, so that ``cat.jpg`` and ``cat.png`` never meet; they are called ``FILE_kKKK_INIT``.
    Where all frames of several are wanted, their number, from 0, stands behind FILE:
    ``cat_f002_k003_random.png``.
    """
    settings = sweep.settings
    image = printable(file.relative)
    sizes = header.sizes if header is not None else (None,)
    takes_all = frames == "all" and len(sizes) > 1
    directory = joined(job, folder, image)
    since = drawn_since = FIRST
    if header is not None:
        since, drawn_since = header.since, header.palettes_since
        if settings.palette or settings.pin or any(map(_names_colors, sweep.kinds)):
            since = header.palettes_since
    for frame, size in enumerate(sizes if takes_all else sizes[:1]):
        width, height = size or (None, None)
        row = Row(
            job=job,
            folder=folder,
            image=image,
            frame=frame,
            takes_all=takes_all,
            place=file.place,
            relative=file.relative,
            size_bytes=file.size_bytes,
            mtime_ns=file.mtime_ns,
            ctime_ns=file.ctime_ns,
            width=width,
            height=height,
            directory=directory,
            refusal=refuse_size(size, settings.max_pixels),
            absent=None,
            since=since,
            drawn_since=drawn_since,
        )
        longest = len(row.base.rpartition("/")[2].encode()) + sweep.longest_ending
        refusal = refuse_name(file.relative, longest)
        yield row if refusal is None else row._replace(refusal=refusal)


def image_of(sweep: Sweep, row: Row) -> PlannedImage:
    """Return an image with all that is to be made of it."""
    base = PurePosixPath(row.base)
    key = row.job, row.folder, row.image, row.frame
    size = None if row.width is None or row.height is None else (row.width, row.height)
    return PlannedImage(
        *key,
        takes_all=row.takes_all,
        file=ImageFile(row.place, row.relative, row.size_bytes, row.mtime_ns, row.ctime_ns),
        size=size,
        settings=sweep.settings,
        variants=plan_variants(
            sweep.settings, sweep.k, sweep.init, sweep.kinds, row.base, frame=row.frame
        ),
        refusal=row.refusal,
        overview=plan_overview(
            key,
            base,
            sheet=sweep.sheet,
            book=sweep.book,
            before_after=sweep.before_after,
            target=sweep.target,
            since=row.drawn_since,
            size=size,
        ),
        absent=row.absent,
        since=row.since,
        steps=(
            *_steps_of_packages(sweep, base),
            *_steps_of_group(sweep, key),
            *([sheet_of_all(base, sweep.sheet)] if sweep.combinations else []),
        ),
        group=sweep.group,
    )


def _steps_of_packages(sweep: Sweep, base: PurePosixPath) -> Iterator[PlannedStep]:
    for name, _ in sweep.steps:
        if step := picture_steps().get(name):  # else its package is gone
            files = tuple((kind, f"{base}{suffix}") for kind, suffix in step.suffixes.items())
            yield PlannedStep(name, files)


def _steps_of_group(sweep: Sweep, key: ImageKey) -> Iterator[PlannedStep]:
    """Yield what an image is counted by, and what is made of all that share a palette with it."""
    if sweep.group is not None:
        yield PlannedStep(HISTOGRAM, ((HISTOGRAM, histogram_path(key)),))
        yield PlannedStep(SHARED_PALETTE, sweep.group_files)
        if sweep.group.is_of_frames:
            paths = [
                sweep.group.animation_path(k, init, kind)
                for k in sweep.k
                for init in sweep.init
                for kind in ANIMATED
                if kind in sweep.kinds
            ]
            yield PlannedStep(ANIMATION, tuple((PurePosixPath(path).name, path) for path in paths))


def notes_of(job: "Job") -> Iterator[str]:
    """Say what a person may not expect of a job."""
    n_colors = len(job.palette)
    if n_colors and (more := [str(k) for k in job.k if k > n_colors]):
        told = f"all {n_colors} colors of the palette are taken, as k {n_colors}"
        yield f"k {', '.join(more)}: {told}"


def _shown_k(job: "Job") -> tuple[int, ...]:
    """Return the numbers of colors, of which a palette has no more than it has."""
    if not job.palette:
        return job.k
    return tuple(dict.fromkeys(min(k, len(job.palette)) for k in job.k))


def _error_maps(job: "Job") -> tuple[str, ...]:
    return kinds_of("error_map") if job.error_map else ()


def _names_colors(kind: str) -> bool:
    return formats()[kind].key == "palette_files"
