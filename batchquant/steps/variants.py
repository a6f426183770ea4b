"""One task → one result. Here a broken image becomes a record."""

import resource
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from batchquant.errors import NOT_ENOUGH_MEMORY, TOO_LARGE, UNREADABLE, StorageError
from batchquant.formats.format import Painted
from batchquant.formats.registry import compare
from batchquant.formats.small import Small
from batchquant.images.draw.looks import Looks
from batchquant.images.read.color_profile import colors_in_profile
from batchquant.images.read.decode import decode
from batchquant.images.read.density import as_in_png
from batchquant.images.read.picture import Picture, Reading
from batchquant.plan.records import Variant
from batchquant.quantization import choose_from_palette, quantize_colors, show_in_centroids
from batchquant.quantization.restarts import restarts_of
from batchquant.sources.source import Content, suffix_of
from batchquant.steps.figures import figures_of_pairs
from batchquant.steps.files import refuse_places, seconds_since, shown_kind, write_files
from batchquant.steps.restored import add_what_lacks
from batchquant.steps.result import (
    MAX_VARIANT_TEXT_BYTES,
    TaskResult,
    VariantResult,
    Written,
    shorten,
)
from batchquant.steps.seeds import derive_seed
from batchquant.steps.shared_palette import read_palettes
from batchquant.steps.stderr import CaughtStderr
from batchquant.steps.stopping import StopWantedError, reason_of, stop_if_wanted
from batchquant.steps.subject import Subject
from batchquant.steps.task import Task
from batchquant.steps.workplace import HERE, Decoded, PictureKey


def process(
    task: Task, hand_over: Callable[[TaskResult], None] = lambda so_far: None
) -> TaskResult:
    """Make and write all variants of one image.

    Parameters
    ----------
    task : Task
        What to make.
    hand_over : callable
        Called with the result so far whenever a variant is written, or failed, and others follow:
        so nobody makes it again if this process ends before the last.

    Returns
    -------
    TaskResult
        Figures of what was written, and the reason where something failed: nothing that is wrong
        with the image raises.

    Raises
    ------
    StorageError
        If the output folder cannot be written to. That is no fault of the image.
    """
    if task.earlier is not None:
        try:
            completed = add_what_lacks(task, task.earlier)
        except StopWantedError:
            return replace(task.earlier, index=task.index, variants=())
        if completed is not None:
            return completed
    begin = time.perf_counter()
    result = TaskResult.of_nothing(task.index, len(task.variants))
    stderr = CaughtStderr()
    try:
        reading = task.settings.reading(task.frame, takes_all=task.takes_all)
        decoded = HERE.decoded(task.source, reading)
        if decoded is None:
            source = HERE.read(task.source, is_wanted_again=task.takes_all)
            result = _beside(source, result)
            decoded = _decode(task, reading, source, stderr)
            del source
        else:
            result = _beside(decoded, result)
        digest = decoded.sha256
        picture = decoded.picture
        result = replace(
            result,
            source_format=picture.source_format,
            mode=picture.mode,
            notes=_notes(task, picture, decoded.told),
            truncated="accept" if picture.is_damaged else None,
            pixel_aspect=picture.pixel_aspect,
        )
        looks = None
        if task.is_shown_next:
            looks = _keep_looks((digest, reading, suffix_of(task.source)), picture)
        keeps_original = any(compare(variant.outputs) for variant in task.variants)
        subject = Subject.of(
            picture, task.settings, decoded.histograms, keeps_original=keeps_original
        )
        del picture, decoded
    except Exception as error:  # a fault of ours, too, costs one image and not the night
        reason = reason_of(error, stderr.text)
        failed = replace(result, error=reason, peak_memory_bytes=_peak_memory_bytes())
        return _with_limits(failed, task)
    histogram = subject.colors.histogram
    height, width = histogram.color_index.shape
    result = replace(
        result,
        width=width,
        height=height,
        distinct_colors=len(histogram.colors),
        decode_s=seconds_since(begin),
    )
    made: list[VariantResult | str] = []
    for variant in task.variants:
        try:
            made.append(_make(task, variant, subject, digest, looks))
        except StorageError:
            raise
        except StopWantedError:
            break
        except Exception as error:  # the other variants may well succeed
            made.append(shorten(reason_of(error), MAX_VARIANT_TEXT_BYTES))
        if len(made) < len(task.variants):
            so_far = replace(result, variants=tuple(made), peak_memory_bytes=_peak_memory_bytes())
            hand_over(so_far)
    return replace(result, variants=tuple(made), peak_memory_bytes=_peak_memory_bytes())


def _beside(source: Content | Decoded, result: TaskResult) -> TaskResult:
    """Tell of a source in what comes of it, which may be that it is no picture."""
    return replace(
        result,
        size_bytes=source.size_bytes,
        mtime_ns=source.mtime_ns,
        ctime_ns=source.ctime_ns,
        source_sha256=source.sha256,
    )


