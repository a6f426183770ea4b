"""The command line: flags → library calls, errors → exit codes. The only room that prints."""

from batchquant.cli.main import main

__all__ = ["main"]
