"""Jobs and files → images with all their variants: what will be written, and where."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from batchquant.files.names import printable
from batchquant.images.read.header import Header
from batchquant.images.read.version import FIRST
from batchquant.jobfile import Job, JobFile
from batchquant.plan.overviews import plan_overview
from batchquant.plan.records import PlannedImage, Settings, Variant
from batchquant.plan.refusals import refuse_name, refuse_size
from batchquant.sources.local import ImageFile

SCHEMA = 2  # of the fingerprint itself
ALGORITHM = 2  # raised when the same settings give other pixels or figures than before
LIMITS: Mapping[str, Any] = MappingProxyType({"truncated": "fail", "max_pixels": 250_000_000})
"""What stands for them in a fingerprint: the defaults of when they were a part of it."""
SETTINGS = tuple(field.name for field in fields(Settings))
PALETTE_SUFFIXES = {"gpl": ".gpl", "hex": ".hex", "json": ".json", "swatch": "_swatch.png"}


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
            job.formats,
            base,
            frame=frame,
            palette_files=job.palette_files,
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
    formats: Collection[str],
    base: PurePosixPath,
    *,
    frame: int = 0,
    palette_files: Iterable[str] = (),
) -> tuple[Variant, ...]:
    """Plan the variants of one image.

    Parameters
    ----------
    settings : Settings
        What they have in common.
    k : iterable of int
        Numbers of colors.
    init : iterable of str
        Start methods.
    formats : collection of str
        Of ``png`` and ``pdf`` those that are wanted.
    base : pathlib.PurePosixPath
        Where outputs go, relative to the output folder: ``cat`` for ``cat_k003_in_pixel.png``.
    frame : int
        Which picture of the source.
    palette_files : iterable of str
        Of the keys of `PALETTE_SUFFIXES` those that are wanted.

    Returns
    -------
    tuple of Variant
        By k, then by start, each in the order given.
    """
    inits, kinds = tuple(init), tuple(palette_files)
    return tuple(
        Variant(
            k=number,
            init=start,
            fingerprint=fingerprint(settings, frame, number, start),
            png=f"{path}.png" if "png" in formats else None,
            pdf=f"{path}.pdf" if "pdf" in formats else None,
            palette_files=tuple((kind, f"{path}{PALETTE_SUFFIXES[kind]}") for kind in kinds),
        )
        for number in k
        for start in inits
        # Padded, so that names sort by k and a k added later renames nothing.
        for path in (f"{base}_k{number:03d}_{start}",)
    )


@cache  # of a job, all images share settings
def fingerprint(settings: Settings, frame: int, k: int, init: str) -> str:
    """Digest everything but the source that outputs and figures of a whole picture depend on.

    The limits `LIMITS` are no part of it: they decide whether there is a picture, and a record says
    itself for which of them it holds.

    Parameters
    ----------
    settings : Settings
        Of the job.
    frame : int
        Which picture of the source.
    k : int
        Colors.
    init : str
        Start method.

    Returns
    -------
    str
        SHA-256 over canonical JSON, hexadecimal.
    """
    return earlier_fingerprint(replace(settings, **LIMITS), frame, k, init)


@cache
def earlier_fingerprint(settings: Settings, frame: int, k: int, init: str) -> str:
    """Digest as `fingerprint` did when limits were a part of it."""
    content = {
        "schema": SCHEMA,
        "algorithm": ALGORITHM,
        "frame": frame,
        "k": k,
        "init": init,
        **{name: getattr(settings, name) for name in SETTINGS},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


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
            variant,
            png=variant.png and moved(variant.png),
            pdf=variant.pdf and moved(variant.pdf),
            palette_files=all_moved(variant.palette_files),
        )
        for variant in image.variants
    )
    overview = replace(image.overview, files=all_moved(image.overview.files))
    return replace(image, variants=tuple(variants), overview=overview)
