"""How a run gets on, or how the last one ended, as text on standard output."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.phrases import about_duration, count, duration, rate
from batchquant.files.names import escape

if TYPE_CHECKING:
    from batchquant.run.progress import Progress
    from batchquant.run.status import Status


WHEN = "%Y-%m-%d %H:%M:%S"


def tell_status(output: Path, status: "Status") -> None:
    """Print how a run gets on, or how the last one ended."""
    place, now = escape(str(output)), status.now
    if status.holder is None:
        click.echo(f"{place}: no run is going on.")
        _tell_last_run(status)
    elif now is None or now.preparing is not None:
        preparing = f": {now.preparing}" if now else ""
        click.echo(f"{place}: {escape(f'{status.holder}{preparing}')}.")
    else:
        click.echo(f"{place}: {escape(status.holder)}.")
        _tell_progress(now.progress)
    if status.summary is not None:
        counts = status.summary
        n_variants = counts.n_skipped + counts.n_failed + counts.n_pending
        click.echo(
            f"  in all    {counts.n_skipped} done, {counts.n_failed} failed,"
            f" {counts.n_pending} left, of {count(n_variants, 'variant')}"
            f" of {count(counts.n_images, 'image')}"
        )


def _tell_progress(progress: "Progress") -> None:
    speed = f", {rate(progress.variants_per_minute)} a minute" if progress.n_made else ""
    click.echo(
        f"  this run  {progress.n_made} made{speed}, {progress.n_failed} failed,"
        f" {progress.n_left} left"
    )
    if not progress.n_left:
        click.echo("  ends      soon: what is left is to draw overviews")
    elif progress.left_s is not None:
        end = datetime.now().astimezone() + timedelta(seconds=progress.left_s)
        click.echo(f"  ends      about {end:%a %H:%M}, in {about_duration(progress.left_s)}")
    elif progress.s_per_work is None:
        click.echo("  ends      cannot be told before a picture is made")
    else:
        click.echo("  ends      cannot be told: what is at work takes longer than expected")
    for number, task in enumerate(progress.at_work):
        label = f"{task.label} ({task.part})" if task.part else task.label
        where = f" on {task.where}" if task.where else ""
        click.echo(
            f"  {'' if number else 'at work':8}  {escape(label + where)},"
            f" for {duration(task.for_s)}"
        )


def _tell_last_run(status: "Status") -> None:
    last = status.last_run
    if last is not None:
        told = f"  last run  began {last.started.astimezone():{WHEN}}"
        if last.elapsed_s is None:
            told += ", and ended without a word: it was killed, or the machine was"
        else:
            told += f", took {duration(last.elapsed_s)}, {last.n_done} made"
        click.echo(told)
    if status.last_line:
        click.echo(f"  last line of its log: {escape(_in_local_time(status.last_line))}")


def _in_local_time(line: str) -> str:
    """Tell a line of the log by our clock: the run may have had another time zone."""
    with suppress(ValueError):  # of a traceback no line begins with a time
        date, time, text = line.split(" ", 2)
        return f"{datetime.fromisoformat(f'{date} {time}').astimezone():{WHEN}} {text}"
    return line
