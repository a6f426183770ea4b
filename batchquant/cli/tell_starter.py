"""What ``batchquant init`` found, as text on standard output."""

import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from batchquant.cli.phrases import count
from batchquant.cli.tell import tell_notes
from batchquant.files.names import escape

if TYPE_CHECKING:
    from batchquant.sources.search import Found
    from batchquant.sources.source import ImageFile

MAX_SUBFOLDERS = 10


def tell_starter(folder: Path, job_file: Path, found: "Found") -> None:
    """Print what a job file was written for, and what to do with it."""
    from batchquant.images.read.formats import part_left_out, tell_kinds
    from batchquant.images.read.frames import ANIMATED

    places: dict[str, list[str]] = {}
    for path in (PurePosixPath(file.relative) for file in found.files):
        places.setdefault(path.parts[0] if len(path.parts) > 1 else "", []).append(path.suffix)
    suffixes = [suffix for of_place in places.values() for suffix in of_place]
    told = f"{count(len(suffixes), 'picture')} ({tell_kinds(suffixes)})"
    click.echo(escape(f"{folder}: {told}"))
    below = sorted(places.items()) if places.keys() - {""} else []
    for place, of_place in below[:MAX_SUBFOLDERS]:
        told = f"{folder / place} ({tell_kinds(of_place)})"
        click.echo(f"  {len(of_place):>6}  {escape(told)}")
    if len(places) > MAX_SUBFOLDERS:
        click.echo(f"  and {count(len(places) - MAX_SUBFOLDERS, 'more folder')}")
    notes = found.reasons(str(folder))
    notes += _twins([PurePosixPath(file.relative) for file in found.files])
    notes += _animations([file for file in found.files if file.relative.endswith(ANIMATED)])
    others, sentences = part_left_out(found.left_out)
    tell_notes(others, [*notes, *sentences])
    named = escape(shlex.quote(str(job_file)))
    click.echo(f"Written: {escape(str(job_file))}. Look into it, then:")
    click.echo(f"  batchquant plan {named}    what would be done?")
    click.echo(f"  batchquant run {named}     do it")


def _animations(files: "Sequence[ImageFile]") -> list[str]:
    """Say which files are animations, as far as their endings and headers tell."""
    from batchquant.images.read.frames import tell_several
    from batchquant.images.read.header import probe

    headers = ((file, probe(Path(file.place))) for file in files)
    several = [file.relative for file, header in headers if header and len(header.sizes) > 1]
    return [tell_several(several[0], len(several))] if several else []


def _twins(paths: Sequence[PurePosixPath]) -> list[str]:
    """Say how many pictures a camera has written twice."""
    from batchquant.images.read.formats import RAW_SUFFIXES

    raw = [path for path in paths if path.suffix.lower() in RAW_SUFFIXES]
    others = {path.with_suffix("") for path in set(paths).difference(raw)}
    twins = [path for path in raw if path.with_suffix("") in others]
    if not twins:
        return []
    endings = ", ".join(sorted({f'"*{path.suffix}"' for path in twins}))
    told = f"{count(len(twins), 'picture')} there twice, as camera RAW and beside it."
    return [f"{told} To leave RAW out: {{path: ..., exclude: [{endings}]}}"]
