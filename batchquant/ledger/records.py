"""What is known of a variant, and whether anything is left to do for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from batchquant.outcome import PASSING, TaskResult
from batchquant.plan.outputs import printable
from batchquant.plan.records import PlannedImage, Variant

Key = tuple[str, str, str, int, int, str]
"""Job, folder, image, frame, k and init: what names a variant among all of a run."""


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """What the ledger knows of a variant; attributes are the columns of its table."""

    job: str
    folder: str
    image: str
    frame: int
    k: int
    init: str
    status: str
    error: str | None
    fingerprint: str
    source_path: str
    source_size_bytes: int
    source_mtime_ns: int
    source_sha256: str | None
    width: int | None
    height: int | None
    distinct_colors: int | None
    source_format: str | None
    mode: str | None
    notes: str | None
    seed: int | None
    n_iter: int | None
    converged: bool | None
    inertia: float | None
    mse: float | None
    max_error: float | None
    n_colors: int | None
    png_bytes: int | None
    pdf_bytes: int | None
    decode_s: float
    cluster_s: float | None
    encode_s: float | None
    peak_memory_bytes: int

    @property
    def key(self) -> Key:
        """What names the variant."""
        return self.job, self.folder, self.image, self.frame, self.k, self.init


COLUMNS = tuple(field.name for field in fields(VariantRecord))


def key_of(image: PlannedImage, variant: Variant) -> Key:
    """Return what names a planned variant."""
    return image.job, image.folder, image.image, image.frame, variant.k, variant.init


def record_of(
    image: PlannedImage, variant: Variant, records: Mapping[Key, VariantRecord]
) -> VariantRecord | None:
    """Return the record of a planned variant; one that was refused has none.

    Its name as text may be that of another file: the text of a name that is not UTF-8 is its
    escaped form.
    """
    return None if image.refusal else records.get(key_of(image, variant))


def records_of(
    image: PlannedImage, variants: Sequence[Variant], result: TaskResult
) -> list[VariantRecord]:
    """Join what was planned and what came back.

    Parameters
    ----------
    image : PlannedImage
        The task's image.
    variants : sequence of Variant
        The task's variants, in its order.
    result : TaskResult
        Its result.

    Returns
    -------
    list of VariantRecord
        One for each variant that was worked on.
    """
    return [
        VariantRecord(
            job=image.job,
            folder=image.folder,
            image=image.image,
            frame=image.frame,
            k=variant.k,
            init=variant.init,
            status="done" if made else "failed",
            error=None if made else result.error,
            fingerprint=variant.fingerprint,
            source_path=printable(str(image.file.path)),
            # A file that cannot be opened is known by what its folder says of it.
            source_size_bytes=image.file.size_bytes
            if result.size_bytes is None
            else result.size_bytes,
            source_mtime_ns=image.file.mtime_ns if result.mtime_ns is None else result.mtime_ns,
            source_sha256=result.source_sha256,
            width=result.width,
            height=result.height,
            distinct_colors=result.distinct_colors,
            source_format=result.source_format,
            mode=result.mode,
            notes=result.notes,
            seed=made.seed if made else None,
            n_iter=made.n_iter if made else None,
            converged=made.converged if made else None,
            inertia=made.inertia if made else None,
            mse=made.mse if made else None,
            max_error=made.max_error if made else None,
            n_colors=made.n_colors if made else None,
            png_bytes=made.png_bytes if made else None,
            pdf_bytes=made.pdf_bytes if made else None,
            decode_s=result.decode_s,
            cluster_s=made.cluster_s if made else None,
            encode_s=made.encode_s if made else None,
            peak_memory_bytes=result.peak_memory_bytes,
        )
        for variant, made in zip(variants, result.variants, strict=False)
    ]


def is_settled(
    record: VariantRecord | None, image: PlannedImage, variant: Variant, output: Path
) -> bool:
    """Tell whether nothing is left to do for a variant.

    Parameters
    ----------
    record : VariantRecord or None
        What the ledger knows of it.
    image : PlannedImage
        Its image as it is now.
    variant : Variant
        As it is planned now.
    output : pathlib.Path
        The output folder.

    Returns
    -------
    bool
        True where settings and source are those of the record, and either all wanted outputs are
        there in their recorded size, or the image failed for what is in it: it would fail again.
    """
    if (
        record is None
        or record.fingerprint != variant.fingerprint
        or record.source_path != printable(str(image.file.path))
        or record.source_size_bytes != image.file.size_bytes
        or record.source_mtime_ns != image.file.mtime_ns
    ):
        return False
    if record.error is not None:
        return record.source_sha256 is not None and not record.error.startswith(PASSING)
    wanted = ((variant.png, record.png_bytes), (variant.pdf, record.pdf_bytes))
    has_pictures = all(
        size is not None and _size_bytes(output / path) == size
        for path, size in wanted
        if path is not None
    )
    return has_pictures and all((output / path).is_file() for _, path in variant.palette_files)


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
