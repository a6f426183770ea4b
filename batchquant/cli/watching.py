"""``batchquant status --watch``: how a run gets on, again and again, until it ends."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm.utils import disp_trim

from batchquant.cli.layout import size
from batchquant.cli.outlets import Outlets
from batchquant.cli.phrases import about_duration
from batchquant.cli.progress import COLUMNS, ROWS
from batchquant.cli.tell_status import status_lines
from batchquant.run.status import look_at

if TYPE_CHECKING:
    from batchquant.run.progress import Now
    from batchquant.run.status import Status

ON_TERMINAL_S, PLAIN_S = 1.0, 30.0
PAUSE = 5  # times what a look took, which grows with the plan
UP_AND_CLEAR = "\x1b[{}F\x1b[J"  # to the first of so many lines, and away with all from there


def watch(output: Path, outlets: Outlets, every_s: float | None = None) -> None:
    """Print how a run gets on until none is going on, in place on a terminal, else in plain lines.

    `every_s` are seconds between two looks; default: one on a terminal, else 30.
    """
    is_drawn = sys.stdout.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    every_s = every_s or (ON_TERMINAL_S if is_drawn else PLAIN_S)
    n_drawn, last = 0, ""
    while True:
        began = time.monotonic()
        status = look_at(output)
        is_over = not _is_going_on(status)
        if is_drawn:
            lines = list(status_lines(output, status))
            n_drawn = _draw(lines if is_over else list(_fit(lines)), n_drawn)
        elif is_over:
            for line in status_lines(output, status):
                click.echo(line)
        elif (line := _in_a_line(status)) != last:
            click.echo(line)
            last = line
        if is_over or any(outlets.troubles()):  # nobody sees what could be said
            return
        time.sleep(max(every_s, PAUSE * (time.monotonic() - began)))


def _is_going_on(status: "Status") -> bool:
    return status.holder is not None or any(each.holder is not None for each in status.shards)


def _draw(lines: list[str], n_before: int) -> int:
    """Print lines in place of those of before, in one piece; returns how many there are."""
    back = UP_AND_CLEAR.format(n_before) if n_before else ""
    click.echo(back + "\n".join(lines), color=True)  # NO_COLOR is not about it
    return len(lines)


def _fit(lines: list[str]) -> Iterator[str]:
    """Cut lines to the terminal: of one that breaks, or is out of sight, nothing can be erased."""
    columns, rows = size()
    columns, rows = columns or COLUMNS, rows or ROWS
    shown = lines if len(lines) < rows else [*lines[: max(1, rows - 2)], "  ..."]
    for line in shown:
        yield str(disp_trim(line, max(1, columns - 1)))


def _in_a_line(status: "Status") -> str:
    """Say how a run gets on in a line."""
    nows = [status.now, *(each.now for each in status.shards if each.holder is not None)]
    told = [now for now in nows if now is not None]
    preparing = [now.preparing for now in told if now.preparing is not None]
    if not told or preparing:
        return preparing[0] if preparing else "a run begins"
    n_made, n_failed, n_left = (
        sum(getattr(now.progress, name) for now in told)
        for name in ("n_made", "n_failed", "n_left")
    )
    return f"{n_made} made, {n_failed} failed, {n_left} left{_ends(told)}"


def _ends(told: "list[Now]") -> str:
    """Say when the last of those at work will be through, if that is known of all."""
    ends = [now.progress.left_s for now in told]
    known = [left_s for left_s in ends if left_s is not None]
    if len(known) < len(ends) or not any(now.progress.n_left for now in told):
        return ""
    return f", for about {about_duration(max(known))}"
