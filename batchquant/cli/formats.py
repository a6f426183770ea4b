"""``batchquant formats``."""

from collections.abc import Sequence
from typing import Any

import click

from batchquant.cli.as_json import json_option, tell_json
from batchquant.cli.layout import NO_BREAK, columns, table_lines, wrap
from batchquant.cli.phrases import heading

OPACITY = {"none": "laid onto background", "binary": "on or off, else laid", "soft": "kept"}


@click.command("formats")
@json_option
def command(as_json: bool) -> None:
    """List the formats that are read, and those that are written.

    Of what is read: endings, which package reads it, and what is kept of a file beside its colors.
    What is inside a file decides what it is; endings say which files of a folder are looked at. Of
    what is written: what each can hold.

    \b
    Example:
      batchquant formats
    """
    if as_json:
        tell_json("formats", **_as_dict())
        return
    from batchquant.images.read.formats import FORMATS, is_installed
    from batchquant.packages import how_to_install

    missing = {format_.reader for format_ in FORMATS if not is_installed(format_.reader)}
    table = [("kind", "endings", "read by", "kept")]
    for format_ in FORMATS:
        reader = format_.reader + (" (missing)" if format_.reader in missing else "")
        endings = " ".join(format_.suffixes)
        keeps = (kept.replace(" ", NO_BREAK) for kept in format_.keeps)
        table.append((format_.title, endings, reader, ", ".join(keeps)))
    _tell_table(table)
    click.echo()
    for name in sorted(missing):
        kinds = ", ".join(format_.title for format_ in FORMATS if format_.reader == name)
        click.echo(wrap(f"Missing: {how_to_install(name)} reads {kinds}."))
    click.echo(wrap("Orientation is applied."))
    click.echo(wrap("frames: each is a picture, by `frames: all` in a job file."))
    click.echo(wrap("> 8 bits: channels of more than 8 bits are read, and scaled to 8."))
    click.echo()
    _tell_written()


def _as_dict() -> dict[str, Any]:
    from batchquant.formats.registry import formats
    from batchquant.images.read.formats import FORMATS, is_installed

    read = [
        {
            "kind": each.title,
            "endings": each.suffixes,
            "reader": each.reader,
            "is_installed": is_installed(each.reader),
            "keeps": each.keeps,
        }
        for each in FORMATS
    ]
    written = [
        {
            "kind": each.kind,
            "max_colors": each.max_colors,
            "max_side": each.max_side,
            "alpha": each.alpha,
            "keeps_profile": each.keeps_profile,
            "keeps_dpi": each.keeps_dpi,
        }
        for each in formats().values()
        if each.key == "formats"
    ]
    palettes = [each.kind for each in formats().values() if each.key == "palette_files"]
    return {"read": read, "written": written, "palette_files": palettes}


def _tell_written() -> None:
    from batchquant.formats.registry import formats

    table = [("written", "colors", "longest side", "transparency", "profile", "dpi")]
    pictures = [each for each in formats().values() if each.key == "formats"]
    for each in pictures:
        colors = f"{each.max_colors:,}" if each.max_colors else "any"
        side = f"{each.max_side:,}" if each.max_side else "any"
        profile = "kept" if each.keeps_profile else "to sRGB"
        dpi = "kept" if each.keeps_dpi else "left"
        table.append((each.kind, colors, side, OPACITY[each.alpha], profile, dpi))
    _tell_table(table)
    click.echo()
    palettes = [f"{e.kind} ({e.noun})" for e in formats().values() if e.key == "palette_files"]
    click.echo(wrap(f"Palettes: {', '.join(palettes)}."))
    click.echo(wrap("A transparent pixel takes one of the colors, where their number is limited."))
    click.echo(wrap("What a format cannot hold is left out, and `notes` of the report say why."))


def _tell_table(rows: Sequence[Sequence[str]]) -> None:
    head, *rest = table_lines(rows, columns())
    click.echo(heading(head))
    for line in rest:
        click.echo(line)
