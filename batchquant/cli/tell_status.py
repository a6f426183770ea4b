"""How a run gets on, or how the last one ended, as text."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.phrases import about_duration, count, duration, quoted, rate
from batchquant.files.names import escape

if TYPE_CHECKING:
    from batchquant.report.last_run import LastRun
    from batchquant.run.progress import Progress
    from batchquant.run.status import ShardStatus, Status


WHEN = "%Y-%m-%d %H:%M:%S %Z"


def tell_status(output: Path, status: "Status") -> None:
    """Print how a run gets on, or how the last one ended."""
    for line in status_lines(output, status):
        click.echo(line)


def status_lines(output: Path, status: "Status") -> Iterator[str]:
    """Yield how a run gets on, or how the last one ended, in lines."""
    place, now = escape(str(output)), status.now
    if status.holder is None:
        n_at_work = sum(each.holder is not None for each in status.shards)
        going_on = f"{count(n_at_work, 'shard')} at work" if n_at_work else "nothing is running now"
        yield f"{place}: {going_on}."
        if not status.shards:
            yield from _tell_last_run(status.last_run, status.last_line)
    elif now is None or now.preparing is not None:
        preparing = f": {now.preparing}" if now else ""
        yield f"{place}: {escape(f'{status.holder}{preparing}')}."
    else:
        yield f"{place}: {escape(status.holder)}."
        yield from _tell_progress(now.progress)
    for shard in status.shards:
        yield from _tell_shard(shard)
    if status.shards:
        n_left = sum(each.now.progress.n_left for each in status.shards if each.now)
        n_made = sum(_made_by(each) for each in status.shards)
        yield f"  together  {n_made} made, {n_left} left of shards at work"
        yield f"  then      batchquant merge {quoted(output)}"
    if status.summary is not None:
        counts = status.summary
        n_variants = counts.n_skipped + counts.n_failed + counts.n_pending
        yield (
            f"  in all    {counts.n_skipped} done, {counts.n_failed} failed,"
            f" {counts.n_pending} left, of {count(n_variants, 'variant')}"
            f" of {count(counts.n_pictures, 'picture')}"
        )
        if counts.n_asked:
            asked = " or ".join(counts.targets)
            yield f"  target    {asked}, reached by {counts.n_reached} of {counts.n_asked}"


def _tell_progress(progress: "Progress") -> Iterator[str]:
    speed = f", {rate(progress.variants_per_minute)} a minute" if progress.n_made else ""
    yield (
        f"  this run  {progress.n_made} made{speed}, {progress.n_failed} failed,"
        f" {progress.n_left} left"
    )
    if not progress.n_left:
        yield "  ends      soon: what is left is to draw contact sheets"
    elif progress.left_s is not None:
        end = datetime.now().astimezone() + timedelta(seconds=progress.left_s)
        yield f"  ends      about {end:%a %H:%M %Z}, in {about_duration(progress.left_s)}"
    elif progress.s_per_work is None:
        yield "  ends      cannot be told before a picture is complete"
    else:
        yield "  ends      cannot be told: what is at work takes longer than expected"
    for number, task in enumerate(progress.at_work):
        label = f"{task.label} ({task.part})" if task.part else task.label
        where = f" on {task.where}" if task.where else ""
        yield (
            f"  {'' if number else 'at work':8}  {escape(label + where)},"
            f" for {duration(task.for_s)}"
        )


def _tell_shard(status: "ShardStatus") -> Iterator[str]:
    """Yield what a shard says of itself, in a line or two."""
    who, last = status.holder or "", status.last_run
    if status.last_holder:
        who = f"{status.last_holder}, by its own word: killed, or on a machine we do not see"
    if not who and last is not None:
        who = _ended(last)
    yield f"  {f'shard {status.shard}':9} {escape(who)}"
    if status.now is not None and (status.holder or status.last_holder):
        progress = status.now.progress
        told = status.now.preparing or f"{progress.n_made} made, {progress.n_left} left"
        if progress.left_s is not None and status.holder:
            told += f", for about {about_duration(progress.left_s)}"
        yield f"            {escape(told)}"


def _made_by(status: "ShardStatus") -> int:
    """Tell how much a shard has made since it began last."""
    if status.now is not None:
        return status.now.progress.n_made
    return status.last_run.n_done or 0 if status.last_run else 0


def _ended(last: "LastRun") -> str:
    told = f"began {last.started.astimezone():{WHEN}}"
    if last.elapsed_s is None:
        return f"{told}, and ended without a word: it was killed, or the machine was"
    return f"{told}, took {duration(last.elapsed_s)}, {last.n_done} made"


def _tell_last_run(last: "LastRun | None", last_line: str) -> Iterator[str]:
    if last is not None:
        yield f"  last run  {_ended(last)}"
    if last_line:
        yield f"  log ends  {escape(_in_local_time(last_line))}"


def _in_local_time(line: str) -> str:
    """Tell a line of the log by our clock: the run may have had another time zone.

    Its level is told where it is not the usual one.
    """
    with suppress(ValueError):  # of a traceback no line begins with a time
        date, time, text = line.split(" ", 2)
        when = datetime.fromisoformat(f"{date} {time}").astimezone()
        return f"{when:{WHEN}} {text.removeprefix('INFO ')}"
    return line
