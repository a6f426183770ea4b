"""Plan and records → what is settled, and what is to be made."""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from batchquant.files.digests import sha256_of_file
from batchquant.files.names import printable
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.records import ImageKey, Plan, PlannedImage, Variant
from batchquant.run.reasons import (
    Reason,
    amiss,
    files_to_make,
    is_where_it_was,
    reason_to_make,
)
from batchquant.steps.task import Known, Pending
from batchquant.store.ledger import LEDGER, Ledger
from batchquant.store.records import (
    Key,
    OverviewRecord,
    VariantRecord,
    figures_of,
    key_of,
    result_of,
)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A variant that is to be made.

    Attributes
    ----------
    position : int
        Of its image in the plan.
    variant : Variant
        As it is planned.
    reason : Reason
        Why.
    known : Known or None
        What is known of it, where only files are to be made of pixels that a file gives back.
    record : VariantRecord or None
        The same, as it is recorded.
    """

    position: int
    variant: Variant
    reason: Reason
    known: Known | None = None
    record: VariantRecord | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """How far a plan is carried out.

    Attributes
    ----------
    settled : dict of Key to VariantRecord
        Variants of which nothing is left to do.
    unsettled : tuple of Unsettled
        Variants that are to be made, in plan order.
    touched : tuple of VariantRecord
        Those of `settled` that are to be written again: their source has another place or time of
        change than it had, but the same content, or they were not settled before.
    doubted : tuple of Key
        Variants that were settled, and are to be made.
    drawn : dict of ImageKey to OverviewRecord
        What the ledger knows of overviews and books, as far as it was asked.
    """

    settled: dict[Key, VariantRecord]
    unsettled: tuple[Unsettled, ...]
    touched: tuple[VariantRecord, ...]
    doubted: tuple[Key, ...] = ()
    drawn: dict[ImageKey, OverviewRecord] = field(default_factory=dict)

    def pending(self, plan: Plan, chosen: Plan) -> list[Pending]:
        """Return what is to be made of a part of the plan; where only files are missing, apart."""
        wanted = {key_of(image, variant) for image in chosen.images for variant in image.variants}
        groups: defaultdict[tuple[int, bool], list[Unsettled]] = defaultdict(list)
        for entry in self.unsettled:
            if key_of(plan.images[entry.position], entry.variant) in wanted:
                groups[entry.position, entry.known is None].append(entry)
        pending = []
        for (position, _), entries in groups.items():
            records = [entry.record for entry in entries if entry.record is not None]
            earlier = result_of(records) if records else None
            variants = tuple(entry.variant for entry in entries)
            known = tuple(entry.known for entry in entries if entry.known is not None)
            pending.append(Pending(position, variants, known, earlier))
        return pending


def review(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    *,
    verify: Container[ImageKey] = (),
    retry_failed: bool = False,
    replace_blocked: bool = False,
    looking: Callable[[int, int], None] = lambda n_looked, n_images: None,
) -> Review:
    """Tell what is settled, and why the rest is to be made. Writes nothing.

    Parameters
    ----------
    plan : Plan
        What is wanted. Images that were refused are neither settled nor to be made; absent ones are
        as settled as they were.
    records : mapping of Key to VariantRecord
        What the ledger knows.
    verify : container of ImageKey
        Images whose source and outputs are compared with their digests; of all others what their
        folders say of them is enough.
    retry_failed : bool
        Whether what failed is to be made.
    replace_blocked : bool
        Whether what stands where outputs go is no reason against making them.
    looking : callable
        Told again and again how many images of how many were looked at.

    Returns
    -------
    Review
        Sources are read only where size and times do not tell whether they are the same.
    """
    settled: dict[Key, VariantRecord] = {}
    unsettled: list[Unsettled] = []
    touched: list[VariantRecord] = []
    doubted: list[Key] = []
    sha256_of = cache(sha256_of_file)  # of a file with many variants, or in several jobs
    for position, image in enumerate(plan.images):
        is_verified = image.key in verify
        for variant in image.variants if image.refusal is None else ():
            known = records.get(key_of(image, variant))
            if image.absent is not None:
                if known is not None and known.recipe == variant.recipe:
                    settled[known.key] = known
                continue
            record = known and _recognize(known, image, variant, sha256_of, is_verified)
            reason = reason_to_make(
                record,
                image,
                variant,
                plan.output,
                retry_failed=retry_failed,
                replace_blocked=replace_blocked,
            )
            entry = None
            if reason is not None:
                entry = Unsettled(position, variant, reason)
            elif record is not None and record.error is None:
                entry = _files_of(position, variant, record, plan.output, verify=is_verified)
            if entry is not None:
                unsettled.append(entry)
                if known is not None and known.is_settled:
                    doubted.append(known.key)
                continue
            assert record is not None
            if not record.is_settled:
                record = replace(record, is_settled=True)
            settled[record.key] = record
            if record is not known:
                touched.append(record)
        looking(position + 1, len(plan.images))
    return Review(settled, tuple(unsettled), tuple(touched), tuple(doubted))


def review_output(
    plan: Plan,
    *,
    verify: bool = False,
    retry_failed: bool = False,
    replace_blocked: bool = False,
) -> Review:
    """Review a plan by the ledger of its output folder, which may be missing. Creates nothing.

    Parameters are of those of `review`; all images are verified, or none.

    Raises
    ------
    StorageError
        If the ledger cannot be read.
    """
    with Ledger.copy_of(plan.output / LEDGER) as ledger:
        records, drawn = ledger.read(), ledger.read_overviews()
    found = review(
        plan,
        records,
        verify={image.key for image in plan.images} if verify else (),
        retry_failed=retry_failed,
        replace_blocked=replace_blocked,
    )
    return replace(found, drawn=drawn)


def _recognize(
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


def _files_of(
    position: int, variant: Variant, record: VariantRecord, output: Path, *, verify: bool
) -> Unsettled | None:
    """Tell which files are to be made, and of what: of a file that is there, if one is exact."""
    reasons = files_to_make(record, variant, output, verify=verify)
    if not reasons:
        return None
    reason = next(iter(reasons.values()))
    for kind, file in record.outputs.items():
        if (
            file.is_exact
            and file.digest is not None
            and not amiss(file.path, file, output, verify=verify)
        ):
            figures = figures_of(record)
            staying = {k: figures.files[k] for k in variant.outputs if k not in reasons}
            known = Known(
                figures._replace(files=staying),
                frozenset(reasons),
                kind,
                file.path,
                file.size_bytes,
                file.digest,
            )
            return Unsettled(position, variant, reason, known, record)
    return Unsettled(position, variant, reason)
