"""Plan and records → what is settled, and why the rest is to be made."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from batchquant.digests import digest_of_file, sha256_of_file
from batchquant.ledger.records import Key, Output, OverviewRecord, VariantRecord, key_of, result_of
from batchquant.ledger.store import LEDGER, Ledger
from batchquant.outcome import CUT_OFF, PASSING
from batchquant.plan.outputs import printable
from batchquant.plan.records import ImageKey, Pending, Plan, PlannedImage, Variant


class Reason(StrEnum):
    """Why a variant is to be made."""

    NEW = "new"
    SETTING_CHANGED = "setting changed"
    INPUT_CHANGED = "input changed"
    CUT_OFF = "timed out or died before"
    FAILED = "failed before"
    OUTPUT_MISSING = "output missing"
    OUTPUT_CHANGED = "output changed"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A variant that is to be made.

    Attributes
    ----------
    position : int
        Of its image in the plan.
    variant : Variant
        As it is planned; where `record` is given, with the path of its PNG in any case.
    reason : Reason
        Why.
    record : VariantRecord or None
        What is known of it, where only its PDF is missing and can be made of its PNG.
    """

    position: int
    variant: Variant
    reason: Reason
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
        Those of `settled` whose source has another place or time of change than it had, but the
        same content; they say where and when it is now.
    drawn : dict of ImageKey to OverviewRecord
        What the ledger knows of overviews and books, as far as it was asked.
    """

    settled: dict[Key, VariantRecord]
    unsettled: tuple[Unsettled, ...]
    touched: tuple[VariantRecord, ...]
    drawn: dict[ImageKey, OverviewRecord] = field(default_factory=dict)

    def pending(self, plan: Plan, chosen: Plan) -> list[Pending]:
        """Return what is to be made of a part of the plan; where only PDFs are missing, apart."""
        wanted = {key_of(image, variant) for image in chosen.images for variant in image.variants}
        groups: defaultdict[tuple[int, bool], list[Unsettled]] = defaultdict(list)
        for entry in self.unsettled:
            if key_of(plan.images[entry.position], entry.variant) in wanted:
                groups[entry.position, entry.record is None].append(entry)
        pending = []
        for (position, _), entries in groups.items():
            records = [entry.record for entry in entries if entry.record is not None]
            earlier = result_of(records) if records else None
            variants = tuple(entry.variant for entry in entries)
            pending.append(Pending(position, variants, earlier))
        return pending


def review(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    *,
    verify: bool = False,
    retry_failed: bool = False,
    looking: Callable[[int, int], None] = lambda n_looked, n_images: None,
) -> Review:
    """Tell what is settled, and why the rest is to be made. Writes nothing.

    Parameters
    ----------
    plan : Plan
        What is wanted. Images that were refused are neither settled nor to be made.
    records : mapping of Key to VariantRecord
        What the ledger knows.
    verify : bool
        Whether outputs are compared with their digests, not with their sizes only.
    retry_failed : bool
        Whether what failed is to be made.
    looking : callable
        Told again and again how many images of how many were looked at.

    Returns
    -------
    Review
        Sources are read only where size and time of change do not tell whether they are the same.
    """
    settled: dict[Key, VariantRecord] = {}
    unsettled: list[Unsettled] = []
    touched: list[VariantRecord] = []
    sha256_of = cache(sha256_of_file)  # of a file with many variants, or in several jobs
    for position, image in enumerate(plan.images):
        for variant in image.variants if image.refusal is None else ():
            known = records.get(key_of(image, variant))
            record = known and _recognize(known, image, variant, sha256_of)
            reason = reason_to_make(
                record, image, variant, plan.output, verify=verify, retry_failed=retry_failed
            )
            if reason is not None:
                entry = _unsettled(position, variant, reason, record, plan.output, verify)
                unsettled.append(entry)
            elif record is not None:
                settled[record.key] = record
                if record is not known:
                    touched.append(record)
        looking(position + 1, len(plan.images))
    return Review(settled, tuple(unsettled), tuple(touched))


def review_output(plan: Plan, *, verify: bool = False, retry_failed: bool = False) -> Review:
    """Review a plan by the ledger of its output folder, which may be missing. Creates nothing.

    Parameters are of those of `review`.

    Raises
    ------
    StorageError
        If the ledger cannot be read.
    """
    with Ledger.copy_of(plan.output / LEDGER) as ledger:
        records, drawn = ledger.read(), ledger.read_overviews()
    found = review(plan, records, verify=verify, retry_failed=retry_failed)
    return replace(found, drawn=drawn)


def reason_to_make(
    record: VariantRecord | None,
    image: PlannedImage,
    variant: Variant,
    output: Path,
    *,
    verify: bool = False,
    retry_failed: bool = False,
) -> Reason | None:
    """Tell why a variant is to be made.

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
    verify, retry_failed : bool
        As in `review`.

    Returns
    -------
    Reason or None
        None where settings and source are those of the record, and either all wanted outputs are
        there as they were written, or the image failed for what is in it: it would fail again.
    """
    if record is None:
        return Reason.NEW
    if record.fingerprint != variant.fingerprint:
        return Reason.SETTING_CHANGED
    if not _is_where_it_was(record, image):
        return Reason.INPUT_CHANGED
    if record.error is None:
        return amiss(variant.outputs, record.outputs, output, verify=verify)
    if record.error.startswith(CUT_OFF):
        return Reason.CUT_OFF
    may_pass = record.source_sha256 is None or record.error.startswith(PASSING)
    return Reason.FAILED if may_pass or retry_failed else None


def _is_where_it_was(record: VariantRecord, image: PlannedImage) -> bool:
    return (
        record.source_size_bytes == image.file.size_bytes
        and record.source_mtime_ns == image.file.mtime_ns
        and record.source_path == printable(str(image.file.path))
    )


def _recognize(
    record: VariantRecord,
    image: PlannedImage,
    variant: Variant,
    sha256_of: Callable[[Path], str | None],
) -> VariantRecord:
    """Bring a record up to date where its source was moved or touched, but has not changed."""
    if (
        _is_where_it_was(record, image)
        or record.fingerprint != variant.fingerprint  # to be made again in any case
        or record.source_size_bytes != image.file.size_bytes
        or record.source_sha256 is None
        or record.source_sha256 != sha256_of(image.file.path)
    ):
        return record
    path = printable(str(image.file.path))
    return replace(record, source_path=path, source_mtime_ns=image.file.mtime_ns)


def _unsettled(
    position: int,
    variant: Variant,
    reason: Reason,
    record: VariantRecord | None,
    output: Path,
    verify: bool,
) -> Unsettled:
    """Keep the record where all that is missing is a PDF, and its PNG is there."""
    png = record.outputs.get("png") if record is not None else None
    if (
        record is not None
        and reason in (Reason.OUTPUT_MISSING, Reason.OUTPUT_CHANGED)
        and png is not None
        and png.digest is not None
        and variant.png in (None, png.path)
    ):
        others = replace(variant, png=png.path, pdf=None)
        if not amiss(others.outputs, record.outputs, output, verify=verify):
            kept = replace(record, outputs={kind: record.outputs[kind] for kind in others.outputs})
            return Unsettled(position, replace(others, pdf=variant.pdf), reason, kept)
    return Unsettled(position, variant, reason)


def amiss(
    wanted: Mapping[str, str], known: Mapping[str, Output], output: Path, *, verify: bool
) -> Reason | None:
    """Tell whether a wanted output is not there as it was written.

    Parameters
    ----------
    wanted : mapping of str to str
        Paths by kind, relative to the output folder.
    known : mapping of str to Output
        What was written, by kind.
    output : pathlib.Path
        The output folder.
    verify : bool
        As in `review`.

    Returns
    -------
    Reason or None
        None where all is as it was.
    """
    for kind, path in wanted.items():
        written = known.get(kind)
        if written is None or written.path != path:
            return Reason.OUTPUT_MISSING
        try:
            if (output / path).stat().st_size != written.size_bytes:
                return Reason.OUTPUT_MISSING
            if verify and digest_of_file(output / path) != written.digest:
                return Reason.OUTPUT_CHANGED
        except OSError:
            return Reason.OUTPUT_MISSING
    return None
