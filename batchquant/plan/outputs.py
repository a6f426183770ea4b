"""Jobs and files → images with all their variants: what will be written, and where."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import PurePosixPath

from batchquant.files.names import printable
from batchquant.formats.registry import formats
from batchquant.images.read.header import Header
from batchquant.images.read.version import FIRST
from batchquant.jobfile import Job, JobFile
from batchquant.plan.keys import file_recipe, painted_recipe
from batchquant.plan.overviews import plan_overview
from batchquant.plan.records import PlannedFile, PlannedImage, Settings, Variant
from batchquant.plan.refusals import refuse_name, refuse_size
from batchquant.sources.local import ImageFile

SETTINGS = tuple(field.name for field in fields(Settings))


def plan_file(
    job_file: JobFile, job: Job, folder: str, file: ImageFile, header: Header | None
) -> Iterator[PlannedImage]:
    """Plan all variants of the pictures in one file.

    Parameters
    ----------
    job_file, job : JobFile, Job
        Settings.
    folder : str
        Name of the input folder in the output tree.
    file : ImageFile
        The source.
    header : Header or None
        What it says of itself; None where it cannot be read.

    Yields
    ------
    PlannedImage
        With outputs ``[JOB/]FOLDER/RELATIVE_DIR/FILE.EXT/FILE_kKKK_INIT.png``: a folder per source
        file, extension included, so that ``cat.jpg`` and ``cat.png`` never meet. Where all frames
        of several are wanted, their number, from 0, stands behind FILE: ``cat_f002_k003_random``.
    """
    given = {name: getattr(job, name) for name in SETTINGS if name != "seed"}
    settings = Settings(seed=job_file.seed, **given)
    image = printable(file.relative)
    sizes = header.sizes if header is not None else (None,)
    takes_all = job.frames == "all" and len(sizes) > 1
    for frame, size in enumerate(sizes if takes_all else sizes[:1]):
        stem = PurePosixPath(image).stem + (f"_f{frame:03d}" if takes_all else "")
        base = PurePosixPath(job.name, folder, image, stem)
        variants = plan_variants(
            settings,
            job.k,
            job.init,
            (*job.formats, *job.palette_files),
            base,
            frame=frame,
        )
        overview = plan_overview(job, folder, image, frame, base, header)
        paths = [path for variant in variants for path in variant.outputs.values()]
        paths += overview.outputs.values()
        yield PlannedImage(
            job=job.name,
            folder=folder,
            image=image,
            frame=frame,
            takes_all=takes_all,
            file=file,
            size=size,
            settings=settings,
            variants=variants,
            refusal=refuse_name(file.relative, paths) or refuse_size(size, settings.max_pixels),
            overview=overview,
            since=_since(job, header),
        )


def _since(job: Job, header: Header | None) -> int:
    """Return the version of the decoder since which pictures of a file are made as today."""
    if header is None:
        return FIRST
    names_colors = bool(job.palette or job.pin or job.palette_files)
    return header.palettes_since if names_colors else header.since


def plan_variants(
    settings: Settings,
    k: Iterable[int],
    init: Iterable[str],
    kinds: Iterable[str],
    base: PurePosixPath,
    *,
    frame: int = 0,
) -> tuple[Variant, ...]:
    """Plan the variants of one image, by k, then by start, each in the order given.

    Parameters
    ----------
    settings : Settings
        What they have in common.
    k, init : iterable
        Numbers of colors and start methods.
    kinds : iterable of str
        Kinds of files that are wanted, of `batchquant.formats.registry.formats`.
    base : pathlib.PurePosixPath
        Where outputs go, relative to the output folder: ``cat`` for ``cat_k003_in_pixel.png``.
    frame : int
        Which picture of the source.
    """
    inits, wanted = tuple(init), tuple(kinds)
    suffixes = [(kind, formats()[kind].suffix) for kind in wanted]
    return tuple(
        Variant(
            k=number,
            init=start,
            recipe=recipe,
            files=tuple(
                # Padded, so that names sort by k and a k added later renames nothing.
                PlannedFile(
                    kind,
                    f"{base}_k{number:03d}_{start}{suffix}",
                    file_recipe(kind, recipe, settings),
                )
                for kind, suffix in suffixes
            ),
        )
        for number in k
        for start in inits
        for recipe in (painted_recipe(settings, frame, number, start),)
    )


def part_clashes(
    images: Sequence[PlannedImage],
) -> tuple[list[PlannedImage], list[tuple[str, str]]]:
    """Give images whose outputs would fall into one directory directories of their own.

    Names that differ in letter case or Unicode form only are one name to some file systems; the
    output folder may be copied there.

    Parameters
    ----------
    images : sequence of PlannedImage
        In plan order.

    Returns
    -------
    images : list of PlannedImage
        The second of a name gets ``~2`` behind its directory's name, the third ``~3``.
    warnings : list of tuple of str
        Job and sentence for each image that was given another directory.
    """
    taken: dict[str, str] = {}  # directory as such file systems know it → as it is written
    parted: list[PlannedImage] = []
    warnings: list[tuple[str, str]] = []
    for image in images:
        directory = str(PurePosixPath(image.job, image.folder, image.image))
        unique, number = directory, 1
        # Frames of one file share its directory.
        while taken.setdefault(folded(unique), directory) != directory:
            number += 1
            unique = f"{directory}~{number}"
        if unique != directory:
            image = _move(image, directory, unique)
            told = (
                f"{image.label}: another name differs only in letter case or"
                f" Unicode form; outputs go to {unique}/"
            )
            warnings.append((image.job, told))
        parted.append(image)
    return parted, warnings


def folded(path: str) -> str:
    """Return what names a file where neither letter case nor Unicode form counts."""
    return unicodedata.normalize("NFC", path).casefold()


def _move(image: PlannedImage, old: str, new: str) -> PlannedImage:
    """Plan outputs in another directory; those that lie elsewhere stay there."""

    def moved(path: str) -> str:
        return new + path.removeprefix(old) if path.startswith(f"{old}/") else path

    def all_moved(files: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((kind, moved(path)) for kind, path in files)

    variants = (
        replace(
            variant, files=tuple(file._replace(path=moved(file.path)) for file in variant.files)
        )
        for variant in image.variants
    )
    overview = replace(image.overview, files=all_moved(image.overview.files))
    return replace(image, variants=tuple(variants), overview=overview)
