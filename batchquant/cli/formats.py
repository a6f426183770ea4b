"""``batchquant formats``."""

import click

WIDTH = 100
GAP = "  "


@click.command("formats")
def command() -> None:
    """List the formats that are read.

    Of each its endings, which package reads it, and what is kept of a file beside its colors. What
    is inside a file decides what it is; endings say which files of a folder are looked at.

    \b
    Example:
      batchquant formats
    """
    import textwrap

    from batchquant.cli.phrases import heading
    from batchquant.images.read.formats import FORMATS, how_to_install, is_installed

    missing = {format_.reader for format_ in FORMATS if not is_installed(format_.reader)}
    table = [("kind", "endings", "read by", "kept")]
    for format_ in FORMATS:
        reader = format_.reader + (" (missing)" if format_.reader in missing else "")
        endings = " ".join(format_.suffixes)
        table.append((format_.title, endings, reader, ", ".join(format_.keeps)))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    widths[1] += WIDTH - sum(widths) - 3 * len(GAP)  # endings go on below
    for number, (kind, suffixes, reader, kept) in enumerate(table):
        for line, endings in enumerate(textwrap.wrap(suffixes, widths[1])):
            cells = ("", endings, "", "") if line else (kind, endings, reader, kept)
            told = GAP.join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
            click.echo(heading(told.rstrip()) if number == 0 else told.rstrip())
    click.echo()
    for name in sorted(missing):
        kinds = ", ".join(format_.title for format_ in FORMATS if format_.reader == name)
        click.echo(f"Missing: {how_to_install(name)} reads {kinds}.")
    click.echo("Orientation is applied. Frames: each a picture, by `frames: all` in a job file.")
    click.echo("> 8 bits: channels of more than 8 bits are read, and scaled to 8.")
