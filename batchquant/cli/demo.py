"""``batchquant demo``."""

import os
from pathlib import Path

import click

from batchquant.cli.named import FOLDER
from batchquant.cli.outlets import WorkCommand
from batchquant.files.names import escape


@click.command("demo", cls=WorkCommand)
@click.argument("folder", type=FOLDER)
def command(folder: Path) -> None:
    """Draw some sample pictures into FOLDER.

    They are computed, the same every time. Files that exist are left alone.

    \b
    Example:
      batchquant demo demo/photos
    """
    from batchquant.demo.pictures import draw_samples
    from batchquant.files import publish
    from batchquant.formats.png import encode_rgb_png

    for name, pixels in draw_samples():
        path = folder / f"{name}.png"
        if not os.path.lexists(path):
            publish(path, encode_rgb_png(pixels))
        click.echo(escape(str(path)))