def _decode(task: Task, reading: Reading, source: Content, stderr: CaughtStderr) -> Decoded:
    """Decode a source, and keep what came of it where other jobs show it, too."""
    with stderr.caught():
        picture = decode(source.content, reading, suffix_of(task.source))
    decoded = Decoded.of(source, picture, stderr.text)
    if task.is_in_other_jobs:
        HERE.keep_decoded(task.source, reading, decoded)
    return decoded


def _with_limits(failed: TaskResult, task: Task) -> TaskResult:
    """Note which setting refused a picture: with another it is tried again."""
    error, settings = failed.error or "", task.settings
    if error.startswith(TOO_LARGE) and not error.startswith(NOT_ENOUGH_MEMORY):
        return replace(failed, max_pixels=settings.max_pixels)
    if error.startswith(UNREADABLE) and failed.source_sha256 and settings.truncated == "fail":
        return replace(failed, truncated="fail")
    return failed


def _notes(task: Task, picture: Picture, told: str) -> str:
    """Say what a person may want to know of a source."""
    notes = list(picture.notes)
    if task.group is not None and task.group.is_converted:
        notes.append("in sRGB, since pictures that share its palette have other color profiles")
    if told:  # libtiff goes on where a fax is damaged, and shows what it takes for it
        notes.append(f"may be damaged: {told}")
    return shorten("; ".join(notes))


def _keep_looks(key: PictureKey, picture: Picture) -> Looks | None:
    """Keep what an overview shows of a picture."""
    with suppress(Exception):  # the overview will tell
        looks = HERE.looks(key) or Looks.of(picture)
        HERE.keep_looks(key, looks)
        return looks
    return None


def _keep_small(
    variant: Variant, files: Mapping[str, Written], painted: Painted, looks: Looks
) -> None:
    """Keep what an overview shows of a variant, if the file that it shows holds all of it."""
    kind = shown_kind({kind: file.is_exact for kind, file in files.items() if file.digest})
    digest = files[kind].digest
    if files[kind].is_exact and digest is not None:
        with suppress(Exception):  # the overview will tell
            HERE.keep_made(variant.outputs[kind], digest, Small.of_painted(painted, looks))


def _make(
    task: Task, variant: Variant, subject: Subject, digest: str, looks: Looks | None
) -> VariantResult:
    """Quantize, encode and publish one variant."""
    settings = task.settings
    seed = derive_seed(settings.seed, digest, task.frame, variant.k, variant.init)
    shared_inertia = None
    checkpoint = partial(stop_if_wanted, task.stop_file)
    checkpoint()  # a copy takes no iteration, and asks nowhere else
    refuse_places(variant.outputs.values(), task.output, task.ours)
    begin = time.perf_counter()
    icc_profile = subject.picture.icc_profile
    search: dict[str, Any] = {
        "seed": seed,
        "max_iter": settings.max_iter,
        "tol": settings.tol,
        "pin": colors_in_profile(settings.pin, icc_profile),
        "checkpoint": checkpoint,
    }
    if task.group is not None:
        path = task.output / task.group.centroids_path
        shared = read_palettes(path, task.group.digest).of(variant.k, variant.init)
        seed, shared_inertia = shared.seed, shared.inertia
        found = show_in_centroids(
            subject.colors, shared.as_array(), n_iter=shared.n_iter, converged=shared.converged
        )
    elif settings.palette:
        palette = colors_in_profile(settings.palette, icc_profile)
        found = choose_from_palette(subject.colors, palette, variant.k, **search)
    else:
        starts: dict[str, Any] = {
            "init": variant.init,
            "n_init": restarts_of(settings.n_init, variant.k, variant.init),
            "refine": settings.refine,
        }
        found = quantize_colors(subject.colors, variant.k, **starts, **search)
    found = subject.finish(found)
    figures = figures_of_pairs(found.pairs, icc_profile)
    cluster_s = seconds_since(begin)
    begin = time.perf_counter()
    painted = Painted(
        indices=found.indices,
        palette=found.palette,
        counts=found.counts,
        unit=found.unit,
        alpha=subject.picture.alpha,
        icc_profile=icc_profile,
        dpi=as_in_png(subject.picture.dpi),
        original=subject.original,
    )
    files, was_there = write_files(
        variant, variant.outputs.keys(), painted, settings, task.output, task.ours
    )
    encode_s = seconds_since(begin)
    if looks is not None:
        _keep_small(variant, files, painted, looks)
    return VariantResult(
        seed=seed,
        n_iter=found.n_iter,
        converged=found.converged,
        inertia=found.inertia,
        figures=figures,
        n_colors=found.n_colors,
        files=files,
        cluster_s=cluster_s,
        encode_s=encode_s,
        shared_inertia=shared_inertia,
        was_there=was_there,
    )


def _peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux kB
