"""Records of an image → what a step of a package is to make of it."""

from collections.abc import Mapping
from pathlib import Path

from batchquant.plan.keys import settings_of
from batchquant.plan.picture_step import (
    OVERVIEW,
    MadeVariant,
    order_of_steps,
    picture_steps,
)
from batchquant.plan.records import PlannedImage
from batchquant.run.drawings.current import digest, is_current
from batchquant.steps.picture_steps import StepTask
from batchquant.steps.result import DrawnKey
from batchquant.steps.stopping import STOP_FILE
from batchquant.store import Key, Output, OverviewRecord, VariantRecord, record_of


def step_task(
    name: str,
    image: PlannedImage,
    output: Path,
    records: Mapping[Key, VariantRecord],
    drawn: Mapping[DrawnKey, OverviewRecord],
    *,
    verify: bool = False,
) -> StepTask | None:
    """Tell what a step of a package is to make of an image; the rest is as for `overview_task`."""
    planned = next((step for step in image.steps if step.name == name), None)
    settled = [record_of(image, variant, records) for variant in image.variants]
    done = [record for record in settled if record is not None and record.status == "done"]
    if planned is None or image.absent is not None or not done:
        return None
    step, order = picture_steps()[name], order_of_steps()
    before = [
        drawn.get(image.key if each == OVERVIEW else (*image.key, each))
        for each in order[: order.index(name)]
    ]
    made = [file for record in before if record for file in record.outputs.items()]
    files = dict(made)
    fingerprint = digest(
        image.key,
        [name, step.version, list(settings_of(step, image.settings).items()), planned.files],
        [(record.k, record.init, _as_listed(record.outputs)) for record in done],
        _as_listed(files),
    )
    known = drawn.get((*image.key, name))
    if is_current(known, fingerprint, dict(planned.files), output, verify=verify):
        return None
    return StepTask(
        scope=image.key,
        step=name,
        fingerprint=fingerprint,
        title=image.label,
        source=image.file.place,
        pixels=image.pixels,
        output=output,
        settings=image.settings,
        stop_file=output / STOP_FILE,
        variants=tuple(
            MadeVariant(
                record.k,
                record.init,
                record.n_colors or 0,
                record.figures,
                {kind: file.path for kind, file in sorted(record.outputs.items())},
            )
            for record in done
        ),
        paths={kind: file.path for kind, file in sorted(files.items())},
        files=planned.files,
    )


def _as_listed(files: Mapping[str, Output]) -> list[tuple[str, str, str]]:
    """Return what stands in a digest of files by kind."""
    return [
        (kind, file.path, file.digest.hex() if file.digest else "")
        for kind, file in sorted(files.items())  # the ledger knows no order
    ]
