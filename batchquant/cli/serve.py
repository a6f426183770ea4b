"""``batchquant serve``."""

from pathlib import Path

import click

from batchquant.cli.named import output_argument
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import Interrupted
from batchquant.files.names import escape


@click.command("serve")
@output_argument
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; other machines reach only what is not 127.0.0.1.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen at; default: one that is free.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the page in a browser.")
@click.pass_context
def command(ctx: click.Context, output: Path, host: str, port: int, is_opened: bool) -> None:
    """Show the page of OUTPUT while a run goes on, until Ctrl-C.

    How far the run is, its newest pictures and what failed, as they come. Writes nothing. The page
    is for who has the link that is printed: there is a token in it.

    \b
    Examples:
      batchquant serve
      batchquant serve out
      batchquant serve out --port 8000      through ssh -L 8000:localhost:8000 HOST
    """
    # Some libraries end the process when they are interrupted while they are loaded.
    with held_back(*STOP_SIGNALS):
        from tempfile import TemporaryDirectory
        from threading import Thread

        from batchquant.cli.browser import open_page
        from batchquant.cli.main import tell_error
        from batchquant.serve import PageServer

    def tell_fault(error: BaseException) -> None:
        if isinstance(error, Exception):
            tell_error(error)

    try:
        with (
            TemporaryDirectory(prefix="batchquant-", ignore_cleanup_errors=True) as folder,
            PageServer(output, Path(folder), host=host, port=port, tell_fault=tell_fault) as server,
        ):
            click.echo(f"{escape(str(output))} is shown until Ctrl-C at\n  {server.link}")
            if is_opened:
                Thread(target=open_page, args=[server.link_for_once()], daemon=True).start()
            server.serve_forever()
    except Interrupted as interrupted:  # which is how it ends
        ctx.exit(interrupted.exit_code)
