"""Jobs and files → images with all their variants: what will be written, and where."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from batchquant.discovery import ImageFile
from batchquant.job import Job, JobFile
from batchquant.plan.records import PlannedImage, Settings, Variant

SCHEMA = 1  # of the fingerprint itself
ALGORITHM = 1  # raised when the same settings give other pixels or figures than before
MAX_NAME_BYTES = 255  # of a file name, on every file system in use


def plan_image(
    job_file: JobFile,
    job: Job,
    folder: str,
    file: ImageFile,
    size: tuple[int, int] | None,
) -> PlannedImage:
    """Plan all variants of one image.

    Parameters
    ----------
    job_file, job : JobFile, Job
        Settings.
    folder : str
        Name of the input folder in the output tree.
    file : ImageFile
        The source.
    size : tuple of int or None
        Width and height from its header.

    Returns
    -------
    PlannedImage
        With outputs ``[JOB/]FOLDER/RELATIVE_DIR/FILE.EXT/FILE_kKKK_INIT.png``: a folder per source
        file, extension included, so that ``cat.jpg`` and ``cat.png`` never meet.
    """
    settings = Settings(job_file.seed, job.n_init, job.max_iter, job.tol, job.dpi)
    image = printable(file.relative)
    base = PurePosixPath(job.name, folder, image, PurePosixPath(image).stem)
    return PlannedImage(
        job=job.name,
        folder=folder,
        image=image,
        file=file,
        size=size,
        settings=settings,
        variants=plan_variants(settings, job.k, job.init, job.formats, base),
        refusal=refuse_name(file.relative, job.k, job.init),
    )


def plan_variants(
    settings: Settings,
    k: Iterable[int],
    init: Iterable[str],
    formats: Collection[str],
    base: PurePosixPath,
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

    Returns
    -------
    tuple of Variant
        By k, then by start, each in the order given.
    """
    inits = tuple(init)
    return tuple(
        Variant(
            k=number,
            init=start,
            fingerprint=fingerprint(settings, number, start),
            png=f"{base}{_suffix(number, start)}.png" if "png" in formats else None,
            pdf=f"{base}{_suffix(number, start)}.pdf" if "pdf" in formats else None,
        )
        for number in k
        for start in inits
    )


def fingerprint(settings: Settings, k: int, init: str) -> str:
    """Digest everything but the source that outputs and figures depend on.

    Parameters
    ----------
    settings : Settings
        Of the job.
    k : int
        Colors.
    init : str
        Start method.

    Returns
    -------
    str
        SHA-256 over canonical JSON, hexadecimal.
    """
    content = {
        "schema": SCHEMA,
        "algorithm": ALGORITHM,
        "k": k,
        "init": init,
        "seed": settings.seed,
        "n_init": settings.n_init,
        "max_iter": settings.max_iter,
        "tol": settings.tol,
        "dpi": settings.dpi,
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
    taken: set[str] = set()
    parted: list[PlannedImage] = []
    warnings: list[tuple[str, str]] = []
    for image in images:
        directory = str(PurePosixPath(image.job, image.folder, image.image))
        unique, number = directory, 1
        while (key := unicodedata.normalize("NFC", unique).casefold()) in taken:
            number += 1
            unique = f"{directory}~{number}"
        taken.add(key)
        if unique != directory:
            image = replace(
                image,
                variants=tuple(_move(v, directory, unique) for v in image.variants),
            )
            told = (
                f"{image.label}: another name differs only in letter case or"
                f" Unicode form; outputs go to {unique}/"
            )
            warnings.append((image.job, told))
        parted.append(image)
    return parted, warnings


def printable(name: str) -> str:
    r"""Make any file name valid Unicode.

    Parameters
    ----------
    name : str
        As the operating system gave it, with lone surrogates for bytes that are not UTF-8.

    Returns
    -------
    str
        The same, with such bytes as ``\xNN``.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _move(variant: Variant, old: str, new: str) -> Variant:
    def moved(path: str | None) -> str | None:
        return None if path is None else new + path.removeprefix(old)

    return replace(variant, png=moved(variant.png), pdf=moved(variant.pdf))


def _suffix(k: int, init: str) -> str:
    """Name a variant; padded, so that names sort by k and a k added later renames nothing."""
    return f"_k{k:03d}_{init}"


def refuse_name(relative: str, k: Iterable[int], init: Iterable[str]) -> str | None:
    """Tell why no file can be named after an image.

    Parameters
    ----------
    relative : str
        Path of the image as the operating system gave it.
    k, init : iterable
        Of the variants.

    Returns
    -------
    str or None
        A reason of the class ``bad_name``; None where outputs can be named.
    """
    if printable(relative) != relative:
        return "bad_name: the file name is not UTF-8; rename the file"
    inits = tuple(init)
    longest = max(len(_suffix(number, start)) for number in k for start in inits) + len(".png")
    name = PurePosixPath(relative)
    bytes_needed = max(len(name.stem.encode()) + longest, len(name.name.encode()))
    if bytes_needed > MAX_NAME_BYTES:
        return (
            f"bad_name: outputs named after this file would have {bytes_needed} bytes,"
            f" expected at most {MAX_NAME_BYTES}; give it a shorter name"
        )
    return None
