"""Why a variant is to be made."""

from enum import StrEnum
from pathlib import Path

from batchquant.errors import BLOCKED, CUT_OFF, PASSING, TOO_LARGE, UNREADABLE
from batchquant.files.names import printable
from batchquant.files.outputs import digest_of_output, has_output, is_taken, read_output
from batchquant.formats.fitting import may_fit
from batchquant.formats.registry import is_picture
from batchquant.images.read.formats import needs_no_more
from batchquant.images.read.version import ALPHA_WEIGHS, DECODER, FIRST
from batchquant.plan.records import PlannedImage, Settings, Variant
from batchquant.store.records import Output, VariantRecord

PNG_TYPE, PNG_RGBA = 25, b"\x06"  # where a PNG states its color type


class Reason(StrEnum):
    """Why a variant is to be made."""

    NEW = "new"
    SETTING_CHANGED = "setting changed"
    DECODER_CHANGED = "decoder changed"
    INPUT_CHANGED = "input changed"
    CUT_OFF = "timed out or died before"
    FAILED = "failed before"
    OUTPUT_MISSING = "output missing"
    OUTPUT_CHANGED = "output changed"
    FIGURE_MISSING = "figure missing"


def reason_to_make(
    record: VariantRecord | None,
    image: PlannedImage,
    variant: Variant,
    output: Path,
    *,
    retry_failed: bool = False,
    replace_blocked: bool = False,
) -> Reason | None:
    """Tell why the pixels of a variant are to be painted, or tried again.

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
    retry_failed, replace_blocked : bool
        As in `review`.

    Returns
    -------
    Reason or None
        None where settings and source are those of the record, or the image failed for what is in
        it: it would fail again.
    """
    if record is None:
        return Reason.NEW
    if record.recipe != variant.recipe or not _holds_for(record, image.settings):
        return Reason.SETTING_CHANGED
    if not is_where_it_was(record, image):
        return Reason.INPUT_CHANGED
    if _is_outdated(record, image, output):
        return Reason.DECODER_CHANGED
    if record.error is None:
        return None
    if record.error.startswith(CUT_OFF):
        return Reason.CUT_OFF
    if record.error.startswith(BLOCKED):
        may_pass = replace_blocked or not _is_taken(variant, output)
    else:
        may_pass = record.source_sha256 is None or record.error.startswith(PASSING)
        may_pass |= needs_no_more(record.error)
        may_pass |= may_fit(record.error, filter(is_picture, variant.outputs))
        # An older ledger does not say which limit refused it; the plan has let it pass by now.
        may_pass |= record.error.startswith(TOO_LARGE) and record.max_pixels is None
    return Reason.FAILED if may_pass or retry_failed else None


def _is_taken(variant: Variant, output: Path) -> bool:
    return any(is_taken(output, path) for path in variant.outputs.values())


def _is_outdated(record: VariantRecord, image: PlannedImage, output: Path) -> bool:
    """Tell whether a picture would come out otherwise now, or may be read at last."""
    version = record.decoder or FIRST
    if record.error is not None:
        return record.error.startswith(UNREADABLE) and version < DECODER
    return version < image.since or (version < ALPHA_WEIGHS and _has_soft_alpha(record, output))


def _has_soft_alpha(record: VariantRecord, output: Path) -> bool:
    """Tell whether alpha is neither on nor off, by the PNG, which is RGBA then.

    So it is, too, where 256 opaque colors leave no entry for a transparent one. Without a PNG all
    that has alpha is taken to be soft.
    """
    png = record.outputs.get("png")
    if png is None:
        return (record.mode or "").upper().endswith("A")
    try:
        return read_output(output, png.path, PNG_TYPE + 1)[PNG_TYPE:] == PNG_RGBA
    except OSError:
        return False  # it is made again in any case


def _holds_for(record: VariantRecord, settings: Settings) -> bool:
    """Tell whether a picture would still be read, or still be refused, with other limits."""
    if record.truncated not in (None, settings.truncated):
        return False
    if record.max_pixels is not None:
        return record.max_pixels >= settings.max_pixels
    return (record.width or 0) * (record.height or 0) <= settings.max_pixels


def is_where_it_was(record: VariantRecord, image: PlannedImage) -> bool:
    """Tell whether the folder of a source says of it what it said when it was read."""
    return (
        record.source_size_bytes == image.file.size_bytes
        and record.source_mtime_ns == image.file.mtime_ns
        and (record.source_ctime_ns or image.file.ctime_ns) == image.file.ctime_ns
        and record.source_path == printable(image.file.place)
    )


def files_to_make(
    record: VariantRecord, variant: Variant, output: Path, *, verify: bool
) -> dict[str, Reason]:
    """Tell which files of a variant whose pixels are known are to be made, and why.

    Files that are left out, since their formats cannot hold the picture, are as they should be.
    """
    known = record.outputs | record.left_out
    reasons = {}
    for kind, path, recipe in variant.files:
        written = known.get(kind)
        if written is not None and written.recipe != recipe:
            reasons[kind] = Reason.SETTING_CHANGED
        elif kind not in record.left_out:
            reason = what_is_wrong_with(path, written, output, verify=verify)
            if reason is not None:
                reasons[kind] = reason
    return reasons


def what_is_wrong_with(
    path: str, written: Output | None, output: Path, *, verify: bool
) -> Reason | None:
    """Tell why a wanted file is not there as it was written, if so.

    `path` is relative to `output`; `verify` compares the digest, and not the size only.
    """
    if written is None or written.path != path:
        return Reason.OUTPUT_MISSING
    try:
        if not has_output(output, path, written.size_bytes):
            return Reason.OUTPUT_MISSING
        if verify and digest_of_output(output, path) != written.digest:
            return Reason.OUTPUT_CHANGED
    except OSError:
        return Reason.OUTPUT_MISSING
    return None
