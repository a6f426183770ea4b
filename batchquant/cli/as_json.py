"""What commands say, as JSON for programs: README lists the keys, and they are promised.

Lengths are seconds, sizes bytes, moments ISO 8601 with their zone, percentages none at all.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from batchquant.check import Verification
    from batchquant.estimate import Estimate
    from batchquant.jobfile import JobFile
    from batchquant.plan.records import Plan
    from batchquant.report.last_run import LastRun
    from batchquant.run.progress import Now
    from batchquant.run.review import Review
    from batchquant.run.status import Status

VERSION = 1
"""Goes up when a key is taken away or means something else; not when one is added."""


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json."""
    add = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON for programs, and nothing else."
    )
    return add(function)


def tell_json(command: str, **content: Any) -> None:
    """Print what a command has to say; names that are no text are escaped."""
    click.echo(json.dumps({"version": VERSION, "command": command, **content}, indent=2))


def of_plan(
    job_file: "JobFile", plan: "Plan", review: "Review", n_overviews: int | None
) -> dict[str, Any]:
    """Return what `plan` says of a job file, but for the estimate."""
    from batchquant.files.outputs import place_of_output
    from batchquant.run.displaced import displaced_by
    from batchquant.store.totals import n_pictures_of, refused_of, totals_of

    totals = totals_of(plan.images)
    n_settled, n_failed = review.count_settled()
    return {
        "job_file": str(job_file.path),
        "output": place_of_output(plan.output),
        "n_folders": len(totals.folders),
        "n_images": totals.n_images,
        "n_pictures": n_pictures_of(plan.images),
        "pixels": totals.pixels,
        "n_variants": totals.n_variants,
        "files": dict(totals.files),
        "n_made_before": n_settled - n_failed,
        "n_failed": n_failed,
        "to_make": dict(review.count_reasons()),
        "n_overviews_to_draw": n_overviews,
        "n_left_over": review.count_left_over(),
        "absent": [{"place": place, "reason": reason} for _, place, reason in plan.absent],
        "refused": [
            {"image": image.label, "reason": image.refusal} for image in refused_of(plan.images)
        ],
        "left_out": dict(plan.left_out_by_kind),
        "notes": [*displaced_by(job_file, review), *plan.news, *plan.notes],
    }


def of_estimate(found: "Estimate | None") -> dict[str, Any] | None:
    """Return what a run is thought to take; None where nothing is to be made."""
    if found is None:
        return None
    names = ("workers", "elapsed_s", "size_bytes", "memory_bytes", "budget_bytes", "free_bytes")
    return {name: getattr(found, name) for name in names}


def of_verification(found: "Verification") -> dict[str, Any]:
    """Return what `verify` says, but for the output folder."""
    return {
        "n_variants": found.n_variants,
        "n_files": found.n_files,
        "n_compared": found.n_compared,
        "statuses": dict(found.statuses),
        "problems": found.problems,
        "notes": found.notes,
    }


def of_status(status: "Status") -> dict[str, Any]:
    """Return what `status` says, but for the output folder."""
    counts = status.summary
    return {
        "is_running": status.holder is not None,
        "holder": status.holder,
        "now": _of_now(status.now),
        "last_run": _of_last_run(status.last_run),
        "last_line": status.last_line,
        "counts": counts
        and {
            "n_images": counts.n_images,
            "n_pictures": counts.n_pictures,
            "n_failed_pictures": counts.n_failed_pictures,
            "n_asked": counts.n_asked,
            "n_reached": counts.n_reached,
            "n_done": counts.n_skipped,
            "n_failed": counts.n_failed,
            "n_left": counts.n_pending,
        },
        "shards": [
            {
                "shard": str(each.shard),
                "holder": each.holder,
                "last_holder": each.last_holder or None,
                "now": _of_now(each.now),
                "last_run": _of_last_run(each.last_run),
            }
            for each in status.shards
        ],
    }


def _of_now(now: "Now | None") -> dict[str, Any] | None:
    if now is None:
        return None
    progress = now.progress
    return {
        "preparing": now.preparing,
        "n_variants": progress.n_variants,
        "n_made": progress.n_made,
        "n_failed": progress.n_failed,
        "n_left": progress.n_left,
        "elapsed_s": progress.elapsed_s,
        "left_s": progress.left_s,
        "variants_per_minute": progress.variants_per_minute if progress.n_made else None,
        "at_work": [{"label": task.label, "for_s": task.for_s} for task in progress.at_work],
    }


def _of_last_run(last: "LastRun | None") -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "started": last.started.astimezone().isoformat(timespec="seconds"),
        "elapsed_s": last.elapsed_s,
        "n_made": last.n_done,
        "n_made_before": last.n_skipped,
    }
