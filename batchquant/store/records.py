"""What is known of a variant."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from batchquant.files.names import printable
from batchquant.images.read.version import DECODER
from batchquant.plan.records import PlannedImage, Variant
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.store.notes import join_notes

Key = tuple[str, str, str, int, int, str]
"""Job, folder, image, frame, k and init: what names a variant among all of a run."""


class Output(NamedTuple):
    """A file that was written.

    Attributes
    ----------
    path : str
        Relative to the output folder.
    size_bytes : int
        Size; -1 where its format cannot hold the picture.
    digest : bytes or None
        `batchquant.files.digests.digest_of` its content; None where an old ledger did not know it.
    is_exact : bool
        Whether it gives all pixels back.
    note : str or None
        As in `Written`.
    recipe : str or None
        As in `PlannedFile`; None where an old ledger did not know it.
    """

    path: str
    size_bytes: int
    digest: bytes | None
    is_exact: bool = False
    note: str | None = None
    recipe: str | None = None


@dataclass(slots=True)  # not frozen, which takes three times as long to make; nobody changes one
class VariantRecord:
    """What the ledger knows of a variant.

    Attributes are the columns of its table, but for `figures`, those of the versions that metrics
    have today, by name, and `outputs`: the files that show it, by their kind as in
    `Variant.outputs`; `left_out` are those that their formats cannot hold. `truncated` and
    `max_pixels` are the settings that decided what became of it; None where they did not matter.
    `decoder` is the version that made it, None of the first; `is_settled` is what the last review
    found.
    """

    job: str
    folder: str
    image: str
    frame: int
    k: int
    init: str
    status: str
    error: str | None
    recipe: str
    source_path: str
    source_size_bytes: int
    source_mtime_ns: int
    source_ctime_ns: int | None
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
    n_colors: int | None
    decode_s: float
    cluster_s: float | None
    encode_s: float | None
    peak_memory_bytes: int
    truncated: str | None = None
    max_pixels: int | None = None
    decoder: int | None = None
    is_settled: bool = True
    pixel_aspect: float = 1.0
    shared_inertia: float | None = None
    figures: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    left_out: dict[str, Output] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What names the variant."""
        return self.job, self.folder, self.image, self.frame, self.k, self.init

    def notes_beside(self, kinds: Container[str]) -> str | None:
        """Return the notes on the picture, and on files of some kinds, as the registry has them."""
        files = self.outputs | self.left_out
        return join_notes(self.notes, {kind: file.note for kind, file in files.items()}, kinds)


COLUMNS = tuple(
    column.name
    for column in fields(VariantRecord)
    if column.name not in ("figures", "outputs", "left_out")
)


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
        _record(image, variant, result, made)
        for variant, made in zip(variants, result.variants, strict=False)
    ]


def _record(
    image: PlannedImage, variant: Variant, result: TaskResult, made: VariantResult | str | None
) -> VariantRecord:
    error: str | None = None
    found: dict[str, Any] = dict.fromkeys(VariantResult._fields)
    if isinstance(made, VariantResult):
        found = made._asdict()
    else:
        error = made or result.error
    files, figures = found.pop("files") or {}, found.pop("figures") or {}
    del found["was_there"]
    made_files = {
        file.kind: Output(file.path, **files[file.kind]._asdict(), recipe=file.recipe)
        for file in variant.files
        if file.kind in files
    }
    # A file that cannot be opened is known by what its folder says of it.
    size_bytes, mtime_ns = result.size_bytes, result.mtime_ns
    return VariantRecord(
        job=image.job,
        folder=image.folder,
        image=image.image,
        frame=image.frame,
        k=variant.k,
        init=variant.init,
        status="done" if isinstance(made, VariantResult) else "failed",
        error=error,
        recipe=variant.recipe,
        source_path=printable(image.file.place),
        source_size_bytes=image.file.size_bytes if size_bytes is None else size_bytes,
        source_mtime_ns=image.file.mtime_ns if mtime_ns is None else mtime_ns,
        source_ctime_ns=image.file.ctime_ns if mtime_ns is None else result.ctime_ns,
        source_sha256=result.source_sha256,
        width=result.width,
        height=result.height,
        distinct_colors=result.distinct_colors,
        source_format=result.source_format,
        mode=result.mode,
        notes=result.notes,
        decode_s=result.decode_s,
        peak_memory_bytes=result.peak_memory_bytes,
        truncated=result.truncated,
        max_pixels=result.max_pixels,
        decoder=DECODER,
        pixel_aspect=result.pixel_aspect,
        outputs={kind: file for kind, file in made_files.items() if file.size_bytes >= 0},
        left_out={kind: file for kind, file in made_files.items() if file.size_bytes < 0},
        figures=figures,
        **found,
    )


def result_of(records: Sequence[VariantRecord]) -> TaskResult:
    """Return what `records_of` was given.

    Parameters
    ----------
    records : sequence of VariantRecord
        Of variants of one image that are done; at least one.

    Returns
    -------
    TaskResult
        With an index of no meaning.
    """
    image = records[0]
    return TaskResult(
        index=0,
        size_bytes=image.source_size_bytes,
        mtime_ns=image.source_mtime_ns,
        ctime_ns=image.source_ctime_ns,
        source_sha256=image.source_sha256,
        width=image.width,
        height=image.height,
        distinct_colors=image.distinct_colors,
        source_format=image.source_format,
        mode=image.mode,
        notes=image.notes,
        decode_s=image.decode_s,
        peak_memory_bytes=image.peak_memory_bytes,
        error=None,
        variants=tuple(made_of(record) for record in records),
        truncated=image.truncated,
        pixel_aspect=image.pixel_aspect,
    )


def made_of(record: VariantRecord) -> VariantResult:
    """Return what a worker gave of a variant that is done."""
    names = set(VariantResult._fields) - {"files", "was_there"}
    kept = {name: getattr(record, name) for name in names}
    files = {
        kind: Written(output.size_bytes, output.digest, output.is_exact, output.note)
        for kind, output in (record.outputs | record.left_out).items()
    }
    return VariantResult(**kept, files=files)
