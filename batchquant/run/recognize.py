"""Records of earlier runs, known again: by content where names or times have changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from batchquant.files.names import printable
from batchquant.metrics.target import Target
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.records import PlannedImage, Variant
from batchquant.run.reasons import Reason, files_to_make, is_where_it_was, what_is_wrong_with
from batchquant.steps.task import Known
from batchquant.store.records import VariantRecord, made_of


def recognize(
    record: VariantRecord,
    image: PlannedImage,
    variant: Variant,
    sha256_of: Callable[[str], str | None],
    verify: bool,
) -> VariantRecord:
    """Bring a record up to date where its source was moved or touched, but has not changed."""
    if record.recipe != variant.recipe:
        if record.recipe not in old_fingerprints(
            image.settings, image.frame, variant.k, variant.init
        ):
            return record  # to be made again in any case
        record = _with_recipes(record, variant)
    is_in_place, file = is_where_it_was(record, image), image.file
    is_known = record.source_sha256 is not None and record.source_size_bytes == file.size_bytes
    if is_known and (verify or not is_in_place):
        if record.source_sha256 != sha256_of(file.place):
            return replace(record, source_path="")  # another source, though it looks the same
    elif not is_in_place or record.source_ctime_ns is not None:
        return record
    found = printable(file.place), file.mtime_ns, file.ctime_ns
    if found == (record.source_path, record.source_mtime_ns, record.source_ctime_ns):
        return record
    return replace(record, source_path=found[0], source_mtime_ns=found[1], source_ctime_ns=found[2])


def _with_recipes(record: VariantRecord, variant: Variant) -> VariantRecord:
    """Take over a record of when one fingerprint stood for pixels and files."""
    recipes = {file.kind: file.recipe for file in variant.files}
    outputs = {
        kind: output._replace(recipe=recipes.get(kind)) for kind, output in record.outputs.items()
    }
    return replace(record, recipe=variant.recipe, outputs=outputs)


def what_lacks(
    record: VariantRecord, variant: Variant, target: Target | None, output: Path, *, verify: bool
) -> tuple[Reason, Known | None] | None:
    """Tell why something is to be made of a variant whose pixels are known; None where nothing is.

    Files, or the figure of the target, which may be a new one: they are made of a file that is
    there, if one is exact. If none is, all is made again.
    """
    reasons = files_to_make(record, variant, output, verify=verify)
    lacks_figure = target is not None and target.metric not in record.figures
    if not reasons and not lacks_figure:
        return None
    reason = next(iter(reasons.values()), Reason.FIGURE_MISSING)
    for kind, file in record.outputs.items():
        if not file.is_exact or file.digest is None:
            continue
        if what_is_wrong_with(file.path, file, output, verify=verify):
            continue
        made = made_of(record)
        staying = {kept: made.files[kept] for kept in variant.outputs if kept not in reasons}
        known = Known(
            made._replace(files=staying),
            frozenset(reasons),
            kind,
            file.path,
            file.size_bytes,
            file.digest,
            lacks_figure,
        )
        return reason, known
    return reason, None
