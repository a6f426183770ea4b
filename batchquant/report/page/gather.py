"""Plan and records → what the page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType

from batchquant.files.names import printable
from batchquant.images.read.formats import tell_suffixes
from batchquant.plan.overviews import book_key
from batchquant.plan.records import ImageKey, Plan, PlannedImage, Variant
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.report.page.records import (
    LastRun,
    OutputFile,
    Shown,
    ShownImage,
    ShownJob,
    ShownVariant,
)
from batchquant.report.summary import find_undrawn
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of


def gather(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord] = MappingProxyType({}),
    *,
    reports: Sequence[str] = (),
    last_run: LastRun | None = None,
) -> Shown:
    """Bring together what the page shows.

    Parameters
    ----------
    plan : Plan
        What was to be done.
    records : mapping of Key to VariantRecord
        What is known; a record of other settings than planned counts as none.
    drawn : mapping of ImageKey to OverviewRecord
        What is known of overviews and books.
    reports : sequence of str
        Names of the reports that are there.
    last_run : LastRun, optional
        What the clock says.

    Returns
    -------
    Shown
        In plan order.
    """
    jobs = []
    for name, images in groupby(plan.images, key=lambda image: image.job):
        planned = tuple(images)
        shown = tuple(_show(image, records, drawn) for image in planned)
        bound = drawn.get(book_key(name))
        book = bound.outputs.get("book") if bound and planned[0].overview.is_in_book else None
        jobs.append(ShownJob(name, shown, book.path if book else None))
    return Shown(
        jobs=tuple(jobs),
        wording=replace(plan.wording, name=printable(plan.wording.name)),
        absent=tuple(dict.fromkeys((place, reason) for _, place, reason in plan.absent)),
        undrawn=find_undrawn(plan, drawn),
        left_out=tell_suffixes(plan.left_out_by_kind),
        warnings=plan.notes,
        reports=tuple(reports),
        last_run=last_run,
    )


def _show(
    image: PlannedImage,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[ImageKey, OverviewRecord],
) -> ShownImage:
    of_image = [_current(image, variant, records) for variant in image.variants]
    known = [record for record in of_image if record is not None]
    last = known[-1] if known else None
    width, height = image.size or (None, None)
    if last is not None and last.width is not None:
        width, height = last.width, last.height
    target_db = image.overview.target_db
    best = best_for_target(known, target_db)
    notes = (last.notes_beside(image.variants[-1].outputs) if last else None, image.absent)
    overview = drawn.get(image.key)
    paths = {kind: file.path for kind, file in overview.outputs.items()} if overview else {}
    wanted = image.overview.outputs.keys() & paths.keys()
    return ShownImage(
        *image.key,
        width=width,
        height=height,
        distinct_colors=last.distinct_colors if last else None,
        source=" ".join(filter(None, (last.source_format, last.mode))) if last else "",
        notes="; ".join(filter(None, notes)),
        error=image.refusal or next((record.error for record in known if record.error), None),
        variants=tuple(
            _show_variant(variant, record, refused=image.refusal is not None)
            for variant, record in zip(image.variants, of_image, strict=True)
        ),
        knee=knee_of(trace_curves(known)),
        target_db=target_db,
        best=(best.k, best.init) if best else None,
        best_path=paths["best"] if "best" in wanted else None,
        sheets=tuple(paths[kind] for kind in ("sheet_png", "sheet_pdf") if kind in wanted),
        pixel_aspect=last.pixel_aspect if last else 1.0,
        thumbnail=paths.get("thumbnail"),
        preview=paths.get("preview"),
        palettes=paths.get("palettes"),
    )


def _current(
    image: PlannedImage, variant: Variant, records: Mapping[Key, VariantRecord]
) -> VariantRecord | None:
    record = record_of(image, variant, records)
    return record if record and record.recipe == variant.recipe else None


def _show_variant(variant: Variant, record: VariantRecord | None, *, refused: bool) -> ShownVariant:
    if record is None or record.status != "done":
        status = "failed" if refused or record else "pending"
        return ShownVariant(variant.k, variant.init, status)
    assert record.mse is not None
    return ShownVariant(
        k=variant.k,
        init=variant.init,
        status="done",
        files=tuple(
            OutputFile(kind, record.outputs[kind].path, record.outputs[kind].size_bytes)
            for kind in variant.outputs
            if kind in record.outputs
        ),
        seed=record.seed,
        n_colors=record.n_colors,
        n_iter=record.n_iter,
        converged=record.converged,
        inertia=record.inertia,
        psnr_db=psnr_db(record.mse),
        max_error=record.max_error,
    )
