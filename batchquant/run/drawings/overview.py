"""Records of an image → what is to be drawn of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from batchquant.images.draw.fonts import VERSION, is_cjk, version_of_extra
from batchquant.images.read.version import FIRST
from batchquant.metrics.registry import told_metrics
from batchquant.metrics.target import Target
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.overviews import as_before
from batchquant.plan.records import PlannedImage
from batchquant.plan.wording import tell_varied
from batchquant.report.captions import (
    exhibits_of,
    in_order,
    sharing_of,
    shown_file,
    subtitle_of,
)
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.run.drawings.current import digest, is_current
from batchquant.steps.drawings import OverviewTask
from batchquant.steps.result import DrawnKey
from batchquant.steps.task import shared_of
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of

SHEETS_OF = {"sheet_png", "sheet_pdf", "page"}  # kinds of files
SHEET_VERSION = 2  # raised when sheets are laid out otherwise: they are drawn anew
FADE_VERSION = 1  # likewise of before and after


def overview_task(
    image: PlannedImage,
    output: Path,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
    *,
    verify: bool = False,
    varied: Sequence[tuple[str, str]] = (),
) -> OverviewTask | None:
    """Tell what is to be drawn of an image.

    Parameters
    ----------
    image : PlannedImage
        The image.
    output : pathlib.Path
        The output folder.
    records : mapping of Key to VariantRecord
        What is settled: only what is done is shown.
    drawn : mapping of ImageKey to OverviewRecord
        What is drawn.
    verify : bool
        Whether files are compared with their digests, not with their sizes only.
    varied : sequence of tuple of str
        What keys that the job file varies are set to in the image's job.

    Returns
    -------
    OverviewTask or None
        None where nothing is done, all is drawn and there as it was, or the image is absent. What
        failed is tried again.
    """
    if image.absent is not None:
        return None
    settled = [record_of(image, variant, records) for variant in image.variants]
    done = [record for record in settled if record is not None and record.status == "done"]
    pending_k = {
        variant.k for variant, found in zip(image.variants, settled, strict=True) if found is None
    }
    if not done:
        return None
    known = drawn.get(image.key)
    target = image.overview.target
    best = best_for_target(done, target)
    source_sha256 = done[0].source_sha256
    shown = [as_shown(record) for record in in_order(done)]
    sharing = sharing_of(image.group)
    prints = []
    # What an older version drew stays where it is until it is drawn anew.
    for files in dict.fromkeys((image.overview.files, *as_before(image.overview.files))):
        digest_with = partial(
            digest,
            image.key,
            files,
            _as_content(target),
            source_sha256,
            *_version(image.overview.since),
            *([image.settings.color_names] if image.settings.color_names else []),
            *([sharing] if sharing else []),
            *_lettering(image, files, varied),
        )
        fingerprint = digest_with(shown, sorted(pending_k))
        if (
            known is not None
            and known.fingerprint != fingerprint
            and known.fingerprint in _old_digests(image, done, digest_with, pending_k)
        ):
            fingerprint = known.fingerprint
        wanted = {kind: path for kind, path in files if kind != "best" or best is not None}
        if is_current(known, fingerprint, wanted, output, verify=verify):
            return None
        prints.append(fingerprint)
    knee = knee_of(trace_curves(done))
    distinct_colors = done[0].distinct_colors
    assert source_sha256 is not None
    assert distinct_colors is not None
    return OverviewTask(
        fingerprint=prints[0],
        source_sha256=source_sha256,
        subtitle=subtitle_of(distinct_colors, knee, best, target, pending_k, sharing),
        varied=tell_varied(varied),
        files=image.overview.files,
        exhibits=tuple(exhibits_of(done, knee, best, target, is_shared=bool(sharing))),
        # What failed had no files, but the one before it may have had.
        withdraws_best=best is None
        and known is not None
        and ("best" in known.outputs or known.error is not None),
        **shared_of(image, output),
    )


def as_shown(record: VariantRecord) -> tuple[object, ...]:
    """Return what stands in a digest of a variant that is shown."""
    _, file = shown_file(record)
    name = record.k, record.init, record.recipe, file.path, file.size_bytes
    return *name, *_version(record.decoder), *_figures(record)


def _old_digests(
    image: PlannedImage,
    done: Sequence[VariantRecord],
    digest_with: Callable[..., str],
    pending_k: Collection[int],
) -> Iterator[str]:
    """Yield how the same exhibits were recognized before there were recipes."""
    for form in range(2):
        shown = [
            (record.k, record.init, names[form], *_version(record.decoder))
            for record in done
            for names in (old_fingerprints(image.settings, image.frame, record.k, record.init),)
        ]
        yield digest_with(shown, sorted(pending_k))


def _lettering(
    image: PlannedImage, files: Iterable[tuple[str, str]], varied: Sequence[tuple[str, str]]
) -> list[object]:
    """Return what stands in a digest of a sheet and a fade, as far as there are any."""
    kinds = {kind for kind, _ in files}
    fades = ["before_after", FADE_VERSION] if "before_after" in kinds else []
    if not SHEETS_OF & kinds:
        return fades
    names = " ".join((image.label, *(name for _, name in image.settings.color_names)))
    extra = [version_of_extra()] if is_cjk(names) else []
    return ["sheet", SHEET_VERSION, VERSION, list(varied), *extra, *fades]


def _version(decoder: int | None) -> tuple[int, ...]:
    """Return what stands in a digest: nothing of the first version, which knew of none."""
    return () if decoder in (None, FIRST) else (decoder,)


def _figures(record: VariantRecord) -> list[list[object]]:
    """Return which figures are shown: that stands in a digest but for PSNR, which always is."""
    found = [
        [name, metric.version] for name, metric in told_metrics().items() if name in record.figures
    ]
    return [each for each in found if each != ["psnr_db", 1]]


def _as_content(target: Target | None) -> object:
    """Return what stands in a digest: of decibels their number alone, once the only target."""
    if target is None:
        return None
    return target.value if target.metric == "psnr_db" else [target.metric, target.value]
