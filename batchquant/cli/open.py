"""``batchquant open``."""

from pathlib import Path

import click

from batchquant.cli.named import output_argument
from batchquant.cli.outlets import WorkCommand
from batchquant.errors import MachineError, UsageError
from batchquant.files.names import escape


@click.command("open", cls=WorkCommand)
@output_argument
def command(output: Path) -> None:
    """Show the page of OUTPUT in a browser.

    OUTPUT is an output folder, or a job file that names one; default: that of jobs.yaml.

    \b
    Examples:
      batchquant open
      batchquant open out
    """
    import webbrowser

    from batchquant.cli.phrases import quoted
    from batchquant.files.output_bucket import bucket_of_output
    from batchquant.files.outputs import place_of_output

    page = output / "index.html"
    if bucket_of_output(output) is not None:
        place = place_of_output(output)
        raise UsageError(f"{place}/index.html: lies in a bucket. Open it by the bucket's address.")
    if not output.exists():
        told = "A run makes it: batchquant run. Another is named so: batchquant open FOLDER"
        raise UsageError(f"{output}: no such folder. {told}")
    if not page.is_file():
        told = f"A run writes it, and so does: batchquant report {quoted(output)}"
        raise UsageError(f"{page}: no such page. {told}")
    if not webbrowser.open(page.resolve().as_uri()):
        raise MachineError(f"no browser can be started here. The page is {page.resolve()}.")
    click.echo(f"Opened: {escape(str(page))}")
