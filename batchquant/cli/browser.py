"""The page in whatever browser a person has."""

import webbrowser

import click


def open_page(link: str) -> None:
    """Open a page, and say so where there is no browser: the link has been told."""
    try:
        is_opened = webbrowser.open(link)
    except webbrowser.Error:
        is_opened = False
    if not is_opened:
        click.echo("batchquant: no browser is found here to open the page.", err=True)
