"""How a run gets on, as the page asks for it again and again."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batchquant.errors import NoRunError
from batchquant.files.stored import as_json
from batchquant.plan.records import ImageKey
from batchquant.report.curves import k_to_show
from batchquant.report.page.gather import show_images
from batchquant.report.page.records import ShownImage
from batchquant.report.summary import Summary
from batchquant.run.progress import Now, Progress
from batchquant.run.status import ShardStatus, Status, look_at
from batchquant.store.kept_plan import open_kept
from batchquant.store.known import Drawn, Records
from batchquant.store.planned import PlannedImages
from batchquant.store.reading import Known

NEWEST, FAILED = 12, 8  # pictures that are told: what fits beside the rest


def glance_at(output: Path) -> bytes:
    """Return as JSON how a run gets on, the newest pictures, and those that failed last.

    Raises
    ------
    StorageError
        If what is in the output folder cannot be read.
    """
    try:
        status = look_at(output)
    except NoRunError:  # it was there when the server began
        status = Status(None, None, None, "", None)
    try:
        with open_kept(output) as kept:
            newest, failures = list(_newest(kept.known)), list(_failed(kept.known))
    except NoRunError:
        newest, failures = [], []
    counts = status.summary
    return as_json(
        {
            "isGoingOn": status.holder is not None,
            **_now(status.now),
            "lastRun": status.last_run,
            "counts": counts and _counts(counts),
            "shards": [_shard(shard) for shard in status.shards],
            "newest": newest,
            "failures": failures,
        }
    )


def _counts(summary: Summary) -> dict[str, int]:
    """Return what the head of the page says, as it is now."""
    return {
        "done": summary.n_skipped,
        "failed": summary.n_failed,
        "left": summary.n_pending,
        "failedPictures": summary.n_failed_pictures,
        "asked": summary.n_asked,
        "reached": summary.n_reached,
    }


def _now(now: Now | None) -> dict[str, Any]:
    """Tell what a run is at."""
    if now is None or now.preparing is not None:
        return {"preparing": now and now.preparing, "progress": None, "atWork": []}
    return {
        "preparing": None,
        "progress": _progress(now.progress),
        "atWork": [
            {"label": task.label, "part": task.part, "where": task.where, "forS": task.for_s}
            for task in now.progress.at_work
        ],
    }


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "variants": progress.n_variants,
        "made": progress.n_made,
        "failed": progress.n_failed,
        "left": progress.n_left,
        "perMinute": progress.variants_per_minute,
        "leftS": progress.left_s,
    }


def _shard(status: ShardStatus) -> dict[str, Any]:
    now = status.now if status.holder is not None else None
    return {"name": str(status.shard), "isGoingOn": status.holder is not None, **_now(now)}


def _newest(known: Known) -> Iterator[dict[str, Any]]:
    """Yield pictures whose overview was drawn last, and which variant of each is shown."""
    if not isinstance(known.drawn, Drawn):
        return
    for key in known.drawn.newest(NEWEST):
        thumbnail = known.drawn.of_image(key)[key].outputs.get("thumbnail")
        named = _name(known, key)
        if thumbnail is not None and named["number"] is not None:
            number = named["number"]
            (image,) = show_images(known, slice(number, number + 1))
            best = best_of(image)
            variant = {"k": best[0], "init": best[1]} if best else {}
            yield {**named, "thumbnail": thumbnail.path, "palettes": image.palettes, **variant}


def best_of(image: ShownImage) -> tuple[int, str] | None:
    """Return K and start of the variant that a card begins with, as ``choice.js`` has it.

    That which meets the target, else the most colors where there is one, else the knee, else the
    middle K, or a smaller one that is exact; of its starts the closest. None where nothing is done.
    """
    if image.best is not None:
        return image.best
    done = [variant for variant in image.variants if variant.status == "done"]
    ks = sorted({variant.k for variant in done})
    if not ks:
        return None
    exact = (variant.k for variant in done if variant.figures.get("psnr_db") == math.inf)
    k = k_to_show(ks, image.knee, exact) if image.target is None else ks[-1]
    of_k = (variant for variant in done if variant.k == k)
    closest = max(of_k, key=lambda variant: variant.figures.get("psnr_db", 0.0))
    return closest.k, closest.init


def _failed(known: Known) -> Iterator[dict[str, Any]]:
    """Yield pictures that failed last, and why."""
    if isinstance(known.settled, Records):
        for key, error in known.settled.newest_errors(FAILED).items():
            named = _name(known, key)
            if named["number"] is not None:
                yield {**named, "reason": error}


def _name(known: Known, key: ImageKey) -> dict[str, Any]:
    """Return the number of a picture on the page and what a person calls it."""
    images = known.plan.images
    number = images.position(key) if isinstance(images, PlannedImages) else None
    return {"number": number, "label": "" if number is None else images[number].label}
