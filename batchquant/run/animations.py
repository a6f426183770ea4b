"""Frames that are made → animations that are due."""

from collections.abc import Iterator, Mapping

from batchquant.plan.groups import ANIMATED, ANIMATION, Group
from batchquant.plan.records import Plan, PlannedImage
from batchquant.run.drawings.current import digest
from batchquant.run.reasons import what_is_wrong_with
from batchquant.steps.animation import AnimationTask, Film, FrameFile
from batchquant.steps.result import DrawnKey
from batchquant.steps.stopping import STOP_FILE
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of
from batchquant.store.planned import PlannedImages

VERSION = 1  # raised when the same frames give other files than before


def animations(
    plan: Plan,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
    *,
    verify: bool = False,
) -> Iterator[AnimationTask]:
    """Yield what is to be animated, as `overview_task` tells what is to be drawn.

    Where a frame of a K and start is not made, or no file of it is exact, there is no animation.
    """
    assert isinstance(plan.images, PlannedImages)
    for number, sweep in plan.images.groups_of_palettes():
        group = sweep.group
        assert group is not None
        if not group.is_of_frames:
            continue
        images = list(plan.images.of_sweep(number))
        films = tuple(_films(group, images, records))
        if not films:
            continue
        content = [
            (film.path, [(frame.path, frame.digest.hex()) for frame in film.frames])
            for film in films
        ]
        fingerprint = digest(ANIMATION, VERSION, content)
        task = AnimationTask(
            scope=group.scope,
            fingerprint=fingerprint,
            title=group.directory,
            source=images[0].file.place,
            pixels=sum(image.pixels for image in images),
            films=films,
            output=plan.output,
            stop_file=plan.output / STOP_FILE,
        )
        if not _is_current(drawn.get(task.key), task, verify=verify):
            yield task


def _films(
    group: Group, images: list[PlannedImage], records: Mapping[Key, VariantRecord]
) -> Iterator[Film]:
    for ordinal, variant in enumerate(images[0].variants):
        frames = [
            _exact_file(record_of(image, image.variants[ordinal], records)) for image in images
        ]
        whole = tuple(frame for frame in frames if frame is not None)
        if len(whole) == len(frames):
            for kind in ANIMATED:
                if kind in variant.outputs:
                    yield Film(kind, group.animation_path(variant.k, variant.init, kind), whole)


def _exact_file(record: VariantRecord | None) -> FrameFile | None:
    """Return a file that gives a frame back, if there is one."""
    if record is None or record.error is not None:
        return None
    for kind, file in sorted(record.outputs.items()):
        if file.is_exact and file.digest is not None:
            return FrameFile(kind, file.path, file.digest)
    return None


def _is_current(known: OverviewRecord | None, task: AnimationTask, *, verify: bool) -> bool:
    if known is None or known.error is not None or known.fingerprint != task.fingerprint:
        return False
    for kind, path in task.files:
        file = known.outputs.get(kind)
        is_left_out = file is not None and file.size_bytes < 0
        if not is_left_out and what_is_wrong_with(path, file, task.output, verify=verify):
            return False
    return True
