"""The page in whatever browser a person has."""

import webbrowser
from pathlib import Path

import click

from batchquant.files.names import escape
from batchquant.files.output_bucket import bucket_of_output
from batchquant.files.outputs import place_of_output


def open_page(link: str) -> None:
    """Open a page, and say so where there is no browser: the link has been told."""
    try:
        is_opened = webbrowser.open(link)
    except webbrowser.Error:
        is_opened = False
    if not is_opened:
        click.echo("batchquant: no browser is found here to open the page.", err=True)


def open_page_of(output: Path) -> None:
    """Open the page of an output folder, if it can be: its pictures lie beside it."""
    from batchquant.report.own import is_ours
    from batchquant.report.page.build import INDEX

    if bucket_of_output(output) is not None:
        place = escape(place_of_output(output))
        click.echo(f"batchquant: the page is not opened, it lies in {place}.", err=True)
    elif is_ours(output / INDEX):
        open_page((output / INDEX).as_uri())
