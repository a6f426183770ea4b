"""Numbers, durations and sizes as a person says them, and how words look on a terminal."""

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from batchquant.files.names import escape


def heading(text: str) -> str:
    """Let text stand out from what follows."""
    return click.style(text, bold=True)


def good(text: str) -> str:
    """Let text look like what went well."""
    return click.style(text, fg="green")


def bad(text: str) -> str:
    """Let text look like what went wrong."""
    return click.style(text, fg="red")


def count(n: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def quoted(path: Path) -> str:
    """Say a path as a shell takes it."""
    return escape(shlex.quote(str(path)))


def count_any(n: int, nouns: Sequence[str]) -> str:
    """Say how many there are of things of several kinds.

    >>> count_any(1, ["contact sheet", "book"]), count_any(4, ["contact sheet", "book"])
    ('1 contact sheet or book', '4 contact sheets and books')
    """
    return f"1 {' or '.join(nouns)}" if n == 1 else f"{n} {'s and '.join(nouns)}s"


def left_over(n_files: int, job_file: Path) -> str:
    """Say that files of other settings are there, and how to see which."""
    told = count(n_files, "file")
    return f"{told} of other settings or job files; to list: batchquant prune {quoted(job_file)}"


def duration(seconds: float) -> str:
    """Say a duration as a person does."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def about_duration(seconds: float) -> str:
    """Say a duration in two digits, in the largest unit of which it is not less than 1.5.

    Nothing is said to be over in less than a second: nobody knows it so closely.
    """
    for unit, length_s in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * length_s:
            return f"{_two_digits(seconds / length_s)} {unit}"
    return f"{_two_digits(max(1.0, seconds))} s"


def rate(per_minute: float) -> str:
    """Say how many a minute there are; below ten, in two digits."""
    return f"{per_minute:,.0f}" if per_minute >= 10 else f"{per_minute:.2g}"


def likeness(psnr_db: float) -> str:
    """Say how close a picture comes to its original, with the figure by which one can tell.

    >>> likeness(23.41), likeness(math.inf)
    ('plainly simplified (PSNR 23.4 dB)', 'the same as the original')
    """
    if math.isinf(psnr_db):
        return "the same as the original"
    words = (
        (40, "hard to tell from the original"),
        (30, "close to the original"),
        (20, "plainly simplified"),
        (-math.inf, "only a rough likeness"),
    )
    told = next(word for least, word in words if psnr_db >= least)
    return f"{told} (PSNR {psnr_db:.1f} dB)"


def about_bytes(size_bytes: float) -> str:
    """Say a size in two digits."""
    for unit, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= length:
            return f"{_two_digits(size_bytes / length)} {unit}"
    return f"{_two_digits(size_bytes)} bytes"


def _two_digits(number: float) -> str:
    return f"{float(f'{number:.2g}'):g}"
