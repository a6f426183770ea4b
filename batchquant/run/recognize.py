"""Records of earlier runs, known again: by content where names or times have changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from batchquant.files.names import printable
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.records import PlannedImage, Variant
from batchquant.run.reasons import amiss, files_to_make, is_where_it_was
from batchquant.steps.task import Known
from batchquant.store.records import VariantRecord, figures_of


def recognize(
    record: VariantRecord,
    image: PlannedImage,
    variant: Variant,
    sha256_of: Callable[[Path], str | None],
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
        if record.source_sha256 != sha256_of(file.path):
            return replace(record, source_path="")  # another source, though it looks the same
    elif not is_in_place or record.source_ctime_ns is not None:
        return record
    found = printable(str(file.path)), file.mtime_ns, file.ctime_ns
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


def known_of(
    record: VariantRecord, variant: Variant, output: Path, *, verify: bool
) -> Known | None:
    """Return what is known of a variant of which files are to be made, if one gives the pixels."""
    kinds = frozenset(files_to_make(record, variant, output, verify=verify))
    for kind, file in record.outputs.items():
        if not file.is_exact or file.digest is None:
            continue
        if amiss(file.path, file, output, verify=verify):
            continue
        figures = figures_of(record)
        staying = {kind: figures.files[kind] for kind in variant.outputs if kind not in kinds}
        return Known(
            figures._replace(files=staying), kinds, kind, file.path, file.size_bytes, file.digest
        )
    return None
