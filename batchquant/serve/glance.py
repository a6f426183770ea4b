"""How a run gets on, as the page asks for it again and again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batchquant.errors import NoRunError
from batchquant.files.stored import as_json
from batchquant.plan.records import ImageKey
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
            "counts": counts
            and {"done": counts.n_skipped, "failed": counts.n_failed, "left": counts.n_pending},
            "shards": [_shard(shard) for shard in status.shards],
            "newest": newest,
            "failures": failures,
        }
    )


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
    """Yield pictures whose overview was drawn last."""
    if not isinstance(known.drawn, Drawn):
        return
    for key in known.drawn.newest(NEWEST):
        thumbnail = known.drawn.of_image(key)[key].outputs.get("thumbnail")
        named = _name(known, key)
        if thumbnail is not None and named["number"] is not None:
            yield {**named, "thumbnail": thumbnail.path}


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
